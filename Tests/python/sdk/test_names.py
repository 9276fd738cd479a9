"""What can be imported, and from where (sym-sdk.md 1, 4.1, 4.15, 6)."""

import importlib
import inspect
import subprocess
import sys

import pytest
import sym.sdk
from .places import PYTHON

TOP_LEVEL = """AccessTarget ApprovalTemplate Channel Environment Event EventMeta FieldOption Flow Payload PermissionLevel
RequestDestination RequestDestinationFallback RequestPermission Run SRN SlackChannelID SlackChannelName SlackUser
SlackUserGroup SymIntegrationError SymResource SymSDKError Template User UserIdentity UserRole aws_lambda github google
hook okta onelogin pagerduty prefetch reducer slack""".split()

NOT_TOP_LEVEL = """AccessStrategy Integration Notification Strategy ApprovalTemplateStep get_step_output user_ids
persist_user_identity Secret PromptField SymPromptForm aws_iam aws_sso boundary jira knowbe4 store sym""".split()

MODULES = """annotations errors event exceptions exceptions.identity field_option flow forms integrations models
notifications request_destination request_permission resource secret strategies strategy target templates
templates.approval templates.step templates.template user utils utils.user""".split()

INTEGRATIONS = """aws_iam aws_lambda aws_sso boundary github google jira knowbe4 okta onelogin pagerduty slack store
sym""".split()


def run(code, *options):
    command = [sys.executable, *options, "-c", "import sys; sys.path.insert(0, {!r})\n{}".format(str(PYTHON), code)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("name", TOP_LEVEL)
def test_top_level_has(name):
    assert hasattr(sym.sdk, name)


@pytest.mark.parametrize("name", NOT_TOP_LEVEL)
def test_top_level_lacks(name):
    assert name not in sym.sdk.__all__
    assert run("import sym.sdk; assert not hasattr(sym.sdk, {!r})".format(name)).returncode == 0


@pytest.mark.parametrize("name", MODULES)
def test_module_can_be_imported(name):
    module = importlib.import_module("sym.sdk." + name)
    for exported in getattr(module, "__all__", []):
        assert hasattr(module, exported)


@pytest.mark.parametrize("name", INTEGRATIONS)
def test_integration_can_be_imported(name):
    module = importlib.import_module("sym.sdk.integrations." + name)
    assert module is getattr(importlib.import_module("sym.sdk.integrations"), name)


def test_sym_is_a_namespace_that_others_may_live_in(tmp_path):
    (tmp_path / "sym" / "flow").mkdir(parents=True)
    (tmp_path / "sym" / "flow" / "cli.py").write_text("name = 'cli'")
    code = "sys.path.append({!r}); import sym.sdk, sym.flow.cli; print(sym.flow.cli.name)".format(str(tmp_path))
    assert run(code).stdout == "cli\n"
    assert not (PYTHON / "sym" / "__init__.py").exists()


def test_a_namespace_that_is_not_initialized_gets_nothing():
    code = "import sym; sym.initialized = False; import sym.sdk; assert not hasattr(sym.sdk, 'hook')"
    assert run(code).returncode == 0


def test_models_has_the_classes_of_other_modules():
    models = importlib.import_module("sym.sdk.models")
    assert set(models.__all__) == set(
        """Channel Event EventMeta Payload FieldOption Environment Flow Run RequestDestination
        RequestDestinationFallback SlackChannelID SlackChannelName SlackUser SlackUserGroup SRN SymResource AccessTarget
        User UserIdentity UserRole""".split()
    )
    assert models.User is sym.sdk.User


def test_two_errors_share_a_name():
    exceptions = importlib.import_module("sym.sdk.exceptions")
    assert sym.sdk.SymIntegrationError is not exceptions.SymIntegrationError
    assert not hasattr(exceptions, "IdentityNotFound")


def test_integrations_re_export_their_exceptions():
    exceptions = importlib.import_module("sym.sdk.exceptions")
    for name, error in {
        "slack": "SlackError",
        "aws_lambda": "AWSLambdaError",
        "aws_iam": "AWSIAMError",
        "aws_sso": "AWSSSOError",
        "okta": "OktaError",
        "pagerduty": "PagerDutyError",
        "google": "GoogleError",
        "github": "GitHubError",
        "boundary": "BoundaryError",
        "knowbe4": "KnowBe4Error",
        "jira": "JiraError",
    }.items():
        module = importlib.import_module("sym.sdk.integrations." + name)
        assert getattr(module, error) is getattr(exceptions, error)


def test_star_imports_of_integrations():
    integrations = importlib.import_module("sym.sdk.integrations")
    assert sorted(integrations.__all__) == sorted(set(INTEGRATIONS) - {"jira", "store"})
    assert callable(integrations.is_on_call)


def test_addresses_of_2020():
    code = (
        "from sym.annotations import hook, reducer; from sym.integrations import pagerduty, slack\n"
        "import sym.integrations.okta, sym.sdk.integrations.slack as new; assert slack is new; print(slack.SlackChannel)"
    )
    done = run(code)
    assert "RequestDestination" in done.stdout, done.stderr


def test_a_python_without_pydantic_says_what_is_missing():
    code = "sys.modules['pydantic'] = None\ntry:\n import sym.sdk\nexcept ImportError as error:\n print(error)"
    text = run(code).stdout
    assert "needs pydantic" in text and "python3-pydantic" in text


def test_the_package_is_typed():
    assert (PYTHON / "sym" / "sdk" / "py.typed").exists()


SIGNATURES = {
    "slack.user": "(identifier, allow_self=False, timeout=None)",
    "slack.channel": "(name, allow_self=False, timeout=None)",
    "slack.group": "(users, allow_self=False, timeout=None)",
    "slack.fallback": "(*destinations, continue_on_delivery_failure=True, continue_on_timeout=False)",
    "slack.mention": "(identifier)",
    "slack.send_message": "(destination, message)",
    "slack.send_thread_message": "(message)",
    "slack.get_user_info": "(user)",
    "slack.list_users": "(active_only=True)",
    "slack.is_user_in_group": "(user, *, group_id)",
    "slack.users_in_channel": "(channel)",
    "pagerduty.is_on_call": "(user, *, escalation_policy_name=None, escalation_policy_id=None, schedule_name=None, "
    "schedule_id=None)",
    "pagerduty.users_on_call": "(*, escalation_policy_name=None, escalation_policy_id=None, schedule_name=None, "
    "schedule_id=None)",
    "pagerduty.users_for_schedule": "(*, schedule_name=None, schedule_id=None)",
    "pagerduty.get_incidents": "(*, assignees=None, service_ids=None, statuses=None, urgencies=None, since=None, "
    "until=None)",
    "pagerduty.has_incident": "(*, assignees=None, service_ids=None, statuses=None, urgencies=None, since=None, "
    "until=None)",
    "okta.is_user_in_group": "(user, *, group_id)",
    "okta.users_in_group": "(*, group_id)",
    "okta.get_user_info": "(user)",
    "okta.list_groups": "(*, name_filter=None, filter=None, expand=None, only_native_groups=True)",
    "onelogin.list_roles": "(name_filter=None)",
    "onelogin.get_user_info": "(user)",
    "onelogin.users_in_role": "(role_id)",
    "onelogin.is_user_in_role": "(user, *, role_id)",
    "google.is_user_in_group": "(user, *, group_email)",
    "google.list_groups": "(domain=None)",
    "google.users_in_group": "(group_email, *, include_indirect_members=True)",
    "github.get_repo_collaborators": "(*, repo_name, roles)",
    "aws_iam.is_user_in_group": "(user, *, group_name)",
    "aws_sso.is_user_in_group": "(user, *, group_name)",
    "aws_sso.list_groups": "()",
    "aws_sso.users_in_group": "(group_name)",
    "aws_sso.list_accounts": "(organizational_unit_id=None)",
    "aws_lambda.invoke": "(arn, payload=None)",
    "aws_lambda.invoke_async": "(arn, payload=None)",
    "boundary.list_groups": "(scope_id='global', filter=None, recursive=False)",
    "boundary.get_group": "(group_id)",
    "knowbe4.get_training_enrollments_for_user": "(user, store_purchase_id=None, campaign_id=None)",
    "knowbe4.is_user_in_group": "(user, group_id)",
    "jira.search_issues": "(jql, fields=None, expand=None)",
    "jira.add_comment_to_issue": "(issue_id_or_key, comment, expand=None)",
    "jira.create_issue": "(title, project_key, issue_type_name, description=None, due_date=None, labels=None, "
    "parent_issue_id_or_key=None, priority_id=None, custom_fields=None)",
    "sym.get_or_create_user_by_email": "(email)",
    "sym.get_or_create_users_by_emails": "(emails, raise_on_error=False)",
    "store.fetch": "(path)",
    "store.put": "(path, value)",
}


def function(name):
    module, _, member = name.partition(".")
    return getattr(importlib.import_module("sym.sdk.integrations." + module), member)


def bare(signature):
    parameters = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return str(inspect.Signature(parameters))


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_signature(name):
    signature = inspect.signature(function(name))
    assert bare(signature) == SIGNATURES[name]
    assert signature.return_annotation is not signature.empty
    assert all(each.annotation is not each.empty for each in signature.parameters.values())


@pytest.mark.parametrize("name", sorted(SIGNATURES))
def test_functions_do_nothing_outside_a_runtime(name):
    needed = {
        each.name: {"users": [], "emails": [], "roles": ["admin"]}.get(each.name, "x")
        for each in inspect.signature(function(name)).parameters.values()
        if each.default is each.empty and each.kind is not each.VAR_POSITIONAL
    }
    assert function(name)(**needed) is None


def test_step_output_and_identities_do_nothing_outside_a_runtime():
    from sym.sdk.templates import get_step_output
    from sym.sdk.utils import persist_user_identity

    assert get_step_output() is None
    assert persist_user_identity(email="a@b.c", service="x", service_id="y", user_id="z") is None
    from sym.sdk.integrations import pagerduty

    assert pagerduty.is_on_call({"username": "ada"}) is None
