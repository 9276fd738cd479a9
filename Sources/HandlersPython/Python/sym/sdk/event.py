"""What a handler is told: something is about to happen in a request, or has just happened."""

from abc import abstractmethod
from datetime import datetime
from typing import Any, Dict, Optional

from sym.sdk.flow import Flow, Run
from sym.sdk.resource import SRN, SymResource
from sym.sdk.templates import Template
from sym.sdk.user import User

__all__ = ["Channel", "Event", "EventMeta", "Payload"]


class Payload(SymResource):
    """The data of an event."""

    @property
    @abstractmethod
    def timestamp(self) -> datetime:
        """When it was triggered."""

    @property
    @abstractmethod
    def fields(self) -> Dict[str, Any]:
        """What the requester filled in, by field name, and ``target``, ``target_id``, ``duration`` of access flows."""

    @property
    @abstractmethod
    def srn(self) -> SRN:
        """The event's name."""

    @property
    @abstractmethod
    def user(self) -> User:
        """Who triggered it."""


class Channel(SymResource):
    """Where an event came from."""

    @property
    @abstractmethod
    def identifier(self) -> Optional[str]:
        """The place there, such as ``#general``; None where there is none."""

    @property
    @abstractmethod
    def type(self) -> str:
        """``slack``, ``sdk`` (a handler) or ``sym`` (the API)."""


class EventMeta(SymResource):
    """What else is known of an event."""


class Event(SymResource):
    """Something is about to happen in a request, or has just happened."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The step: ``request``, ``approve``."""

    @property
    @abstractmethod
    def payload(self) -> Payload:
        """The event's data."""

    @property
    @abstractmethod
    def meta(self) -> EventMeta:
        """What else is known of it."""

    @property
    @abstractmethod
    def template(self) -> Template:
        """The steps that the flow goes through."""

    @property
    @abstractmethod
    def flow(self) -> Flow:
        """The flow of the request."""

    @property
    @abstractmethod
    def run(self) -> Run:
        """The request."""

    @property
    @abstractmethod
    def channel(self) -> Channel:
        """Where the event came from."""

    @property
    def user(self) -> User:
        """Who triggered the event."""
        return self.payload.user

    @abstractmethod
    def get_actor(self, event_name: str) -> Optional[User]:
        """Who triggered an earlier event of the request; None if there was no such event."""

    @abstractmethod
    def get_context(self, event_name: str) -> Optional[Dict[str, Any]]:
        """What the API's caller sent along with an earlier event; None if there was no such event."""
