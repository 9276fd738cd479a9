"""Jira failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["JiraError"]


class JiraError(SymException):
    """Jira failed or refused."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__("Jira", name, message)
