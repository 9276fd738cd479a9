"""OneLogin: people and roles."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from sym.sdk._runtime import call, is_attached, person, users_value
from sym.sdk.exceptions.sdk import MissingArgument

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["get_user_info", "is_user_in_role", "list_roles", "users_in_role"]


def list_roles(name_filter: Optional[str] = None) -> List[Dict[str, Any]]:
    """Roles, as OneLogin describes them. Raises ``OneLoginError`` if there are more than 650."""
    return call("onelogin.list_roles", {"name_filter": name_filter})  # type: ignore[no-any-return]


def get_user_info(user: "User") -> Dict[str, Any]:
    """What OneLogin knows of a person."""
    return call("onelogin.get_user_info", {"user": person(user)})  # type: ignore[no-any-return]


def users_in_role(role_id: int) -> "List[User]":
    """Everybody with a role. Raises ``MissingArgument`` without one."""
    _need(role_id, "onelogin.users_in_role")
    return users_value(call("onelogin.users_in_role", {"role_id": role_id}))  # type: ignore[no-any-return]


def is_user_in_role(user: "User", *, role_id: int) -> bool:
    """Whether a person has a role. Raises ``MissingArgument`` without one."""
    _need(role_id, "onelogin.is_user_in_role")
    arguments = {"user": person(user), "role_id": role_id}
    return call("onelogin.is_user_in_role", arguments)  # type: ignore[no-any-return]


def _need(role_id: Any, method: str) -> None:
    if is_attached() and not role_id:
        raise MissingArgument("role_id", method)
