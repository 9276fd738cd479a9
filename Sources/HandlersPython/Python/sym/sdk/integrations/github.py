"""GitHub: who works on a repository."""

from typing import TYPE_CHECKING, Iterable, List

from sym.sdk._runtime import call, users_value
from sym.sdk.exceptions.github import GitHubError

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["GitHubError", "get_repo_collaborators"]


def get_repo_collaborators(*, repo_name: str, roles: Iterable[str]) -> "List[User]":
    """The users who have one of exactly these roles in a repository of the organization (its name alone).

    Roles: ``read``, ``triage``, ``write``, ``maintain``, ``admin``, or the organization's own. ``write`` does not
    include ``admin``.
    """
    arguments = {"repo_name": repo_name, "roles": list(roles)}
    return users_value(call("github.get_repo_collaborators", arguments))  # type: ignore[no-any-return]
