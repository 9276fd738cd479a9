"""The calls that the SDK asks the server to perform: names, arguments and values.

Arguments and values are plain JSON; absent is null. USER, IDENTITY (an entry of USER's ``identities``), DESTINATION and
EVENT are those of ``symflow_worker/marshal.py``. PERSON is a text as the author wrote it (``U…``, an e-mail address,
``@Full Name``), a USER cut down to ``{"type": "user", "id", "username", "email"}``, or ``{"type": "slack_user",
"user_id"}``. Arguments have the names of the function's parameters.

    name                                    arguments                                           value
    slack.user                              identifier: PERSON                                  {"user_id": "U…"}
        also for slack.group and slack.mention; not asked for a text that is an id already
    slack.send_message                      destination: DESTINATION or a PERSON that is a user, message      null
    slack.send_thread_message               message                                             null
    slack.get_user_info                     user: PERSON                                        object of users.info
    slack.list_users                        active_only: bool                                   [object of users.list…]
    slack.is_user_in_group                  user: PERSON, group_id: "S…"                        bool
    slack.users_in_channel                  channel: DESTINATION of a channel                   [USER…]
    sym.get_or_create_user_by_email         email                                               USER
    sym.get_or_create_users_by_emails       emails: [text…], raise_on_error: bool               [USER…]
    store.fetch                             path                                                anything
    store.put                               path, value: anything                               null
    utils.persist_user_identity             email, service, service_id, user_id                 IDENTITY
    templates.get_step_output               step: name or null (the current one)                object
    user.get_event_count                    user: PERSON, event_name, since, until: time or null,
                                            filter_on: "flow" or "target", include_errored      integer
    secret.retrieve_value                   srn, id                                             text (json_key applied)

    pagerduty.is_on_call                    user, escalation_policy_name, escalation_policy_id, schedule_name,
                                            schedule_id                                         bool
    pagerduty.users_on_call                 the last four of these                              [USER…]
    pagerduty.users_for_schedule            schedule_name, schedule_id                          [USER…]
    pagerduty.get_incidents                 assignees: [PERSON…] or null, service_ids, statuses, urgencies: [text…] or
                                            null, since, until                                  [object…]
    pagerduty.has_incident                  the same                                            bool
    okta.is_user_in_group                   user, group_id                                      bool
    okta.users_in_group                     group_id                                            [USER…]
    okta.get_user_info                      user                                                object
    okta.list_groups                        name_filter, filter, expand, only_native_groups     [object…]
    onelogin.list_roles                     name_filter                                         [object…]
    onelogin.get_user_info                  user                                                object
    onelogin.users_in_role                  role_id                                             [USER…]
    onelogin.is_user_in_role                user, role_id                                       bool
    google.is_user_in_group                 user, group_email                                   bool
    google.list_groups                      domain                                              [object…]
    google.users_in_group                   group_email, include_indirect_members               [USER…]
    github.get_repo_collaborators           repo_name, roles: [text…]                           [USER…]
    aws_iam.is_user_in_group                user, group_name                                    bool
    aws_sso.is_user_in_group                user, group_name                                    bool
    aws_sso.list_groups                     -                                                   [object…]
    aws_sso.users_in_group                  group_name                                          [USER…]
    aws_sso.list_accounts                   organizational_unit_id                              [object…]
    aws_lambda.invoke                       arn, payload: EVENT, object or null                 anything
    aws_lambda.invoke_async                 arn, payload                                        bool
    boundary.list_groups                    scope_id, filter, recursive                         [object…]
    boundary.get_group                      group_id                                            object
    knowbe4.get_training_enrollments_for_user   user, store_purchase_id, campaign_id            [object…]
    knowbe4.is_user_in_group                user, group_id                                      bool
    jira.search_issues                      jql, fields, expand                                 [object…]
    jira.add_comment_to_issue               issue_id_or_key, comment, expand                    null
    jira.create_issue                       title, project_key, issue_type_name, description, due_date, labels,
                                            parent_issue_id_or_key, priority_id, custom_fields  text (issue key)

Errors are ``{"code": "<error_type>:<name>", "message": text}``. The class that is raised, by ``error_type``:
Slack, PagerDuty, Okta, OneLogin, Google, GitHub, Boundary, KnowBe4, Jira, AWS, AWSIAM, AWSSSO, AWSLambda, HTTP,
Aptible, AccessStrategy, SymIntegration, SymSDK: the class of that name in ``sym.sdk.exceptions``;
``Identity:COULD_NOT_SAVE`` is CouldNotSaveError, other Identity is IdentityError; ``Store:KEY`` is KeyError; anything
else is a plain SymException.
What is not available in this version of the server has the name ``NOT_AVAILABLE``: ``Okta:NOT_AVAILABLE``.
"""

from typing import Any, Callable, Dict

from sym.sdk import exceptions

_WITH_ERROR_TYPE: Dict[str, Callable[[str, str], Exception]] = {
    "AWS": exceptions.AWSError,
    "AWSIAM": exceptions.AWSIAMError,
    "AWSLambda": exceptions.AWSLambdaError,
    "AWSSSO": exceptions.AWSSSOError,
    "AccessStrategy": exceptions.AccessStrategyError,
    "Aptible": exceptions.AptibleError,
    "Boundary": exceptions.BoundaryError,
    "GitHub": exceptions.GitHubError,
    "Google": exceptions.GoogleError,
    "HTTP": exceptions.HTTPError,
    "Identity": exceptions.IdentityError,
    "Jira": exceptions.JiraError,
    "KnowBe4": exceptions.KnowBe4Error,
    "Okta": exceptions.OktaError,
    "OneLogin": exceptions.OneLoginError,
    "PagerDuty": exceptions.PagerDutyError,
    "Slack": exceptions.SlackError,
    "SymIntegration": exceptions.SymIntegrationError,
    "SymSDK": exceptions.SDKError,
}


def exception(error: Dict[str, Any]) -> Exception:
    """What to raise for an error of the server."""
    code, message = str(error.get("code") or "Sym:UNKNOWN"), str(error.get("message") or "The server gave no reason.")
    error_type, _, name = code.partition(":")
    if code == "Store:KEY":
        return KeyError(message)
    if code == "Identity:COULD_NOT_SAVE":
        return exceptions.CouldNotSaveError(message)
    make = _WITH_ERROR_TYPE.get(error_type)
    if make is None:
        return exceptions.SymException(error_type, name or "UNKNOWN", message)
    return make(name or "UNKNOWN", message)
