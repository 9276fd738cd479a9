"""Who is told of a request."""

from typing import Any, List, Optional, Union

from sym.sdk._compat import Field, Model, validator
from sym.sdk.request_destination import RequestDestination, SlackRequestDestination
from sym.sdk.user import User

__all__ = ["Notification"]


def _user_object(user: Any) -> Any:
    return user.to_dict()


class Notification(Model):
    """One link of a chain: where to send a request, and after how many seconds without an answer the next is told.

    Users get an e-mail. At most one destination may be in Slack.
    """

    destinations: List[Union[RequestDestination, User]] = Field(..., min_items=1)
    timeout: Optional[int] = None

    class Config:
        arbitrary_types_allowed = True
        json_encoders = {User: _user_object}

    @validator("destinations", allow_reuse=True)
    def _one_in_slack(cls, value: List[Any]) -> List[Any]:
        if sum(isinstance(destination, SlackRequestDestination) for destination in value) > 1:
            raise ValueError("Only one SlackRequestDestination is allowed per Notification.")
        return value
