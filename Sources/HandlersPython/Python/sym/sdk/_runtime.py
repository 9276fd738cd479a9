"""The bridge to the server, where there is one."""

from datetime import date, datetime, timezone
from enum import Enum
from typing import Any, Dict, List, Optional
from uuid import UUID

__all__ = ["Bridge", "call", "identity_value", "install", "is_attached", "person", "plain", "user_value", "users_value"]


class Bridge:
    """Performs calls. ``call`` raises what ``sym.sdk._calls.exception`` makes of an error."""

    idempotency_key: Optional[str] = None
    run: Optional[str] = None

    def call(self, name: str, arguments: Dict[str, Any]) -> Any:
        raise NotImplementedError


_bridge: Optional[Bridge] = None


def install(bridge: Optional[Bridge]) -> None:
    """From here on, functions of the SDK act through this bridge; with None they do nothing and return None."""
    global _bridge
    _bridge = bridge


def is_attached() -> bool:
    """Whether functions of the SDK act."""
    return _bridge is not None


def attached() -> Optional[Bridge]:
    """The bridge, if there is one."""
    return _bridge


def call(name: str, arguments: Dict[str, Any]) -> Any:
    """Has the server perform a call of ``_calls``; None where there is no server, as in tests without one."""
    if _bridge is None:
        return None
    return _bridge.call(name, {key: plain(value) for key, value in arguments.items()})


def plain(value: Any) -> Any:
    """A value as plain JSON. Raises TypeError for what has no such form."""
    if value is None or isinstance(value, (bool, int)):
        return value.value if isinstance(value, Enum) else value
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, str):
        return str(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise TypeError("{!r} has no form in JSON".format(value))
        return value
    if isinstance(value, dict):
        return {_key(key): plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(member) for member in value), key=repr)
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        moment = value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)
        return moment.isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return _plain_object(value)


def _key(key: Any) -> str:
    key = key.value if isinstance(key, Enum) else key
    if isinstance(key, str):
        return str(key)
    raise TypeError("the key {!r} is no text".format(key))


def _plain_object(value: Any) -> Any:
    from sym.sdk._compat import v1
    from sym.sdk.resource import SRN, SymBaseResource
    from sym.sdk.user import User

    if isinstance(value, SRN):
        return str(value)
    if isinstance(value, User):
        return person(value)
    if isinstance(value, SymBaseResource):
        data = getattr(value, "_data", None)
        return plain(data if isinstance(data, dict) else value.dict())
    if isinstance(value, v1.BaseModel):
        return plain(value.dict())
    raise TypeError("{} has no form in JSON".format(type(value).__name__))


def person(value: Any) -> Any:
    """A user as an argument: PERSON in ``_calls``."""
    from sym.sdk.request_destination import SlackUser
    from sym.sdk.user import User

    if isinstance(value, User):
        return {"type": "user", "id": str(value.id), "username": value.username, "email": value.email}
    if isinstance(value, SlackUser):
        return {"type": "slack_user", "user_id": value.user_id}
    return plain(value)


def user_value(value: Any) -> Any:
    """A USER of an answer as an object; None where there is no server."""
    from sym.sdk._objects import SDKUser

    return None if value is None else SDKUser(value)


def users_value(value: Any) -> Any:
    """[USER…] of an answer as objects; None where there is no server."""
    if value is None:
        return None
    users: List[Any] = [user_value(each) for each in value]
    return users


def identity_value(value: Any) -> Any:
    """An IDENTITY of an answer as an object; None where there is no server."""
    from sym.sdk._objects import SDKUserIdentity

    return None if value is None else SDKUserIdentity(value)
