"""AWS IAM Identity Center: groups and accounts."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from sym.sdk._runtime import call, person, users_value
from sym.sdk.exceptions.aws import AWSSSOError

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["AWSSSOError", "is_user_in_group", "list_accounts", "list_groups", "users_in_group"]


def is_user_in_group(user: "User", *, group_name: str) -> bool:
    """Whether a person belongs to a group."""
    arguments = {"user": person(user), "group_name": group_name}
    return call("aws_sso.is_user_in_group", arguments)  # type: ignore[no-any-return]


def list_groups() -> List[Dict[str, Any]]:
    """Groups, as AWS describes them."""
    return call("aws_sso.list_groups", {})  # type: ignore[no-any-return]


def users_in_group(group_name: str) -> "List[User]":
    """The members of a group; it may have at most 20."""
    return users_value(call("aws_sso.users_in_group", {"group_name": group_name}))  # type: ignore[no-any-return]


def list_accounts(organizational_unit_id: Optional[str] = None) -> List[Dict[str, Any]]:
    """Accounts, as AWS describes them: all, or those directly in one unit.

    With the id of the root (``r-…``): those that are in no unit.
    """
    arguments = {"organizational_unit_id": organizational_unit_id}
    return call("aws_sso.list_accounts", arguments)  # type: ignore[no-any-return]
