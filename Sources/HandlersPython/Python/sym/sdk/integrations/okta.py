"""Okta: people and groups."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from sym.sdk._runtime import call, person, users_value
from sym.sdk.exceptions.okta import OktaError

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["OktaError", "get_user_info", "is_user_in_group", "list_groups", "users_in_group"]


def is_user_in_group(user: "User", *, group_id: str) -> bool:
    """Whether a person belongs to a group. Raises ``OktaError`` if there is no such group."""
    arguments = {"user": person(user), "group_id": group_id}
    return call("okta.is_user_in_group", arguments)  # type: ignore[no-any-return]


def users_in_group(*, group_id: str) -> "List[User]":
    """The members of a group. Raises ``OktaError`` if there is no such group."""
    return users_value(call("okta.users_in_group", {"group_id": group_id}))  # type: ignore[no-any-return]


def get_user_info(user: "User") -> Dict[str, Any]:
    """What Okta knows of a person."""
    return call("okta.get_user_info", {"user": person(user)})  # type: ignore[no-any-return]


def list_groups(
    *,
    name_filter: Optional[str] = None,
    filter: Optional[str] = None,
    expand: Optional[str] = None,
    only_native_groups: bool = True,
) -> List[Dict[str, Any]]:
    """Groups, as Okta describes them; ``filter`` and ``expand`` as in Okta's API."""
    arguments = {
        "name_filter": name_filter,
        "filter": filter,
        "expand": expand,
        "only_native_groups": only_native_groups,
    }
    return call("okta.list_groups", arguments)  # type: ignore[no-any-return]
