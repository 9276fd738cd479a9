"""Looks at what a pipeline sent along with its request, and asks the pipeline's own API about it (SYM-25, 54, 60)."""

import json
import urllib.request

from sym.sdk.annotations import hook, reducer
from sym.sdk.integrations import slack
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.templates import ApprovalTemplate


@hook
def on_request(event):
    context = event.get_context("request") or {}
    body = json.dumps({"diff": context.get("diff.txt", ""), "asked_by": event.user.username}).encode()
    request = urllib.request.Request(event.flow.vars["pipeline"] + "/verdicts", data=body)
    with urllib.request.urlopen(request, timeout=5) as answer:
        verdict = json.load(answer)["verdict"]
    if verdict == "harmless":
        return ApprovalTemplate.approve(reason="Only documentation changes.")
    if verdict == "forbidden":
        return ApprovalTemplate.ignore(message="Nobody deploys during the freeze.")


@reducer
def get_permissions(event):
    return RequestPermission(webapp_view=PermissionLevel.MEMBER, approve_deny=PermissionLevel.MEMBER)


@reducer
def get_approvers(event):
    return slack.channel("#db-access")
