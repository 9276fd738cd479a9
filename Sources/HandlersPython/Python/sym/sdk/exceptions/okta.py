"""Okta failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["OktaError"]


class OktaError(SymException):
    """Okta failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "Okta") -> None:
        super().__init__(error_type, name, message)
