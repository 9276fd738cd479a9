"""What handlers may return, and what becomes of it (sym-sdk.md 2.2, 2.3, 2.6, 2.7, 3.2)."""

import uuid

import pytest
from . import samples
from .samples import ADA_ID, typed
from symflow_worker import marshal
from sym.sdk import ApprovalTemplate, FieldOption, RequestPermission, SRN
from sym.sdk._objects import SDKFlow, SDKUser
from sym.sdk.forms import SlackUserSelection
from sym.sdk.integrations import slack
from sym.sdk.notifications import Notification
from sym.sdk.request_destination import RequestDestination, RequestDestinationFallback, SlackUser

HOOKS = [
    prefix + step
    for prefix in ("on_", "after_")
    for step in "prompt request request_forward request_expire approve deny escalate deescalate".split()
]


def destination(kind, allow_self=False, timeout=None, **members):
    return dict(type=kind, allow_self=allow_self, timeout=timeout, **members)


def stage(*destinations, timeout=None, failure=True, timed=True):
    return {
        "destinations": list(destinations),
        "timeout": timeout,
        "forward_on_failure": failure,
        "forward_on_timeout": timed,
    }


GENERAL = destination("slack_channel_name", channel_name="#general")
U1 = destination("slack_user", user_id="U1")


def refused(handler, returned, data=None):
    with pytest.raises(marshal.ReturnProblem) as caught:
        marshal.value(handler, returned, data or {})
    assert caught.value.kind == "returned"
    return str(caught.value)


@pytest.mark.parametrize("handler", HOOKS)
def test_hooks_return_nothing_or_a_transition(handler):
    assert marshal.value(handler, None, {}) is None
    made = ApprovalTemplate.escalate(target_srn=SRN.parse("sym:a:b:latest"), duration=60, reason="r", extra={1, 2})
    assert marshal.value(handler, made, {}) == {
        "transition": "escalate",
        "reason": "r",
        "message": None,
        "target": "sym:a:b:latest",
        "duration": 60,
        "extra": {"extra": [1, 2]},
    }
    ignored = marshal.value(handler, ApprovalTemplate.ignore(message="No."), {})
    assert (ignored["transition"], ignored["message"], ignored["extra"]) == ("ignore", "No.", {})
    for other in (True, "approve", {}, ApprovalTemplate, ApprovalTemplate.approve):
        text = refused(handler, other)
        assert handler in text and "ApprovalTemplate.approve(" in text


@pytest.mark.parametrize("members", [{"duration": "1h"}, {"duration": 0}, {"target_srn": "x"}, {"more": object()}])
def test_transitions_that_are_none(members):
    assert "transition whose" in refused("on_request", ApprovalTemplate.approve(**members))


def test_permissions():
    by_id = RequestPermission(webapp_view="admin", approve_deny=[ADA_ID], allow_self_approval=True)
    assert marshal.value("get_permissions", by_id, {}) == {
        "webapp_view": "admin",
        "approve_deny": [ADA_ID],
        "allow_self_approval": True,
    }
    for other in (None, "admin", {"webapp_view": "admin"}):
        assert "a RequestPermission" in refused("get_permissions", other)


def test_notifications(bridge):
    chain = [
        Notification(destinations=[slack.user("U1"), SDKUser(samples.user())], timeout=600),
        Notification(destinations=[slack.channel("#general", allow_self=True)]),
    ]
    ada = {"type": "user", "id": ADA_ID, "username": "ada@acme.test", "email": "ada@acme.test"}
    expected = {
        "stages": [stage(U1, ada, timeout=600), stage(dict(GENERAL, allow_self=True))],
        "allow_self": True,
    }
    for handler in ("get_request_notifications", "get_request_destinations"):
        assert marshal.value(handler, chain, {}) == expected
        assert marshal.value(handler, [], {}) == {"stages": [], "allow_self": False}
    for other in (None, chain[0], [slack.user("U1")], "#general"):
        assert "a list of Notification objects" in refused("get_request_notifications", other)


@pytest.mark.parametrize("handler", ["get_approvers", "get_request_destinations"])
def test_everything_that_approvers_ever_were(bridge, handler):
    bridge.answers["slack.user"] = {"user_id": "U9"}

    def stages(returned):
        return marshal.value(handler, returned, {})["stages"]

    assert stages(slack.channel("#general")) == [stage(GENERAL)]
    assert stages(slack.channel("C1", timeout=60)) == [
        stage(destination("slack_channel_id", channel_id="C1", timeout=60), timeout=60)
    ]
    assert marshal.value(handler, slack.channel("#general", allow_self=True), {})["allow_self"] is True
    for identifier in ("@Ada", "a@b.co", SDKUser(samples.user())):
        assert stages(slack.user(identifier)) == [stage(destination("slack_user", user_id="U9"))]
    assert stages(slack.group(["U1", "@Ada"])) == [stage(destination("slack_user_group", users=["U1", "U9"]))]
    assert stages([slack.user(each) for each in ("U1", "@B")]) == [
        stage(U1, destination("slack_user", user_id="U9"))
    ]
    assert stages([SDKUser(samples.user())])[0]["destinations"][0]["type"] == "user"
    assert stages(SDKUser(samples.user()))[0]["destinations"][0]["id"] == ADA_ID
    assert stages([]) == []
    chain = slack.fallback(slack.user("U1", timeout=30), slack.channel("#general"), continue_on_timeout=True)
    assert stages(chain) == [stage(dict(U1, timeout=30), timeout=30), stage(GENERAL)]
    chain = slack.fallback(slack.user("U1"), slack.channel("#general"), continue_on_delivery_failure=False)
    assert stages(chain) == [
        stage(U1, failure=False, timed=False),
        stage(GENERAL, failure=False, timed=False),
    ]
    for other in (None, "#general", ["@ada"], {"channel": "x"}, [chain], RequestDestination()):
        text = refused(handler, other)
        assert "slack.fallback" in text and handler in text

def test_approvers_are_no_notifications():
    notification = Notification(destinations=[SlackUser(user_id="U1")])
    refused("get_approvers", [notification])
    refused("get_approvers", notification)
    assert marshal.value("get_request_destinations", [notification], {})["stages"] == [stage(U1)]


def test_a_fallback_of_bare_destinations_is_refused():
    with pytest.raises(ValueError):
        RequestDestinationFallback(destinations=[{}])


@pytest.mark.parametrize("handler", ["get_identity", "get_identity_lookup", "fetch_remote_identity"])
def test_identities(handler):
    assert marshal.value(handler, "ada", {}) == "ada"
    assert marshal.value(handler, None, {}) is None and marshal.value(handler, "", {}) is None
    assert "None or a text" in refused(handler, 7)


def test_timeouts():
    assert marshal.value("get_timeout", 60, {}) == 60 and marshal.value("get_timeout", None, {}) is None
    for other in ("60", True, 0, 1.5):
        assert "seconds" in refused("get_timeout", other)


def test_options():
    options = [FieldOption(value=1, label="one"), FieldOption(value="b", label="two")]
    expected = [{"value": 1, "label": "one"}, {"value": "b", "label": "two"}]
    assert marshal.value("prefetch", options, {"field": "ticket"}) == expected
    for other in (None, ["a"], "a", [FieldOption(value=[1], label="list")]):
        text = refused("prefetch", other, {"field": "ticket"})
        assert "ticket" in text and "option" in text.lower()


@pytest.mark.parametrize("handler", ["escalate", "deescalate"])
def test_outputs(handler):
    assert marshal.value(handler, None, {}) is None
    made = {"id": uuid.UUID(ADA_ID), "list": (1, 2.5, None)}
    assert marshal.value(handler, made, {}) == {"id": ADA_ID, "list": [1, 2.5, None]}
    loop = {}
    loop["loop"] = loop
    for other in ("x", [1], {"x": object()}, {1: 2}, {"x": float("nan")}, loop):
        assert "plain JSON" in refused(handler, other)


def test_flows():
    data = {"flows": [samples.flow("one"), samples.flow("two")]}
    assert marshal.value("get_flows", [SDKFlow(samples.flow("two"))], data) == ["two"]
    assert marshal.value("get_flows", [], data) == []
    for other in (None, ["one"], [SDKFlow(samples.flow("three"))]):
        assert "some of the flows" in refused("get_flows", other, data)


def changes(edit, fields=None, **form):
    fields = fields or [samples.field("reason", value="x"), samples.field("how-many", "int", 3)]
    data = {"field": "reason", "username": "a@b.c", "form": dict({"fields": fields}, **form)}
    _, shown = marshal.arguments("on_change", data, 2)
    return marshal.value("on_change", edit(shown), data)


def changed(name, **members):
    def edit(form):
        for key, value in members.items():
            setattr(form.fields[name], key, value)
        return form

    return edit


def test_forms_that_did_not_change():
    assert changes(lambda form: form) == {"fields": {}}
    assert changes(lambda form: form.copy(deep=True)) == {"fields": {}}


def test_forms_that_changed():
    edit = changed("reason", value=None, label="Why?", visible=False, required=False)
    assert changes(edit) == {"fields": {"reason": {"value": None, "label": "Why?", "visible": False, "required": False}}}
    options = [{"value": 1, "label": "one"}]
    assert changes(changed("how-many", current_allowed_values=options, value=1)) == {
        "fields": {"how-many": {"current_allowed_values": options, "value": 1}}
    }

    def header(form):
        form.additional_header_text = "Careful."
        return form

    assert changes(header) == {"fields": {}, "additional_header_text": "Careful."}
    assert changes(header, additional_header_text="Careful.") == {"fields": {}}


@pytest.mark.parametrize(
    "kind, good, bad",
    [
        ("string", "a", 1),
        ("int", 1, "1"),
        ("int", 1, True),
        ("bool", True, 1),
        ("duration", 60, "1h"),
        ("str_list", ["a"], "a"),
        ("int_list", [1], [1, "2"]),
        ("slack_user", SlackUserSelection(user_id="U1"), "U1"),
        ("slack_user_list", [SlackUserSelection(user_id="U1")], SlackUserSelection(user_id="U1")),
    ],
)
def test_values_of_changed_fields(kind, good, bad):
    fields = [samples.field("x", kind)]
    made = changes(changed("x", value=good), fields)["fields"]["x"]["value"]
    plain = {"user_id": "U1", "username": None}
    assert made == {"slack_user": plain, "slack_user_list": [plain]}.get(kind, good)
    with pytest.raises(marshal.ReturnProblem, match="as the value of x"):
        changes(changed("x", value=bad), fields)


def test_forms_that_are_refused():
    def without(form):
        del form.fields["reason"]
        return form

    def renamed(form):
        form.fields["reason"] = form.fields["how-many"]
        return form

    for edit, text in [
        (lambda form: None, "on_change_reason returned None. It may return the form that it was given."),
        (without, "with the fields that it had"),
        (renamed, "names and types"),
        (changed("reason", current_allowed_values=[{"value": 1.5, "label": "x"}]), "whole numbers"),
    ]:
        with pytest.raises(marshal.ReturnProblem, match=text):
            changes(edit)


def test_options_of_the_configuration_may_be_longer_than_those_of_handlers():
    long = {"value": "x" * 75, "label": "y" * 75}
    fields = [
        samples.field("reason", value="x" * 75, original_allowed_values=[long], current_allowed_values=[long]),
        samples.field("other"),
    ]
    assert changes(lambda form: form, fields) == {"fields": {}}

    def copied(form):
        assert form.fields["reason"].original_allowed_values[0].label == "y" * 75
        form.fields["other"].current_allowed_values = form.fields["reason"].original_allowed_values
        return form

    assert changes(copied, fields) == {"fields": {"other": {"current_allowed_values": [long]}}}


def test_long_returned_values_are_cut():
    assert len(refused("get_permissions", "x" * 10000)) < 400

    class Odd:
        def __repr__(self):
            raise ValueError()

    assert "an object of type Odd" in refused("get_permissions", Odd())


# Arguments


def test_forward_arguments():
    forward = {
        "all_request_destinations": [U1, GENERAL, destination("slack_user_group", users=["U1", "U2"])],
        "current_destination_index": 0,
        "next_destination_index": 1,
    }
    data = {"event": samples.event("request_forward"), "forward": forward}
    event, context = marshal.arguments("on_request_forward", data, 2)
    assert event.name == "request_forward" and context.next_destination_index == 1
    assert str(context.all_request_destinations[2]) == "SlackUserGroup '['U1', 'U2']'"
    assert len(marshal.arguments("after_request_forward", data, 1)) == 1


def test_identity_arguments():
    data = {"event": None, "service_type": "okta", "external_id": "acme", "user": samples.user()}
    event, service, external, user = marshal.arguments("get_identity", data, 4)
    assert (event, service, external, user.email) == (None, "okta", "acme", "ada@acme.test")


def test_event_arguments():
    fields = {"urgency": typed("string", "Emergency")}
    (event,) = marshal.arguments("on_request", {"event": samples.event(fields=fields)}, 1)
    assert event.payload.fields == {"urgency": "Emergency"}
