"""Hotfixes: an emergency is let through at once and announced, everything else is asked."""

from sym.sdk.annotations import hook, reducer
from sym.sdk.integrations import slack
from sym.sdk.notifications import Notification
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.templates import ApprovalTemplate

EMERGENCY_SECONDS_MAX = 3600


@hook
def on_request(event):
    fields = event.payload.fields
    if fields["urgency"] != "Emergency" or fields["duration"] > EMERGENCY_SECONDS_MAX:
        return None
    what = summary(event)
    slack.send_message(slack.channel(event.flow.vars["announce"]), ":rotating_light: " + what)
    return ApprovalTemplate.approve(reason=what)


@reducer
def get_permissions(event):
    return RequestPermission(webapp_view=PermissionLevel.MEMBER, approve_deny=PermissionLevel.MEMBER)


@reducer
def get_request_notifications(event):
    return [Notification(destinations=[slack.channel(event.flow.vars["channel"])])]


def summary(event):
    requester, fields = event.get_actor("request"), event.payload.fields
    name = requester.first_name or requester.username
    return "Emergency: {} works on {} ({}).".format(name, fields["target"].label, fields["incident"])
