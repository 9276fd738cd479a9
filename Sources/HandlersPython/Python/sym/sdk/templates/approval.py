"""Asking for approval, and for access."""

from abc import abstractmethod
from enum import Enum
from typing import Any, Optional

from sym.sdk.resource import SRN
from sym.sdk.templates.template import Template, Transition

__all__ = ["ApprovalTemplate", "ApprovalTemplateStep"]


class ApprovalTemplateStep(str, Enum):
    """The steps of a request. A flow without a strategy ends with ``approve``."""

    PROMPT = "prompt"
    REQUEST = "request"
    REQUEST_FORWARD = "request_forward"
    REQUEST_EXPIRE = "request_expire"
    APPROVE = "approve"
    DENY = "deny"
    ESCALATE = "escalate"
    DEESCALATE = "deescalate"


class ApprovalTemplate(Template):
    """Asking for approval, and for access. The methods make what a hook returns.

    ``target_srn`` and ``duration`` (seconds) are those of the request unless they are given. Other keywords, such as
    ``reason``, become part of the event's payload.
    """

    @classmethod
    @abstractmethod
    def prompt(cls, **kwargs: Any) -> Transition:
        """Shows the form."""
        return Transition(ApprovalTemplateStep.PROMPT.value, extra=kwargs)

    @classmethod
    @abstractmethod
    def request(cls, *, target_srn: Optional[SRN] = None, duration: Optional[int] = None, **kwargs: Any) -> Transition:
        """Asks for approval."""
        return Transition(ApprovalTemplateStep.REQUEST.value, target_srn, duration, extra=kwargs)

    @classmethod
    @abstractmethod
    def approve(cls, *, target_srn: Optional[SRN] = None, duration: Optional[int] = None, **kwargs: Any) -> Transition:
        """Approves the request. Everybody sees the ``reason``."""
        return Transition(ApprovalTemplateStep.APPROVE.value, target_srn, duration, extra=kwargs)

    @classmethod
    @abstractmethod
    def deny(cls, *, target_srn: Optional[SRN] = None, duration: Optional[int] = None, **kwargs: Any) -> Transition:
        """Denies the request. Everybody sees the ``reason``."""
        return Transition(ApprovalTemplateStep.DENY.value, target_srn, duration, extra=kwargs)

    @classmethod
    @abstractmethod
    def escalate(cls, *, target_srn: Optional[SRN] = None, duration: Optional[int] = None, **kwargs: Any) -> Transition:
        """Switches access on."""
        return Transition(ApprovalTemplateStep.ESCALATE.value, target_srn, duration, extra=kwargs)

    @classmethod
    @abstractmethod
    def deescalate(cls, *, target_srn: Optional[SRN] = None, **kwargs: Any) -> Transition:
        """Takes access back."""
        return Transition(ApprovalTemplateStep.DEESCALATE.value, target_srn, extra=kwargs)
