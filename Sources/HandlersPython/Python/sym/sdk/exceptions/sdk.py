"""The SDK was used in a way that cannot work."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["MissingArgument", "SDKError"]


class SDKError(SymException):
    """The SDK was used in a way that cannot work."""

    def __init__(self, name: str, message: str, error_type: str = "SymSDK") -> None:
        super().__init__(error_type, name, message)


class MissingArgument(SDKError):
    """A function needs an argument that was not given."""

    def __init__(self, arg: str, method: str) -> None:
        super().__init__("MISSING_ARGUMENT", "{} needs the argument `{}`.".format(method, arg))
