"""KnowBe4 failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["KnowBe4Error"]


class KnowBe4Error(SymException):
    """KnowBe4 failed or refused."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("KnowBe4", name, message)
