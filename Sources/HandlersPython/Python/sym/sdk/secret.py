"""Secret values. They stay where they are kept until they are asked for."""

from abc import abstractmethod
from typing import Any, Dict

from sym.sdk.resource import SymResource

__all__ = ["Secret", "SecretSource"]


class SecretSource(SymResource):
    """Where secrets are kept."""

    @property
    @abstractmethod
    def type(self) -> str:
        """The kind of store, such as ``aws_secrets_manager``."""

    @property
    @abstractmethod
    def settings(self) -> Dict[str, Any]:
        """How the store is reached."""


class Secret(SymResource):
    """One secret value, by the place where it is kept."""

    @property
    @abstractmethod
    def id(self) -> str:
        """The secret's id."""

    @property
    @abstractmethod
    def path(self) -> str:
        """The secret's name in its store."""

    @property
    @abstractmethod
    def source(self) -> SecretSource:
        """Where it is kept."""

    @property
    @abstractmethod
    def settings(self) -> Dict[str, Any]:
        """How to read it: with ``json_key``, the value is the member of that name."""

    @abstractmethod
    def retrieve_value(self) -> str:
        """The value itself."""
