"""Jira: issues."""

from typing import Any, Dict, List, Optional

from sym.sdk._runtime import call
from sym.sdk.exceptions.jira import JiraError

__all__ = ["JiraError", "add_comment_to_issue", "create_issue", "search_issues"]


def search_issues(
    jql: str, fields: Optional[List[str]] = None, expand: Optional[List[str]] = None
) -> List[Dict[str, Any]]:
    """The issues that match a query in JQL, as Jira describes them."""
    arguments = {"jql": jql, "fields": fields, "expand": expand}
    return call("jira.search_issues", arguments)  # type: ignore[no-any-return]


def add_comment_to_issue(issue_id_or_key: str, comment: str, expand: Optional[str] = None) -> None:
    """Comments on an issue."""
    arguments = {"issue_id_or_key": issue_id_or_key, "comment": comment, "expand": expand}
    call("jira.add_comment_to_issue", arguments)


def create_issue(
    title: str,
    project_key: str,
    issue_type_name: str,
    description: Optional[str] = None,
    due_date: Optional[str] = None,
    labels: Optional[List[str]] = None,
    parent_issue_id_or_key: Optional[str] = None,
    priority_id: Optional[str] = None,
    custom_fields: Optional[Dict[str, Any]] = None,
) -> str:
    """Makes an issue and returns its key. ``due_date`` is ``YYYY-MM-DD``."""
    arguments = {
        "title": title,
        "project_key": project_key,
        "issue_type_name": issue_type_name,
        "description": description,
        "due_date": due_date,
        "labels": labels,
        "parent_issue_id_or_key": parent_issue_id_or_key,
        "priority_id": priority_id,
        "custom_fields": custom_fields,
    }
    return call("jira.create_issue", arguments)  # type: ignore[no-any-return]
