"""Most classes of the SDK under one address."""

from sym.sdk.event import Channel, Event, EventMeta, Payload
from sym.sdk.forms import FieldOption
from sym.sdk.flow import Environment, Flow, Run
from sym.sdk.request_destination import (
    RequestDestination,
    RequestDestinationFallback,
    SlackChannelID,
    SlackChannelName,
    SlackUser,
    SlackUserGroup,
)
from sym.sdk.resource import SRN, SymResource
from sym.sdk.target import AccessTarget
from sym.sdk.user import User, UserIdentity, UserRole

__all__ = [
    "AccessTarget",
    "Channel",
    "Environment",
    "Event",
    "EventMeta",
    "FieldOption",
    "Flow",
    "Payload",
    "RequestDestination",
    "RequestDestinationFallback",
    "Run",
    "SRN",
    "SlackChannelID",
    "SlackChannelName",
    "SlackUser",
    "SlackUserGroup",
    "SymResource",
    "User",
    "UserIdentity",
    "UserRole",
]
