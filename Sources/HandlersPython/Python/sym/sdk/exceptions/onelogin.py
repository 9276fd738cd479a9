"""OneLogin failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["OneLoginError"]


class OneLoginError(SymException):
    """OneLogin failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "OneLogin") -> None:
        super().__init__(error_type, name, message)
