"""Google failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["GoogleError"]


class GoogleError(SymException):
    """Google failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "Google") -> None:
        super().__init__(error_type, name, message)
