"""Where a request is sent in Slack."""

import sys
from enum import Enum
from typing import Any, Dict, List, Optional, Type, TypeVar

from sym.sdk._compat import Field, Model, v1, validator

__all__ = [
    "RequestDestination",
    "RequestDestinationFallback",
    "RequestForwardContext",
    "SlackChannelID",
    "SlackChannelName",
    "SlackRequestDestination",
    "SlackUser",
    "SlackUserGroup",
]

AnyDestination = TypeVar("AnyDestination", bound="RequestDestination")

# The member that tells a destination's class. The order matters for data that has several of them.
_CLASS_BY_MEMBER = {
    "channel_name": "SlackChannelName",
    "channel_id": "SlackChannelID",
    "user_id": "SlackUser",
    "users": "SlackUserGroup",
}
_LEGACY_MEMBERS = frozenset(["lookup_type", "allow_self"])
_LEGACY_LOOKUP_TYPES = frozenset(["channel", "email", "user", "user_id", "username"])


class RequestDestination(Model):
    """A place to send a request to. Data is read into the class that it describes, whichever class reads it."""

    allow_self: bool = False
    timeout: Optional[int] = None

    @classmethod
    def parse_obj(cls: Type[AnyDestination], obj: Any) -> AnyDestination:
        try:
            return cls._of_described_class(dict(obj))  # type: ignore[no-any-return]
        except Exception as error:
            raise ValueError("Failed to parse RequestDestination data: {}".format(error)) from error

    @classmethod
    def parse_raw(cls: Type[AnyDestination], b: Any, **options: Any) -> AnyDestination:
        try:
            data = v1.parse.load_str_bytes(b, json_loads=cls.__config__.json_loads, **options)
        except Exception as error:
            raise ValueError("Failed to parse RequestDestination data: {}".format(error)) from error
        return cls.parse_obj(data)

    @classmethod
    def validate(cls: Type[AnyDestination], value: Any) -> AnyDestination:
        if isinstance(value, cls):
            return super().validate(value)
        try:
            data = dict(value)
        except (TypeError, ValueError):
            raise ValueError("{!r} is no RequestDestination".format(value)) from None
        return cls.parse_obj(data)

    @classmethod
    def _of_described_class(cls, data: Dict[str, Any]) -> Any:
        for member, name in _CLASS_BY_MEMBER.items():
            if member in data:
                return getattr(sys.modules[__name__], name)(**data)
        if _LEGACY_MEMBERS < data.keys():
            if data["lookup_type"] not in _LEGACY_LOOKUP_TYPES:
                raise ValueError("Unknown lookup_type {!r}".format(data["lookup_type"]))
            return cls(allow_self=data["allow_self"])
        raise ValueError("Unknown type of RequestDestination: {}".format(data))


class SlackRequestDestination(RequestDestination):
    """A place in Slack."""


def _stripped(value: str, name: str) -> str:
    value = value.strip()
    if not value:
        raise ValueError("{} must be non-empty".format(name))
    return value


class SlackChannelID(SlackRequestDestination):
    """A channel, by its id."""

    channel_id: str

    @validator("channel_id", allow_reuse=True)
    def _check_channel_id(cls, value: str) -> str:
        value = _stripped(value, "channel_id")
        if value[0] not in "CDG":
            raise ValueError(
                "{} is not a valid Slack Channel ID. Slack Channel IDs must start with 'C', 'D' or 'G'.".format(value)
            )
        return value

    def __str__(self) -> str:
        return "SlackChannelID '{}'".format(self.channel_id)


class SlackChannelName(SlackRequestDestination):
    """A channel, by its name, with or without ``#``."""

    channel_name: str

    @validator("channel_name", allow_reuse=True)
    def _check_channel_name(cls, value: str) -> str:
        return _stripped(value, "channel_name")

    def __str__(self) -> str:
        return "SlackChannelName '{}'".format(self.channel_name)


class SlackUser(SlackRequestDestination):
    """The direct messages of one person."""

    user_id: str

    @validator("user_id", allow_reuse=True)
    def _check_user_id(cls, value: str) -> str:
        value = _stripped(value, "user_id")
        if value[0] not in "UW":
            raise ValueError(
                "{} is not a valid Slack User ID. Slack User IDs must start with 'U' or 'W'.".format(value)
            )
        return value

    def mention(self) -> str:
        """The person, for use in a message."""
        return "<@{}>".format(self.user_id)

    def __str__(self) -> str:
        return "SlackUser '{}'".format(self.user_id)


class SlackUserGroup(SlackRequestDestination):
    """One conversation of up to seven people. Its own ``allow_self`` counts, not its members'."""

    users: List[SlackUser] = Field(..., min_items=1, max_items=7)

    def __str__(self) -> str:
        return "SlackUserGroup '{}'".format([user.user_id for user in self.users])


class RequestDestinationFallback(Model):
    """Destinations of which the next is told when one cannot be reached, or does not answer in time."""

    destinations: List[RequestDestination]
    continue_on_delivery_failure: bool = True
    continue_on_timeout: bool = False


class RequestForwardContext(Model):
    """Where in a chain of destinations a request is when it is forwarded."""

    all_request_destinations: List[RequestDestination]
    current_destination_index: int
    next_destination_index: Optional[int] = None


class SlackLookupType(str, Enum):
    """How the earliest versions named a place in Slack."""

    USER = "user"
    USER_ID = "user_id"
    USERNAME = "username"
    CHANNEL = "channel"
    EMAIL = "email"
