"""Flows and their runs."""

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Dict, Optional

from sym.sdk.resource import SymResource
from sym.sdk.strategies.integration import Integration
from sym.sdk.strategy import Strategy
from sym.sdk.user import User

if TYPE_CHECKING:
    from sym.sdk.event import Channel

__all__ = ["Environment", "Flow", "Run"]


class Environment(SymResource):
    """Flows that share their integrations."""

    @property
    @abstractmethod
    def integrations(self) -> Dict[str, Integration]:
        """The integrations by the names that the environment gives them, such as ``slack``."""


class Flow(SymResource):
    """One way to ask for something."""

    @property
    @abstractmethod
    def fields(self) -> Dict[str, Any]:
        """The fields of the form by their names."""

    @property
    @abstractmethod
    def vars(self) -> Dict[str, str]:
        """Texts that the configuration hands to the implementation."""

    @property
    @abstractmethod
    def environment(self) -> Environment:
        """What the flow shares with others."""

    @property
    @abstractmethod
    def strategy(self) -> Optional[Strategy]:
        """How access is switched on; None for a flow that only asks for approval."""


class Run(SymResource):
    """One request, from the form to its end."""

    @property
    @abstractmethod
    def actors(self) -> Dict[str, User]:
        """Who triggered each event so far, by its name."""

    @property
    @abstractmethod
    def contexts(self) -> Dict[str, Dict[str, Any]]:
        """What API callers sent along with events, by the event's name."""

    @property
    @abstractmethod
    def source_channel(self) -> "Channel":
        """Where the first event came from."""
