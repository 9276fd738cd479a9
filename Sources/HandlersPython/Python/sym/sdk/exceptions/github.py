"""GitHub failed or refused."""

from sym.sdk.exceptions.sym_exception import SymException

__all__ = ["GitHubError"]


class GitHubError(SymException):
    """GitHub failed or refused."""

    def __init__(self, name: str, message: str, error_type: str = "GitHub") -> None:
        super().__init__(error_type, name, message)
