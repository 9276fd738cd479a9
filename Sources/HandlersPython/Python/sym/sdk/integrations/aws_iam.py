"""AWS IAM: groups."""

from typing import TYPE_CHECKING

from sym.sdk._runtime import call, person
from sym.sdk.exceptions.aws import AWSIAMError

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["AWSIAMError", "is_user_in_group"]


def is_user_in_group(user: "User", *, group_name: str) -> bool:
    """Whether a person belongs to a group. Raises ``AWSIAMError`` if there is no such group."""
    arguments = {"user": person(user), "group_name": group_name}
    return call("aws_iam.is_user_in_group", arguments)  # type: ignore[no-any-return]
