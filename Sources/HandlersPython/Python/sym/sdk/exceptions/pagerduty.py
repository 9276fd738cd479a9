"""PagerDuty failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["PagerDutyError"]


class PagerDutyError(SymException):
    """PagerDuty failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "PagerDuty") -> None:
        super().__init__(error_type, name, message)
