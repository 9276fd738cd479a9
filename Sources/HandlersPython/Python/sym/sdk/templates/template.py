"""What all templates have in common."""

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Dict, Optional

from sym.sdk.resource import SRN, SymResource

__all__ = ["Template", "TemplateStep", "Transition"]


class TemplateStep(str, Enum):
    """Steps that every template has."""

    IGNORE = "ignore"


@dataclass(frozen=True)
class Transition:
    """What a hook returns to have something else happen. Made by the methods of ``ApprovalTemplate``."""

    step: str
    """The event to fire, such as ``approve``; ``ignore`` for none at all."""
    target_srn: Optional[SRN] = None
    duration: Optional[int] = None
    message: Optional[str] = None
    extra: Dict[str, Any] = field(default_factory=dict)
    """All other keywords, such as ``reason``."""

    @property
    def reason(self) -> Optional[str]:
        """The reason that people are shown."""
        return self.extra.get("reason")


class Template(SymResource):
    """The steps that a request goes through."""

    @classmethod
    @abstractmethod
    def ignore(cls, *, message: Optional[str] = None, **kwargs: Any) -> Transition:
        """Nothing happens; the person who acted is shown the message."""
        return Transition(TemplateStep.IGNORE.value, message=message, extra=kwargs)
