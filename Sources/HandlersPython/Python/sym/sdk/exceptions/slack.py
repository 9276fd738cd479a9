"""Slack failed or refused, or has nobody and nothing of that name."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["SlackError"]


class SlackError(SymException):
    """Slack failed or refused, or has nobody and nothing of that name."""

    def __init__(self, name: str, message: str, error_type: str = "Slack") -> None:
        super().__init__(error_type, name, message)
