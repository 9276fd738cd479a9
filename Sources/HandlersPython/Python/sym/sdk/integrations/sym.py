"""The organization's own people."""

from typing import TYPE_CHECKING, List

from sym.sdk._runtime import call, user_value, users_value

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["get_or_create_user_by_email", "get_or_create_users_by_emails"]


def get_or_create_user_by_email(email: str) -> "User":
    """The user with this e-mail address, who is made if there is none.

    Raises ``sym.sdk.exceptions.SymIntegrationError``.
    """
    return user_value(call("sym.get_or_create_user_by_email", {"email": email}))  # type: ignore[no-any-return]


def get_or_create_users_by_emails(emails: List[str], raise_on_error: bool = False) -> "List[User]":
    """The users with these e-mail addresses. One that fails is left out and logged unless ``raise_on_error``.

    Raises ``sym.sdk.exceptions.SymIntegrationError``; serious failures in any case.
    """
    arguments = {"emails": list(emails), "raise_on_error": raise_on_error}
    return users_value(call("sym.get_or_create_users_by_emails", arguments))  # type: ignore[no-any-return]
