"""HashiCorp Boundary failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["BoundaryError"]


class BoundaryError(SymException):
    """HashiCorp Boundary failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "Boundary") -> None:
        super().__init__(error_type, name, message)
