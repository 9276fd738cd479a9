"""Google Workspace: groups and their members."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from sym.sdk._runtime import call, person, users_value
from sym.sdk.exceptions.google import GoogleError

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["GoogleError", "is_user_in_group", "list_groups", "users_in_group"]


def is_user_in_group(user: "User", *, group_email: str) -> bool:
    """Whether a person belongs to a group, directly or through other groups."""
    arguments = {"user": person(user), "group_email": group_email}
    return call("google.is_user_in_group", arguments)  # type: ignore[no-any-return]


def list_groups(domain: Optional[str] = None) -> List[Dict[str, Any]]:
    """Groups, as Google describes them; of one domain, or of all."""
    return call("google.list_groups", {"domain": domain})  # type: ignore[no-any-return]


def users_in_group(group_email: str, *, include_indirect_members: bool = True) -> "List[User]":
    """The members of a group, with or without those of the groups in it."""
    arguments = {"group_email": group_email, "include_indirect_members": include_indirect_members}
    return users_value(call("google.users_in_group", arguments))  # type: ignore[no-any-return]
