"""Who may see a request and who may decide it."""

from enum import Enum
from typing import Any, List, Union
from uuid import UUID

from sym.sdk._compat import Model, validator

__all__ = ["PermissionLevel", "RequestPermission"]

_USE_IDS = "Use sym.sdk.user.user_ids() to convert List[User] to List[UUID]."


class PermissionLevel(str, Enum):
    """A group of users by their roles."""

    ADMIN = "admin"
    MEMBER = "member"
    ALL_USERS = "all_users"


class RequestPermission(Model):
    """Who may see a request in the web app, who may approve, deny and revoke it, and whether its requester may.

    The first two are a ``PermissionLevel``, or a list of ids of users. Administrators may do both in any case.
    """

    webapp_view: Union[PermissionLevel, List[UUID]]
    approve_deny: Union[PermissionLevel, List[UUID]]
    allow_self_approval: bool = False

    @validator("webapp_view", "approve_deny", pre=True, allow_reuse=True)
    def _level_or_ids(cls, value: Any) -> Union[PermissionLevel, List[UUID]]:
        if isinstance(value, list) and value:
            try:
                return [each if isinstance(each, UUID) else UUID(each) for each in value]
            except (AttributeError, TypeError, ValueError):
                raise ValueError("Invalid input. {}".format(_USE_IDS)) from None
        if value is None or value == "" or value == []:
            raise ValueError("Input cannot be empty")
        if isinstance(value, str):
            try:
                return PermissionLevel(value)
            except ValueError:
                pass
        raise ValueError("Invalid input. Must be a PermissionLevel or List[UUID]. {}".format(_USE_IDS))
