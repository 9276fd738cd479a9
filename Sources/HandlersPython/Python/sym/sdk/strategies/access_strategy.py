"""The base of custom strategies."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Dict, Optional, final

from sym.sdk.exceptions.identity import IdentityNotFound
from sym.sdk.strategies.integration import Integration
from sym.sdk.utils.user import persist_user_identity

if TYPE_CHECKING:
    from sym.sdk.event import Event
    from sym.sdk.user import User

__all__ = ["AccessStrategy"]


class AccessStrategy(ABC):
    """Switches access on and off in a system of your own. A file has one subclass.

    The methods may be called again for the same request, so they must be able to find their work done already.
    """

    @final
    def __init__(self, integration: Integration) -> None:
        self.integration = integration

    @final
    def get_requester_identity(self, event: "Event") -> str:
        """What the requester is called in this strategy's system; found and kept if it is not known yet.

        Raises ``IdentityNotFound`` when ``fetch_remote_identity`` finds nobody.
        """
        requester = event.get_actor("request")
        if requester is None:
            raise IdentityNotFound("the requester", self.integration.external_id)
        known = requester.identity(self.integration.type, self.integration.external_id)
        if known is not None:
            return known.user_id
        found = self.fetch_remote_identity(requester)
        email = requester.email or requester.username
        if not found:
            raise IdentityNotFound(email=email, service_id=self.integration.external_id)
        persist_user_identity(
            email=email, service=self.integration.type, service_id=self.integration.external_id, user_id=found
        )
        return found

    @abstractmethod
    def fetch_remote_identity(self, user: "User") -> Optional[str]:
        """What a person is called in this strategy's system; None when nobody matches."""

    @abstractmethod
    def escalate(self, target_id: str, event: "Event") -> Optional[Dict[str, Any]]:
        """Gives the requester access. What it returns is kept for ``deescalate`` and for hooks; a failure raises."""

    @abstractmethod
    def deescalate(self, target_id: str, event: "Event") -> Optional[Dict[str, Any]]:
        """Takes the access back, also from somebody who does not have it; a failure raises."""
