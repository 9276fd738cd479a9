"""Administration of billing: the channel is asked first, a backup after a while, and only a few may approve."""

from sym.sdk.annotations import hook, reducer
from sym.sdk.integrations import slack
from sym.sdk.notifications import Notification
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.templates import ApprovalTemplate

FORWARD_AFTER_SECONDS = 15 * 60
GIVE_UP_AFTER_SECONDS = 60 * 60


@reducer
def get_permissions(event):
    return RequestPermission(webapp_view=PermissionLevel.MEMBER, approve_deny=PermissionLevel.MEMBER)


@reducer
def get_request_notifications(event):
    channel, backup = event.flow.vars["channel"], event.flow.vars["backup"]
    return [
        Notification(destinations=[slack.channel(channel)], timeout=FORWARD_AFTER_SECONDS),
        Notification(destinations=[slack.user(backup)], timeout=GIVE_UP_AFTER_SECONDS),
    ]


@hook
def on_approve(event):
    approvers = [email.strip() for email in event.flow.vars["approvers"].split(",")]
    if event.user.email not in approvers:
        return ApprovalTemplate.ignore(message="Only these can approve this: {}.".format(", ".join(approvers)))
    return None
