"""Decorators, templates, exceptions and strategies (sym-sdk.md 2.1, 3, 4.12, 4.16)."""

from enum import Enum

import pytest
from .samples import user
from sym.sdk import errors, exceptions, hook, prefetch, reducer
from sym.sdk._objects import SDKEvent, SDKIntegration
from sym.sdk.exceptions.identity import IdentityNotFound
from sym.sdk.strategies import AccessStrategy
from sym.sdk.templates import ApprovalTemplate, ApprovalTemplateStep, TemplateStep, get_step_output
from . import samples


def test_decorated_functions_are_the_same_functions():
    def on_request(event):
        return event

    assert hook(on_request) is on_request and reducer(on_request) is on_request
    assert on_request(1) == 1
    assert hook(len) is len


def test_prefetch_wraps():
    @prefetch("field")
    def options(event, *rest, **named):
        return event, rest, named

    @prefetch(field_name="other")
    def others(event):
        return event

    assert options(1, 2, x=3) == (1, (2,), {"x": 3}) and others("e") == "e"
    assert options.__name__ == "wrapper" and options.__doc__ is None


def test_steps():
    assert {step.name: step.value for step in ApprovalTemplateStep} == {
        "PROMPT": "prompt",
        "REQUEST": "request",
        "REQUEST_FORWARD": "request_forward",
        "REQUEST_EXPIRE": "request_expire",
        "APPROVE": "approve",
        "DENY": "deny",
        "ESCALATE": "escalate",
        "DEESCALATE": "deescalate",
    }
    assert [step.value for step in TemplateStep] == ["ignore"]


@pytest.mark.parametrize("step", ["request", "approve", "deny", "escalate"])
def test_transitions_with_target_and_duration(step):
    made = getattr(ApprovalTemplate, step)(target_srn="sym:x:y:latest", duration=60, reason="why", other=1)
    assert (made.step, made.target_srn, made.duration) == (step, "sym:x:y:latest", 60)
    assert made.reason == "why" and made.extra == {"reason": "why", "other": 1}
    with pytest.raises(TypeError):
        getattr(ApprovalTemplate, step)("positional")


def test_transitions_without():
    assert ApprovalTemplate.prompt(a=1).step == "prompt"
    assert ApprovalTemplate.deescalate(target_srn="sym:x:y:latest").step == "deescalate"
    assert ApprovalTemplate.deescalate(duration=5).duration is None
    assert ApprovalTemplate.ignore(message="No.").message == "No."
    assert ApprovalTemplate.ignore().step == "ignore"
    for step in ("request_forward", "request_expire"):
        assert not hasattr(ApprovalTemplate, step)


def test_step_output(bridge):
    bridge.answers["templates.get_step_output"] = {"body": {}, "errors": []}
    for step, name in [(None, None), ("escalate", "escalate"), (ApprovalTemplateStep.DEESCALATE, "deescalate")]:
        assert get_step_output(step) == {"body": {}, "errors": []}
        assert bridge.calls[-1] == ("templates.get_step_output", {"step": name})
    with pytest.raises(ValueError):
        get_step_output("nowhere")


# Exceptions


@pytest.mark.parametrize(
    "name, error_type",
    [
        ("AccessStrategyError", "AccessStrategy"),
        ("AptibleError", "Aptible"),
        ("AWSError", "AWS"),
        ("BoundaryError", "Boundary"),
        ("GitHubError", "GitHub"),
        ("GoogleError", "Google"),
        ("HTTPError", "HTTP"),
        ("IdentityError", "Identity"),
        ("OktaError", "Okta"),
        ("OneLoginError", "OneLogin"),
        ("PagerDutyError", "PagerDuty"),
        ("SDKError", "SymSDK"),
        ("SlackError", "Slack"),
        ("SymIntegrationError", "SymIntegration"),
    ],
)
def test_exception_with_an_error_type(name, error_type):
    kind = getattr(exceptions, name)
    error = kind("UNKNOWN", "It broke.")
    assert isinstance(error, exceptions.SymException)
    assert error.error_code == error_type + ":UNKNOWN"
    assert str(error) == error.message == "It broke."
    assert error.to_dict() == {"error": True, "message": "It broke.", "code": error_type + ":UNKNOWN"}
    assert kind(name="X", message="m", error_type="Other").error_code == "Other:X"


@pytest.mark.parametrize(
    "name, error_type",
    [
        ("AWSIAMError", "AWSIAM"),
        ("AWSSSOError", "AWSSSO"),
        ("AWSLambdaError", "AWSLambda"),
        ("JiraError", "Jira"),
        ("KnowBe4Error", "KnowBe4"),
    ],
)
def test_exception_without(name, error_type):
    error = getattr(exceptions, name)("X", "m")
    assert error.error_code == error_type + ":X"
    assert isinstance(error, exceptions.AWSError) == name.startswith("AWS")


def test_exceptions_about_identities_and_arguments():
    assert exceptions.CouldNotSaveError("m").error_code == "Identity:COULD_NOT_SAVE"
    assert exceptions.MissingArgument("role_id", "users_in_role").error_code == "SymSDK:MISSING_ARGUMENT"
    error = IdentityNotFound(email="ada@acme.test", service_id="main")
    assert error.error_code == "Identity:NOT_FOUND"
    assert isinstance(error, exceptions.IdentityError) and isinstance(error, exceptions.ExceptionWithHint)
    assert str(error) == "{}\n\n*Hint:* {}".format(error.message, error.hint)
    assert exceptions.SymException("A", "B", "c").error_code == "A:B"
    with pytest.raises(TypeError):
        exceptions.ExceptionWithHint("A", "B", "c")


def test_the_older_family():
    error = errors.SymSDKError("It broke.", "Mend it.", "https://example.test")
    assert (error.message, error.hint, error.doc_url) == ("It broke.", "Mend it.", "https://example.test")
    assert str(error) == "It broke.\n\nHint: Mend it.\n\nFor more details, see: https://example.test."
    assert error.format_slack() == "It broke.\n\n*Hint:* Mend it.\n\nFor more details, see: https://example.test."
    assert not isinstance(error, exceptions.SymException)


def test_integration_errors_of_the_older_family():
    class Codes(Enum):
        LOST = "lost"

    class LostError(errors.SymIntegrationError):
        default_message = "{name} is lost."
        default_hint = "Look in {place}."
        default_docs_url = "https://example.test"

    error = LostError(error_code=Codes.LOST, params={"name": "Ada", "place": "the attic"})
    assert (error.message, error.hint, error.error_code) == ("Ada is lost.", "Look in the attic.", Codes.LOST)
    assert LostError(params={"name": "Ada"}).hint == "Look in {place}."
    assert LostError("Own {name}", params={"name": "text"}).message == "Own text"
    assert errors.SymIntegrationError().message == "" and errors.SymIntegrationError("a {b}").message == "a {b}"


# Strategies


class Groups(AccessStrategy):
    found = "ada-remote"

    def fetch_remote_identity(self, user):
        return self.found

    def escalate(self, target_id, event):
        return {"name": self.get_requester_identity(event)}

    def deescalate(self, target_id, event):
        return None


def event_of(identities):
    requester = dict(user(), identities=identities)
    return SDKEvent(samples.event("escalate", actors={"request": requester}))


def test_known_identities_are_used(bridge):
    strategy = Groups(SDKIntegration(samples.integration()))
    assert strategy.integration.external_id == "pipeline"
    known = [{"service": "custom", "service_id": "pipeline", "user_id": "ada-known"}]
    assert strategy.escalate("t", event_of(known)) == {"name": "ada-known"}
    assert bridge.calls == []


def test_unknown_identities_are_fetched_and_kept(bridge):
    strategy = Groups(SDKIntegration(samples.integration()))
    elsewhere = [{"service": "custom", "service_id": "other", "user_id": "x"}]
    bridge.answers["utils.persist_user_identity"] = {"service": "custom", "service_id": "p", "user_id": "u"}
    assert strategy.escalate("t", event_of(elsewhere)) == {"name": "ada-remote"}
    assert bridge.calls == [
        (
            "utils.persist_user_identity",
            {"email": "ada@acme.test", "service": "custom", "service_id": "pipeline", "user_id": "ada-remote"},
        )
    ]


def test_nobody_found(bridge):
    strategy = Groups(SDKIntegration(samples.integration()))
    strategy.found = ""
    with pytest.raises(IdentityNotFound, match="ada@acme.test"):
        strategy.escalate("t", event_of([]))
    assert bridge.calls == []
