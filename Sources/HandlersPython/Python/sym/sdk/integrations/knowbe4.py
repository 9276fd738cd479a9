"""KnowBe4: trainings and groups."""

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from sym.sdk._runtime import call, person
from sym.sdk.exceptions.knowbe4 import KnowBe4Error

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = ["KnowBe4Error", "get_training_enrollments_for_user", "is_user_in_group"]


def get_training_enrollments_for_user(
    user: "User", store_purchase_id: Optional[int] = None, campaign_id: Optional[int] = None
) -> List[Dict[str, Any]]:
    """A person's trainings, as KnowBe4 describes them; ``status`` says whether one was passed."""
    arguments = {"user": person(user), "store_purchase_id": store_purchase_id, "campaign_id": campaign_id}
    return call("knowbe4.get_training_enrollments_for_user", arguments)  # type: ignore[no-any-return]


def is_user_in_group(user: "User", group_id: int) -> bool:
    """Whether a person belongs to a group."""
    arguments = {"user": person(user), "group_id": group_id}
    return call("knowbe4.is_user_in_group", arguments)  # type: ignore[no-any-return]
