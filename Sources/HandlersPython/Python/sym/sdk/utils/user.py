"""Keeping what people are called in other systems."""

from typing import TYPE_CHECKING

from sym.sdk._runtime import call, identity_value

if TYPE_CHECKING:
    from sym.sdk.user import UserIdentity

__all__ = ["persist_user_identity"]


def persist_user_identity(*, email: str, service: str, service_id: str, user_id: str) -> "UserIdentity":
    """Keeps what a person is called in another system, in place of what was kept before.

    Makes the user if nobody has the e-mail address. Raises ``CouldNotSaveError``.
    """
    arguments = {"email": email, "service": service, "service_id": service_id, "user_id": user_id}
    return identity_value(call("utils.persist_user_identity", arguments))  # type: ignore[no-any-return]
