"""People of the organization could not be read or written."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["SymIntegrationError"]


class SymIntegrationError(SymException):
    """People of the organization could not be read or written."""

    def __init__(self, name: str, message: str, error_type: str = "SymIntegration") -> None:
        super().__init__(error_type, name, message)
