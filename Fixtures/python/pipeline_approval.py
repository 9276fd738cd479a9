"""Lets a build go on after somebody has read its diff (SYM-25, 60), by an HTTP API that wants a secret."""

import json
import urllib.request

from sym.sdk.annotations import hook, reducer
from sym.sdk.exceptions import SymException
from sym.sdk.integrations import slack
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.templates import ApprovalTemplate


@hook
def on_request(event):
    diff = event.get_context("request").get("diff.txt", "")
    if not diff.strip():
        return ApprovalTemplate.approve(reason="Nothing changes.")


@reducer
def get_permissions(event):
    return RequestPermission(webapp_view=PermissionLevel.MEMBER, approve_deny=PermissionLevel.MEMBER)


@reducer
def get_approvers(event):
    return slack.channel(event.flow.vars["channel"])


@hook
def after_approve(event):
    pipeline = event.flow.environment.integrations["pipeline"]
    token = pipeline.settings["secrets"][0].retrieve_value()
    url = "{}/builds/{}/continue".format(event.flow.vars["url"], event.payload.fields["build"])
    body = json.dumps({"approved_by": event.user.email}).encode()
    request = urllib.request.Request(url, data=body, headers={"Authorization": "Bearer " + token})
    with urllib.request.urlopen(request, timeout=5) as answer:
        outcome = json.load(answer)["state"]
    try:
        slack.send_thread_message("The build goes on: {}".format(outcome))
    except SymException as error:
        print("nobody was told:", error)
