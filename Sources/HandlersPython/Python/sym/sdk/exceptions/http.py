"""An HTTP request failed or was refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["HTTPError"]


class HTTPError(SymException):
    """An HTTP request failed or was refused."""

    def __init__(self, name: str, message: str, error_type: str = "HTTP") -> None:
        super().__init__(error_type, name, message)
