"""What access is given to."""

from abc import abstractmethod
from typing import Any, Dict, Optional

from sym.sdk.resource import SymResource

__all__ = ["AccessTarget"]


class AccessTarget(SymResource):
    """Something that access can be given to: a group, an account, a database."""

    @property
    @abstractmethod
    def label(self) -> Optional[str]:
        """What people see."""

    @property
    @abstractmethod
    def type(self) -> str:
        """The kind of target, such as ``okta_group``."""

    @property
    @abstractmethod
    def settings(self) -> Dict[str, Any]:
        """What the strategy needs to know of the target."""
