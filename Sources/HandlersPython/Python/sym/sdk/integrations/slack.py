"""Slack: destinations of requests, messages, people and groups."""

import re
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Union

from sym.sdk._runtime import call, is_attached, person, users_value
from sym.sdk.exceptions.slack import SlackError
from sym.sdk.request_destination import (
    RequestDestination,
    RequestDestinationFallback,
    SlackChannelID,
    SlackChannelName,
    SlackLookupType,
    SlackUser,
    SlackUserGroup,
)

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = [
    "SlackChannel",
    "SlackError",
    "SlackLookupType",
    "channel",
    "fallback",
    "get_user_info",
    "group",
    "is_user_in_group",
    "list_users",
    "mention",
    "send_message",
    "send_thread_message",
    "user",
    "users_in_channel",
]

# What the functions below returned in the earliest versions.
SlackChannel = RequestDestination

_USER_ID = re.compile(r"[UW][A-Z0-9]+\Z")
# Names of channels have no capitals, so the two cannot be confused.
_CHANNEL_ID = re.compile(r"[CDG][A-Z0-9]+\Z")
_FALLBACK_DESTINATIONS_MIN = 2


def _user_id(identifier: Any) -> str:
    if isinstance(identifier, SlackUser):
        return identifier.user_id
    if isinstance(identifier, str) and _USER_ID.match(identifier.strip()):
        return identifier.strip()
    return call("slack.user", {"identifier": person(identifier)})["user_id"]  # type: ignore[no-any-return]


def _checked(make: Any, **members: Any) -> Any:
    """What is wrong with a destination is a failure of this integration: a SymException."""
    try:
        return make(**members)
    except ValueError as error:
        raise SlackError("INVALID_DESTINATION", str(error)) from error


def user(identifier: "Union[str, User]", allow_self: bool = False, timeout: Optional[int] = None) -> SlackUser:
    """The direct messages of a person, who is given by Slack id, e-mail address, ``@Full Name`` or as a user."""
    if not is_attached():
        return None  # type: ignore[return-value]
    found = _user_id(identifier)
    return _checked(SlackUser, user_id=found, allow_self=allow_self, timeout=timeout)  # type: ignore[no-any-return]


def channel(
    name: str, allow_self: bool = False, timeout: Optional[int] = None
) -> Union[SlackChannelID, SlackChannelName]:
    """A channel, by its id or its name."""
    if not is_attached():
        return None  # type: ignore[return-value]
    return _channel(name, allow_self, timeout)


def _channel(name: str, allow_self: bool, timeout: Optional[int]) -> Union[SlackChannelID, SlackChannelName]:
    members: Dict[str, Any] = {"allow_self": allow_self, "timeout": timeout}
    if isinstance(name, str) and _CHANNEL_ID.match(name.strip()):
        return _checked(SlackChannelID, channel_id=name, **members)  # type: ignore[no-any-return]
    return _checked(SlackChannelName, channel_name=name, **members)  # type: ignore[no-any-return]


def group(
    users: "Sequence[Union[str, User]]", allow_self: bool = False, timeout: Optional[int] = None
) -> SlackUserGroup:
    """One conversation of up to seven people, who are given as for ``user``."""
    if not is_attached():
        return None  # type: ignore[return-value]
    members = [{"user_id": _user_id(each)} for each in users]
    return _checked(  # type: ignore[no-any-return]
        SlackUserGroup, users=members, allow_self=allow_self, timeout=timeout
    )


def fallback(
    *destinations: RequestDestination, continue_on_delivery_failure: bool = True, continue_on_timeout: bool = False
) -> RequestDestinationFallback:
    """Destinations of which the next is told when one cannot be reached, or does not answer within its ``timeout``."""
    if not is_attached():
        return None  # type: ignore[return-value]
    if len(destinations) < _FALLBACK_DESTINATIONS_MIN:
        raise SlackError("INVALID_DESTINATION", "slack.fallback needs at least two destinations.")
    return _checked(  # type: ignore[no-any-return]
        RequestDestinationFallback,
        destinations=list(destinations),
        continue_on_delivery_failure=continue_on_delivery_failure,
        continue_on_timeout=continue_on_timeout,
    )


def mention(identifier: "Union[str, User]") -> str:
    """A person, who is given as for ``user``, for use in a message."""
    if not is_attached():
        return None  # type: ignore[return-value]
    return "<@{}>".format(_user_id(identifier))


def send_message(destination: "Union[User, RequestDestination]", message: str) -> None:
    """Sends a message, in Slack's mrkdwn."""
    from sym.sdk.user import User

    target = person(destination) if isinstance(destination, User) else _destination(destination)
    call("slack.send_message", {"destination": target, "message": message})


def send_thread_message(message: str) -> None:
    """Answers in the thread of the request's message. Raises ``SlackError`` if there is none."""
    call("slack.send_thread_message", {"message": message})


def get_user_info(user: "User") -> Dict[str, Any]:
    """What Slack knows of a person, as ``users.info`` has it."""
    return call("slack.get_user_info", {"user": person(user)})  # type: ignore[no-any-return]


def list_users(active_only: bool = True) -> List[Dict[str, Any]]:
    """Everybody in the workspace, as ``users.list`` has them."""
    return call("slack.list_users", {"active_only": active_only})  # type: ignore[no-any-return]


def is_user_in_group(user: "User", *, group_id: str) -> bool:
    """Whether a person belongs to a user group (``S…``)."""
    arguments = {"user": person(user), "group_id": group_id}
    return call("slack.is_user_in_group", arguments)  # type: ignore[no-any-return]


def users_in_channel(channel: Union[SlackChannelID, SlackChannelName, str]) -> "List[User]":
    """The members of a channel; a name must begin with ``#``. Raises ``SlackError`` if there is no such channel."""
    if not is_attached():
        return None  # type: ignore[return-value]
    if isinstance(channel, str):
        if not channel.startswith("#") and not _CHANNEL_ID.match(channel):
            raise SlackError("INVALID_CHANNEL", "The name of a channel must begin with '#': {!r}.".format(channel))
        where = _destination(_channel(channel, False, None))
    else:
        where = _destination(channel)
    return users_value(call("slack.users_in_channel", {"channel": where}))  # type: ignore[no-any-return]


def _destination(destination: Any) -> Any:
    from sym.sdk._objects import destination_data

    if not is_attached():
        return None
    try:
        return destination_data(destination)
    except TypeError as error:
        raise SlackError("INVALID_DESTINATION", str(error)) from error
