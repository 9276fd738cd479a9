"""Aptible failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["AptibleError"]


class AptibleError(SymException):
    """Aptible failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "Aptible") -> None:
        super().__init__(error_type, name, message)
