"""What steps left behind."""

from typing import Any, Dict, Optional

from sym.sdk._runtime import call
from sym.sdk.templates.approval import ApprovalTemplateStep

__all__ = ["get_step_output"]


def get_step_output(step: Optional[ApprovalTemplateStep] = None) -> Dict[str, Any]:
    """What the strategy returned in a step of this request; in the current one unless it is named.

    The step may also be given as text. For ``aws_lambda``, it is the object that the function returned.
    """
    name = None if step is None else ApprovalTemplateStep(step).value
    return call("templates.get_step_output", {"step": name})  # type: ignore[no-any-return]
