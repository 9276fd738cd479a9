"""Systems that flows work with."""

from abc import abstractmethod
from typing import Any, Dict

from sym.sdk.resource import SymResource

__all__ = ["Integration"]


class Integration(SymResource):
    """A system that flows work with."""

    @property
    @abstractmethod
    def type(self) -> str:
        """The kind of system: ``slack``, ``okta``, ``custom``."""

    @property
    @abstractmethod
    def external_id(self) -> str:
        """Which one of its kind: the id of a Slack workspace, the domain of an Okta organization."""

    @property
    @abstractmethod
    def settings(self) -> Dict[str, Any]:
        """How it is used. Settings that name secrets hold ``Secret`` objects."""
