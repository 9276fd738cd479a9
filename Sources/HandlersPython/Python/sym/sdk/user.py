"""People, and what they are called elsewhere."""

from abc import abstractmethod
from datetime import datetime
from enum import Enum
from typing import Any, Dict, List, Optional, Set
from uuid import UUID

from sym.sdk.request_permission import PermissionLevel
from sym.sdk.resource import SymBaseResource
from sym.sdk.templates.approval import ApprovalTemplateStep

__all__ = ["User", "UserIdentity", "UserRole", "user_ids"]


class UserRole(str, Enum):
    """What a person may do in general."""

    ADMIN = "admin"
    MEMBER = "member"
    GUEST = "guest"

    def permission_levels(self) -> Set[PermissionLevel]:
        """The levels that include this role."""
        levels = {PermissionLevel.ALL_USERS}
        if self in (UserRole.ADMIN, UserRole.MEMBER):
            levels.add(PermissionLevel.MEMBER)
        if self is UserRole.ADMIN:
            levels.add(PermissionLevel.ADMIN)
        return levels


class UserIdentity(SymBaseResource):
    """What a person is called in another system."""

    @property
    @abstractmethod
    def service(self) -> str:
        """The kind of system: ``slack``, ``okta``."""

    @property
    @abstractmethod
    def service_id(self) -> str:
        """Which one of that kind: the id of a Slack workspace."""

    @property
    @abstractmethod
    def user_id(self) -> str:
        """The person's name there: a Slack user id."""

    def __str__(self) -> str:
        return "Identity({}: {})".format(self.service, self.user_id)

    def __repr__(self) -> str:
        return str(self)


class User(SymBaseResource):
    """A person, or a bot. Two are equal when their user names are."""

    @property
    @abstractmethod
    def id(self) -> UUID:
        """The name under which the server knows this user."""

    @property
    @abstractmethod
    def email(self) -> Optional[str]:
        """The e-mail address; None for bots."""

    @property
    @abstractmethod
    def username(self) -> str:
        """The e-mail address, or a bot's name."""

    @property
    @abstractmethod
    def type(self) -> str:
        """``normal`` or ``bot``."""

    @property
    @abstractmethod
    def first_name(self) -> Optional[str]:
        """The first name, where it is known."""

    @property
    @abstractmethod
    def last_name(self) -> Optional[str]:
        """The last name, where it is known."""

    @property
    @abstractmethod
    def identities(self) -> Dict[str, List[UserIdentity]]:
        """What the person is called elsewhere, by kind of system."""

    @property
    @abstractmethod
    def role(self) -> UserRole:
        """What this user may do in general."""

    @abstractmethod
    def identity(self, service_type: str, service_id: Optional[str] = None) -> Optional[UserIdentity]:
        """What the person is called in one system; in the first of its kind when no ``service_id`` is given."""

    @abstractmethod
    def get_event_count(
        self,
        event_name: ApprovalTemplateStep,
        since: Optional[datetime] = None,
        until: Optional[datetime] = None,
        filter_on: str = "flow",
        include_errored: bool = False,
    ) -> int:
        """How many events of this name there were in requests that this user made.

        ``since`` and ``until`` are both included. ``filter_on``: ``flow`` for requests of the current flow, ``target``
        for requests for the current target. Ignored and failed events count only with ``include_errored``.
        """

    def __eq__(self, other: object) -> bool:
        return isinstance(other, User) and self.username == other.username

    def __hash__(self) -> int:
        return hash((type(self).__name__, self.username))

    def __str__(self) -> str:
        identities: List[Any] = [identity for some in self.identities.values() for identity in some]
        return "User(email={}, username={}, identities={})".format(self.email, self.username, identities)

    def __repr__(self) -> str:
        return "User({})".format(self.username)


def user_ids(user_list: List[User]) -> List[UUID]:
    """The ids of users, as ``RequestPermission`` takes them."""
    return [user.id for user in user_list]
