"""The base of all that integrations and strategies raise."""

from abc import ABC, abstractmethod
from typing import Any, Dict

__all__ = ["ExceptionWithHint", "SymException"]


class SymException(Exception):
    """A failure with a code: ``<error_type>:<name>``."""

    def __init__(self, error_type: str, name: str, message: str) -> None:
        super().__init__(message)
        self.message = message
        self.error_code = "{}:{}".format(error_type, name)

    def __str__(self) -> str:
        return self.message

    def to_dict(self) -> Dict[str, Any]:
        """The failure as plain JSON."""
        return {"error": True, "message": self.message, "code": self.error_code}


class ExceptionWithHint(SymException, ABC):
    """A failure that says what can be done about it."""

    def __new__(cls, *args: Any, **kwargs: Any) -> "ExceptionWithHint":
        # Exceptions are made without object.__new__, which is what looks for abstract members.
        missing = sorted(getattr(cls, "__abstractmethods__", ()))
        if missing:
            raise TypeError(
                "Can't instantiate abstract class {} with abstract method {}".format(cls.__name__, ", ".join(missing))
            )
        return super().__new__(cls, *args, **kwargs)

    @property
    @abstractmethod
    def hint(self) -> str:
        """What can be done about it, in Slack's mrkdwn."""

    def __str__(self) -> str:
        return "{}\n\n*Hint:* {}".format(self.message, self.hint)
