"""Approves emergencies at once and tells a channel who has access to what (SYM-17 to 19)."""

from sym.sdk.annotations import hook, reducer
from sym.sdk.integrations import slack
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.templates import ApprovalTemplate


def is_emergency(event):
    return event.payload.fields["urgency"] == "Emergency"


@hook
def on_request(event):
    if is_emergency(event):
        requester = event.get_actor("request")
        target = event.payload.fields["target"]
        text = "{} was given access to {} without waiting.".format(slack.mention(requester), target.label)
        slack.send_message(slack.channel("#security"), text)
        return ApprovalTemplate.approve(reason="An emergency")


@reducer
def get_permissions(event):
    return RequestPermission(
        webapp_view=PermissionLevel.ADMIN, approve_deny=PermissionLevel.MEMBER, allow_self_approval=False
    )


@reducer
def get_approvers(event):
    return slack.channel("#db-access", allow_self=False)
