"""What handlers can read (sym-sdk.md 2.8, 4.3 to 4.6), and what the SDK asks the server (4.14, 4.15)."""

from datetime import datetime, timedelta, timezone
import uuid

import pytest
from . import samples
from .samples import ADA_ID, BOB_ID, RUN_ID, TARGET_ID, typed
from sym.sdk import exceptions, runtime
from sym.sdk._objects import SDKEvent, SDKUser, prompt_form
from sym.sdk.forms import FieldType, PromptField, SlackUserSelection
from sym.sdk.integrations import aws_lambda, jira, knowbe4, okta, onelogin, pagerduty, slack, store, sym
from sym.sdk.request_destination import (
    RequestDestination,
    RequestDestinationFallback,
    SlackChannelID,
    SlackChannelName,
    SlackUser,
)
from sym.sdk.templates import ApprovalTemplate, ApprovalTemplateStep
from sym.sdk.user import UserRole
from sym.sdk.utils import persist_user_identity

ADA = {"type": "user", "id": ADA_ID, "username": "ada@acme.test", "email": "ada@acme.test"}


def event(**members):
    return SDKEvent(samples.event(**members))


def ada():
    return SDKUser(samples.user())


# Events


def test_event_members():
    made = event(name="approve", by=samples.bob())
    assert made.name == "approve" and made.user.email == "bob@acme.test" == made.payload.user.email
    assert made.payload.timestamp == datetime(2026, 3, 1, 12, 0, 0, 500000, tzinfo=timezone.utc)
    assert str(made.payload.srn) == str(made.srn) == "sym:event:approve:latest:" + RUN_ID
    assert isinstance(made.template, ApprovalTemplate) and made.template.name == "approval"
    assert made.meta.srn.model == "event_meta"
    assert (made.channel.type, made.channel.identifier) == ("slack", "#general")
    assert made.run.srn.identifier == RUN_ID and made.run.source_channel.type == "slack"
    assert made.flow.name == made.flow.srn.slug == "prod-db"
    assert made == event(name="approve")


def test_fields_by_type():
    pair = [{"user_id": "U1", "username": None}, {"user_id": "U2", "username": "bob@acme.test"}]
    made = event(
        fields={
            "text": typed("string", "x"),
            "number": typed("int", 7),
            "flag": typed("bool", False),
            "duration": typed("duration", 1800),
            "person": typed("slack_user", pair[1]),
            "people": typed("slack_user_list", pair),
            "texts": typed("str_list", ["a", "b"]),
            "numbers": typed("int_list", [1, 2]),
            "empty": typed("slack_user", None),
            "target": typed("target", samples.target()),
            "target_id": typed("string", TARGET_ID),
            "decision_message": typed("json", "Fine."),
        }
    )
    fields = made.payload.fields
    assert (fields["text"], fields["number"], fields["flag"], fields["duration"]) == ("x", 7, False, 1800)
    assert fields["person"] == SlackUserSelection(user_id="U2", username="bob@acme.test")
    assert [each.user_id for each in fields["people"]] == ["U1", "U2"]
    assert (fields["texts"], fields["numbers"], fields["empty"]) == (["a", "b"], [1, 2], None)
    target = fields["target"]
    assert (target.label, target.name, target.type) == ("Orders database", "orders-db", "custom")
    assert target.settings["identifier"] == "orders" and fields["target_id"] == TARGET_ID
    assert fields.get("decision_message") == "Fine." and fields.get("nothing") is None
    assert made.fields is fields
    fields["text"] = "changed"
    assert made.payload.fields["text"] == "changed"


def test_actors_and_contexts():
    made = event(
        name="approve",
        actors={"request": samples.user(), "approve": samples.bob()},
        contexts={"request": {"diff.txt": "+1"}},
    )
    assert made.get_actor("request").email == "ada@acme.test"
    assert made.get_actor(ApprovalTemplateStep.APPROVE).email == "bob@acme.test"
    assert made.get_actor("deny") is None
    assert made.get_context("request").get("diff.txt", "") == "+1"
    assert made.get_context(ApprovalTemplateStep.APPROVE) == {} and made.get_context("deny") is None
    assert made.actors == made.run.actors and set(made.actors) == {"request", "approve"}
    assert made.run.contexts == {"request": {"diff.txt": "+1"}}


def test_flow_members():
    flow = event(of=samples.flow(fields=[samples.field("urgency", value="Normal")], channel="#x")).flow
    assert flow.vars == {"channel": "#x"} and flow.environment.name == "main"
    assert isinstance(flow.fields["urgency"], PromptField) and flow.fields["urgency"].value == "Normal"
    strategy = flow.strategy
    assert (strategy.type, strategy.name, strategy.targets[0].name) == ("custom", "groups", "orders-db")
    integration = flow.environment.integrations["pipeline"]
    assert (integration.type, integration.external_id, integration.name) == ("custom", "pipeline", "pipeline")
    assert integration.settings["region"] == "eu"
    approval_only = dict(samples.flow(), strategy=None)
    assert event(of=approval_only).flow.strategy is None
    without = samples.flow()
    without["strategy"]["integration"] = None
    assert event(of=without).flow.strategy.integration.settings == {}


def test_secrets_are_asked_for(bridge):
    settings = event().flow.environment.integrations["pipeline"].settings
    secret = settings["secrets"][0]
    assert (secret.path, secret.source.type, secret.settings) == ("PIPELINE_TOKEN", "env", {"json_key": "token"})
    bridge.answers["secret.retrieve_value"] = "hunter2"
    assert secret.retrieve_value() == "hunter2" == settings["api_token_secret"].retrieve_value()
    assert bridge.calls[0] == ("secret.retrieve_value", {"srn": str(secret.srn), "id": secret.id})


def test_user_members():
    user = ada()
    assert user.id == uuid.UUID(ADA_ID) and user.role is UserRole.MEMBER and user.type == "normal"
    assert (user.username, user.first_name, user.last_name) == ("ada@acme.test", "Ada", None)
    assert user.identity("slack").user_id == "U0ADA" == user.identity("slack", "T0ACME").user_id
    assert user.identity("slack", "T0OTHER") is None and user.identity("okta") is None
    assert repr(user.identities["slack"][0]) == "Identity(slack: U0ADA)"
    assert str(user) == "User(email=ada@acme.test, username=ada@acme.test, identities=[Identity(slack: U0ADA)])"
    assert repr(user) == "User(ada@acme.test)"
    assert user == SDKUser(samples.user(number=BOB_ID)) and user != SDKUser(samples.bob())
    assert len({user, ada()}) == 1 and user != "ada@acme.test"
    assert user.to_dict()["id"] == ADA_ID


def test_event_counts(bridge):
    bridge.answers["user.get_event_count"] = 3
    since = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=1)))
    assert ada().get_event_count(ApprovalTemplateStep.REQUEST, since=since, filter_on="target") == 3
    assert bridge.calls == [
        (
            "user.get_event_count",
            {
                "user": ADA,
                "event_name": "request",
                "since": "2026-01-01T00:00:00Z",
                "until": None,
                "filter_on": "target",
                "include_errored": False,
            },
        )
    ]


def test_forms():
    form = prompt_form({"fields": [samples.field("b", "slack_user", {"user_id": "U1"}), samples.field("a", "int", 3)]})
    assert list(form.fields) == ["b", "a"] and form.fields["a"].type is FieldType.INT
    assert form.fields["b"].value.user_id == "U1" and form.flow_vars == {}


def test_the_current_call(bridge):
    assert runtime.current_call() == ("run/request/1", "run-1")


def test_no_current_call():
    assert runtime.current_call() is None


# Slack


def test_users_by_id_need_no_look_up(bridge):
    user = slack.user("U123", allow_self=True, timeout=60)
    assert user == SlackUser(user_id="U123", allow_self=True, timeout=60)
    assert slack.user(SlackUser(user_id="W1")) == SlackUser(user_id="W1")
    assert slack.mention("U123") == "<@U123>" and bridge.calls == []


@pytest.mark.parametrize("identifier, sent", [("@Ada A", "@Ada A"), ("a@b.co", "a@b.co"), (None, ADA)])
def test_other_users_are_looked_up(bridge, identifier, sent):
    bridge.answers["slack.user"] = {"user_id": "U0ADA"}
    assert slack.user(identifier or ada()).user_id == "U0ADA"
    assert bridge.calls == [("slack.user", {"identifier": sent})]
    assert slack.mention(identifier or ada()) == "<@U0ADA>"


def test_channels(bridge):
    assert slack.channel("#general", allow_self=True) == SlackChannelName(channel_name="#general", allow_self=True)
    assert slack.channel("general", timeout=5) == SlackChannelName(channel_name="general", timeout=5)
    assert slack.channel("C12345") == SlackChannelID(channel_id="C12345")
    assert isinstance(slack.channel("#x"), slack.SlackChannel)


def test_groups(bridge):
    bridge.answers["slack.user"] = {"user_id": "U0ADA"}
    group = slack.group(["U1", "@Ada", ada(), slack.user("U2", allow_self=True)], timeout=9)
    assert [each.user_id for each in group.users] == ["U1", "U0ADA", "U0ADA", "U2"]
    assert (group.allow_self, group.timeout) == (False, 9)


def test_fallbacks(bridge):
    fallback = slack.fallback(slack.channel("#a"), slack.user("U1"), continue_on_timeout=True)
    assert isinstance(fallback, RequestDestinationFallback)
    assert (fallback.continue_on_delivery_failure, fallback.continue_on_timeout) == (True, True)


@pytest.mark.parametrize(
    "make",
    [
        lambda: slack.group(["U1"] * 8),
        lambda: slack.group([]),
        lambda: slack.channel(" "),
        lambda: slack.fallback(slack.channel("#a")),
        lambda: slack.users_in_channel("general"),
        lambda: slack.send_message(RequestDestination(), "x"),
        lambda: slack.send_message("#general", "x"),
    ],
)
def test_what_cannot_be_is_a_failure_of_slack(bridge, make):
    with pytest.raises(exceptions.SlackError):
        make()
    assert bridge.calls == []


def test_messages(bridge):
    slack.send_message(ada(), "hello")
    slack.send_message(slack.channel("#general"), "hello")
    slack.send_thread_message("on it")
    general = {"type": "slack_channel_name", "channel_name": "#general", "allow_self": False, "timeout": None}
    assert bridge.calls == [
        ("slack.send_message", {"destination": ADA, "message": "hello"}),
        ("slack.send_message", {"destination": general, "message": "hello"}),
        ("slack.send_thread_message", {"message": "on it"}),
    ]


def test_look_ups(bridge):
    bridge.answers = {
        "slack.get_user_info": {"id": "U0ADA"},
        "slack.list_users": [{"id": "U0ADA"}],
        "slack.is_user_in_group": True,
        "slack.users_in_channel": [samples.user(), samples.bob()],
    }
    assert slack.get_user_info(ada()) == {"id": "U0ADA"} and slack.list_users() == [{"id": "U0ADA"}]
    assert slack.is_user_in_group(ada(), group_id="S1") is True
    assert [user.email for user in slack.users_in_channel("#general")] == ["ada@acme.test", "bob@acme.test"]
    slack.users_in_channel(slack.channel("C1"))
    assert bridge.calls[1] == ("slack.list_users", {"active_only": True})
    assert bridge.calls[2] == ("slack.is_user_in_group", {"user": ADA, "group_id": "S1"})
    assert bridge.calls[3][1]["channel"]["channel_name"] == "#general"
    assert bridge.calls[4][1]["channel"]["channel_id"] == "C1"


# Other calls


def test_people_of_the_organization(bridge):
    bridge.answers = {
        "sym.get_or_create_user_by_email": samples.user(),
        "sym.get_or_create_users_by_emails": [samples.user(), samples.bob()],
    }
    assert sym.get_or_create_user_by_email("ada@acme.test") == ada()
    assert len(sym.get_or_create_users_by_emails(["a@b.c", "d@e.f"])) == 2
    assert bridge.calls[1][1] == {"emails": ["a@b.c", "d@e.f"], "raise_on_error": False}


def test_store(bridge):
    bridge.answers["store.fetch"] = {"x": 1}
    assert store.fetch("a.b") == {"x": 1} and store.put("a.b", (1, "x")) is None
    assert bridge.calls[1] == ("store.put", {"path": "a.b", "value": [1, "x"]})
    bridge.answers["store.put"] = {"code": "Store:KEY", "message": "a is a value"}
    with pytest.raises(KeyError, match="a is a value"):
        store.put("a.b", 1)
    with pytest.raises(TypeError):
        store.put("a.b", object())


def test_identities_are_kept(bridge):
    bridge.answers["utils.persist_user_identity"] = {"service": "okta", "service_id": "acme", "user_id": "00u"}
    made = persist_user_identity(email="a@b.c", service="okta", service_id="acme", user_id="00u")
    assert (made.service, made.service_id, made.user_id) == ("okta", "acme", "00u")
    bridge.answers["utils.persist_user_identity"] = {"code": "Identity:COULD_NOT_SAVE", "message": "Taken."}
    with pytest.raises(exceptions.CouldNotSaveError, match="Taken."):
        persist_user_identity(email="a@b.c", service="okta", service_id="acme", user_id="00u")


@pytest.mark.parametrize(
    "code, kind",
    [
        ("Okta:NOT_AVAILABLE", exceptions.OktaError),
        ("PagerDuty:UNKNOWN", exceptions.PagerDutyError),
        ("AWSLambda:NOT_AVAILABLE", exceptions.AWSLambdaError),
        ("AWSSSO:X", exceptions.AWSSSOError),
        ("Identity:NOT_FOUND", exceptions.IdentityError),
        ("SymSDK:X", exceptions.SDKError),
        ("SymIntegration:USER_PROCESSING_ERROR", exceptions.SymIntegrationError),
        ("Something:New", exceptions.SymException),
    ],
)
def test_errors_of_the_server(bridge, code, kind):
    bridge.answers["okta.users_in_group"] = {"code": code, "message": "Okta is not available."}
    with pytest.raises(kind, match="Okta is not available.") as caught:
        okta.users_in_group(group_id="x")
    assert type(caught.value) is kind and caught.value.error_code == code


def test_incidents(bridge):
    bridge.answers["pagerduty.get_incidents"] = [{"id": "P1"}]
    statuses = [pagerduty.PagerDutyStatus.TRIGGERED, "acknowledged"]
    assert pagerduty.get_incidents(assignees=[ada()], statuses=statuses) == [{"id": "P1"}]
    assert bridge.calls[0][1]["assignees"] == [ADA]
    assert bridge.calls[0][1]["statuses"] == ["triggered", "acknowledged"]
    with pytest.raises(exceptions.PagerDutyError):
        pagerduty.has_incident(assignees=[ada()], statuses=["resolved"])
    assert {each.name: each.value for each in pagerduty.PagerDutyUrgency} == {"LOW": "low", "HIGH": "high"}


def test_arguments_of_other_integrations(bridge):
    onelogin.is_user_in_role(ada(), role_id=7)
    with pytest.raises(exceptions.MissingArgument):
        onelogin.users_in_role(None)
    knowbe4.get_training_enrollments_for_user(ada(), campaign_id=3)
    jira.create_issue("t", "P", "Bug", labels=["a"])
    made = samples.event()
    aws_lambda.invoke("arn:x", SDKEvent(made))
    aws_lambda.invoke("arn:x", {"user": ada(), "when": datetime(2026, 1, 1)})
    assert bridge.calls[0] == ("onelogin.is_user_in_role", {"user": ADA, "role_id": 7})
    assert bridge.calls[2][1]["project_key"] == "P"
    assert bridge.calls[3][1]["payload"] == made
    assert bridge.calls[4][1]["payload"] == {"user": ADA, "when": "2026-01-01T00:00:00Z"}
