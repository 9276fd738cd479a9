"""PagerDuty: who is on call, and which incidents there are."""

from enum import Enum
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence

from sym.sdk._runtime import call, person, users_value
from sym.sdk.exceptions.pagerduty import PagerDutyError

if TYPE_CHECKING:
    from sym.sdk.user import User

__all__ = [
    "PagerDutyError",
    "PagerDutyStatus",
    "PagerDutyUrgency",
    "get_incidents",
    "has_incident",
    "is_on_call",
    "users_for_schedule",
    "users_on_call",
]


class PagerDutyStatus(str, Enum):
    """How far an incident is."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


class PagerDutyUrgency(str, Enum):
    """How urgent an incident is."""

    LOW = "low"
    HIGH = "high"


def is_on_call(
    user: "User",
    *,
    escalation_policy_name: Optional[str] = None,
    escalation_policy_id: Optional[str] = None,
    schedule_name: Optional[str] = None,
    schedule_id: Optional[str] = None,
) -> bool:
    """Whether a person is on call: for one policy or schedule, or for any when none is given."""
    arguments = {
        "user": person(user),
        "escalation_policy_name": escalation_policy_name,
        "escalation_policy_id": escalation_policy_id,
        "schedule_name": schedule_name,
        "schedule_id": schedule_id,
    }
    return call("pagerduty.is_on_call", arguments)  # type: ignore[no-any-return]


def users_on_call(
    *,
    escalation_policy_name: Optional[str] = None,
    escalation_policy_id: Optional[str] = None,
    schedule_name: Optional[str] = None,
    schedule_id: Optional[str] = None,
) -> "List[User]":
    """Everybody who is on call: for one policy or schedule, or for any when none is given."""
    arguments = {
        "escalation_policy_name": escalation_policy_name,
        "escalation_policy_id": escalation_policy_id,
        "schedule_name": schedule_name,
        "schedule_id": schedule_id,
    }
    return users_value(call("pagerduty.users_on_call", arguments))  # type: ignore[no-any-return]


def users_for_schedule(*, schedule_name: Optional[str] = None, schedule_id: Optional[str] = None) -> "List[User]":
    """Everybody on a schedule, on call or not."""
    arguments = {"schedule_name": schedule_name, "schedule_id": schedule_id}
    return users_value(call("pagerduty.users_for_schedule", arguments))  # type: ignore[no-any-return]


def get_incidents(
    *,
    assignees: "Optional[Sequence[User]]" = None,
    service_ids: Optional[Sequence[str]] = None,
    statuses: Optional[Sequence[PagerDutyStatus]] = None,
    urgencies: Optional[Sequence[PagerDutyUrgency]] = None,
    since: Optional[str] = None,
    until: Optional[str] = None,
) -> List[Dict[str, Any]]:
    """Incidents, as PagerDuty describes them.

    Without arguments: those of high urgency that are triggered or acknowledged, from the last 24 hours. ``since`` and
    ``until`` are ISO 8601; ``until`` is a month after ``since`` unless given. With ``assignees``, resolved incidents
    cannot be asked for.
    """
    return call(  # type: ignore[no-any-return]
        "pagerduty.get_incidents", _incident_arguments(assignees, service_ids, statuses, urgencies, since, until)
    )


def has_incident(
    *,
    assignees: "Optional[Sequence[User]]" = None,
    service_ids: Optional[Sequence[str]] = None,
    statuses: Optional[Sequence[PagerDutyStatus]] = None,
    urgencies: Optional[Sequence[PagerDutyUrgency]] = None,
    since: Optional[str] = None,
    until: Optional[str] = None,
) -> bool:
    """Whether ``get_incidents`` would return any."""
    return call(  # type: ignore[no-any-return]
        "pagerduty.has_incident", _incident_arguments(assignees, service_ids, statuses, urgencies, since, until)
    )


def _incident_arguments(
    assignees: Any, service_ids: Any, statuses: Any, urgencies: Any, since: Optional[str], until: Optional[str]
) -> Dict[str, Any]:
    if assignees and statuses and any(PagerDutyStatus.RESOLVED == status for status in statuses):
        raise PagerDutyError("INVALID_ARGUMENT", "Resolved incidents have no assignees to ask for.")
    return {
        "assignees": None if assignees is None else [person(each) for each in assignees],
        "service_ids": _texts(service_ids),
        "statuses": _texts(statuses),
        "urgencies": _texts(urgencies),
        "since": since,
        "until": until,
    }


def _texts(values: Any) -> Any:
    return None if values is None else list(values)
