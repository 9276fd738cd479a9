"""What a handler can know about the server that runs it. This module is symflow's own; Sym had none."""

from typing import NamedTuple, Optional

from sym.sdk import _runtime

__all__ = ["CurrentCall", "current_call"]


class CurrentCall(NamedTuple):
    """The question that is being answered."""

    idempotency_key: Optional[str]
    """The same for every repetition of one question: after a crash, a handler may be asked twice."""
    run: Optional[str]
    """The id of the request."""


def current_call() -> Optional[CurrentCall]:
    """The question that is being answered; None outside the server."""
    bridge = _runtime.attached()
    return None if bridge is None else CurrentCall(bridge.idempotency_key, bridge.run)
