"""Access could not be given or taken back."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["AccessStrategyError"]


class AccessStrategyError(SymException):
    """Access could not be given or taken back."""

    def __init__(self, name: str, message: str, error_type: str = "AccessStrategy") -> None:
        super().__init__(error_type, name, message)
