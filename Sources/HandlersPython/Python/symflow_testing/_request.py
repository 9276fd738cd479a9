"""A request and its life."""

from datetime import datetime, timedelta
from typing import Any, Dict, List, NamedTuple, Optional

from symflow_testing._people import Person
from symflow_testing._site import Site
from symflow_testing._slack import Message, Slack

# Facts of the audit trail that are steps of Sym's life of a request; the others are how it came about.
_STEPS = {
    "requested": "request",
    "forwarded": "request_forward",
    "expired": "request_expire",
    "approved": "approve",
    "denied": "deny",
    "access_granted": "escalate",
    "removed": "deescalate",
}


class Stage(NamedTuple):
    """One link of a chain of people to ask."""

    destinations: List[str]
    """``#channel``, ``@name``, or ``@ada, @dana`` for one conversation of several."""
    forward_after: Optional[timedelta]
    """After how long without an answer the next link is told."""


class Permissions(NamedTuple):
    """Who may decide."""

    level: str
    """``guest``, ``member`` or ``admin``: at least that."""
    people: Optional[List[str]]
    """``@name`` of those who may; None: everybody of the level."""
    self_approval: bool
    quorum: int


class Answer(NamedTuple):
    """What came of a click."""

    text: str
    """What the person was told privately; empty where nothing had to be said."""
    messages: List[Message]


class Request:
    """A request that was made. What it is read from is the server's own record, read anew each time."""

    def __init__(self, site: Site, identifier: str) -> None:
        self._site = site
        self.id = identifier

    @property
    def record(self) -> Dict[str, Any]:
        """All that is known of it."""
        return self._site.ask("run", run=self.id)  # type: ignore[no-any-return]

    @property
    def status(self) -> str:
        """``requested``, ``approved``, ``escalated``, ``deescalated``, ``denied``, ``expired`` or ``errored``."""
        return str(self.record["status"])

    @property
    def approval_status(self) -> str:
        """``pending``, ``processing``, ``approved``, ``denied``, ``expired`` or ``approved_execution_failed``."""
        return str(self.record["approval_status"])

    @property
    def reason(self) -> Optional[str]:
        """The reason of the decision, as people read it."""
        return self.record["reason"]  # type: ignore[no-any-return]

    @property
    def decided_by(self) -> List[str]:
        """``@name`` of those who decided; empty where the flow did."""
        return [self._name(user) for user in self.record["decided_by"] or []]

    @property
    def fields(self) -> Dict[str, Any]:
        """What was filled in."""
        return dict(self.record["fields"])

    @property
    def until(self) -> Optional[datetime]:
        """When access ends, while it is on."""
        until = self.record["until"]
        return None if until is None else datetime.fromisoformat(until.replace("Z", "+00:00"))

    @property
    def errors(self) -> List[str]:
        """What went wrong, such as handlers that raised."""
        return list(self.record["errors"])

    @property
    def transitions(self) -> List[str]:
        """The steps that it took, in Sym's words: ``["request", "approve", "escalate"]``."""
        return [_STEPS[fact["kind"]] for fact in self.record["facts"] if fact["kind"] in _STEPS]

    @property
    def stages(self) -> List[Stage]:
        """Who is asked, in the order in which they are."""
        routing = self.record["routing"] or {"stages": []}
        return [
            Stage(
                [self._place(place) for place in stage["places"]],
                None if stage["forward_after"] is None else timedelta(seconds=stage["forward_after"]),
            )
            for stage in routing["stages"]
        ]

    @property
    def destinations(self) -> List[str]:
        """Everywhere that it goes, those of later stages included: ``["#db-access", "@dana"]``."""
        return [destination for stage in self.stages for destination in stage.destinations]

    @property
    def permissions(self) -> Optional[Permissions]:
        """Who may decide; None before the flow has said so."""
        routing = self.record["routing"]
        if routing is None:
            return None
        people = routing["people"]
        return Permissions(
            routing["level"],
            None if people is None else [self._name(each) for each in people],
            routing["self_approval"],
            routing["quorum"],
        )

    def _name(self, identifier: str) -> str:
        for person in self._site.people.values():
            if identifier in (person.id, person.email):
                return str(person)
        return identifier

    def _place(self, place: Dict[str, Any]) -> str:
        if "channel" in place:
            return self._site.channel_name(place["channel"])
        if "people" in place:
            return ", ".join(self._name(user) for user in place["people"])
        return "? {} ({})".format(place["unknown"], place["reason"])

    # What people do

    def approve(self, by: Person, message: Optional[str] = None) -> Answer:
        """Somebody presses Approve on a card that they see, perhaps after writing a message beside it."""
        return self._press("Approve", by, message)

    def deny(self, by: Person, message: Optional[str] = None) -> Answer:
        """Somebody presses Deny."""
        return self._press("Deny", by, message)

    def revoke(self, by: Person) -> Answer:
        """Somebody ends access: with Revoke, or the requester with I'm done."""
        return self._press("I'm done" if by.id == self.record["requester"] else "Revoke", by)

    def retry(self, by: Person) -> Answer:
        """Somebody has a failed execution tried again."""
        return self._press("Retry", by)

    def card(self, seen_by: Person) -> Optional[Message]:
        """The newest card of this request that somebody sees with buttons; None where they see none."""
        cards = [
            message
            for message in Slack(self._site).seen_by(seen_by)
            if any(message.has_button(label, self.id) for label in message.buttons)
        ]
        return cards[-1] if cards else None

    def _press(self, label: str, by: Person, message: Optional[str] = None) -> Answer:
        cards = [each for each in Slack(self._site).seen_by(by) if each.has_button(label, self.id)]
        if not cards:
            raise AssertionError(
                "{} sees no button {!r} for this request, which is {} and was shown in {}.".format(
                    by, label, self.status, ", ".join(self.destinations) or "no place"
                )
            )
        card = cards[-1]
        place = {"user": by.id, "channel": card.channel_id, "ts": card.ts}
        if message is not None:
            self._site.post("click", action_id="message", value=message, **place)
        before = {each.ts for each in Slack(self._site).seen_by(by)}
        answer = self._site.post("click", label=label, confirm=True, **place)
        if not answer.get("ok"):
            raise AssertionError("{} cannot press {!r}: {}".format(by, label, answer.get("message") or answer))
        self._site.settle()
        told = [each for each in Slack(self._site).seen_by(by) if each.is_ephemeral and each.ts not in before]
        return Answer("\n".join(each.text for each in told), told)

    def __repr__(self) -> str:
        record = self.record
        return "<Request {} of {}: {}>".format(self.id, record["flow"], record["status"])
