"""Only people on a list may approve (SYM-23); automation may in any case."""

from sym.sdk.annotations import hook, reducer
from sym.sdk.integrations import slack
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.templates import ApprovalTemplate


@reducer
def get_permissions(event):
    return RequestPermission(
        webapp_view=PermissionLevel.ALL_USERS, approve_deny=PermissionLevel.ALL_USERS, allow_self_approval=True
    )


@reducer
def get_approvers(event):
    return slack.channel("#approvals", allow_self=True)


@hook
def on_approve(event):
    if event.channel.type == "sdk":
        return None
    allowed = [name.strip() for name in event.flow.vars["approvers"].split(",")]
    if event.user.email not in allowed:
        return ApprovalTemplate.ignore(message="You are not on the list of approvers.")
