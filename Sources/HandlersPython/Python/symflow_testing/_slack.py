"""What people see in the emulated Slack."""

from typing import Any, Dict, Iterator, List, Optional, Union

from symflow_testing._people import Person
from symflow_testing._site import Site


class Message:
    """A message, as it is shown now."""

    def __init__(self, data: Dict[str, Any]) -> None:
        self.data = data
        """All that Slack holds of it."""

    @property
    def text(self) -> str:
        """Everything that it says: the texts of its blocks, one in a line; its fallback text where it has none."""
        return "\n".join(_texts(self.data.get("blocks") or [])) or str(self.data.get("text") or "")

    @property
    def buttons(self) -> List[str]:
        """The labels of its buttons."""
        return [str(button["text"]["text"]) for button in _buttons(self.data)]

    @property
    def is_ephemeral(self) -> bool:
        """Whether only one person sees it."""
        return bool(self.data.get("ephemeral"))

    @property
    def thread(self) -> Optional[str]:
        """The ``ts`` of the message that it replies to."""
        return self.data.get("thread_ts")

    @property
    def ts(self) -> str:
        return str(self.data["ts"])

    @property
    def channel_id(self) -> str:
        return str(self.data["channel"])

    def has_button(self, label: str, run: str) -> bool:
        """Whether it has a button with this label for this request."""
        return any(
            button["text"]["text"] == label and str(button.get("value", "")).startswith(run + ":")
            for button in _buttons(self.data)
        )

    def __contains__(self, text: str) -> bool:
        return text in self.text

    def __repr__(self) -> str:
        return "<Message {!r}>".format(self.text)


class Slack:
    """The emulated Slack, as the people in it see it."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def dm(self, person: Person) -> List[Message]:
        """What the app wrote to somebody directly, oldest first."""
        return [
            Message(message)
            for conversation in self._state(person)["conversations"]
            if conversation["kind"] == "im"
            for message in conversation["messages"]
        ]

    def channel(self, name: str, seen_by: Optional[Person] = None) -> List[Message]:
        """The messages of a channel, oldest first.

        Without ``seen_by`` all of them, also those that only one person sees.
        """
        answer = self._site.get("messages", channel=name, user=seen_by.name if seen_by else None)
        return [Message(message) for message in answer["messages"]]

    def seen_by(self, person: Person) -> List[Message]:
        """Every message of the app that somebody can see, oldest first."""
        messages = [
            Message(message)
            for conversation in self._state(person)["conversations"]
            for message in conversation["messages"]
        ]
        return sorted(messages, key=lambda message: message.ts)

    def calls(self, method: Optional[str] = None) -> List[Dict[str, Any]]:
        """The calls of the Web API that were made, with request and response; those of one ``method`` only."""
        return list(self._site.get("calls", kind="call", method=method)["calls"])

    def fail(self, method: str, error: str, channel: Optional[str] = None, times: Optional[int] = None) -> None:
        """Has Slack refuse calls of a method with an error, such as ``channel_not_found``.

        With ``channel`` only calls for that channel, with ``times`` only so many.
        """
        fault: Dict[str, Any] = {"method": method, "kind": "error", "error": error}
        if channel is not None:
            fault["channel"] = channel
        if times is not None:
            fault["times"] = times
        self._site.post("faults", **fault)

    def _state(self, person: Person) -> Dict[str, Any]:
        return self._site.get("state", user=person.id)


def text_of(view: Dict[str, Any]) -> str:
    """Everything that a modal says."""
    return "\n".join(_texts(view.get("blocks") or []))


def _texts(value: Any) -> Iterator[str]:
    """The texts in blocks, buttons left out, in the order of reading."""
    if isinstance(value, list):
        for element in value:
            yield from _texts(element)
    elif isinstance(value, dict):
        if value.get("type") == "button":
            return
        if value.get("type") in ("mrkdwn", "plain_text") and isinstance(value.get("text"), str):
            yield value["text"]
            return
        for member in value.values():
            yield from _texts(member)


def _buttons(value: Union[Dict[str, Any], List[Any], Any]) -> Iterator[Dict[str, Any]]:
    if isinstance(value, list):
        for element in value:
            yield from _buttons(element)
    elif isinstance(value, dict):
        if value.get("type") == "button":
            yield value
            return
        for name, member in value.items():
            if name in ("blocks", "elements", "accessory", "attachments"):
                yield from _buttons(member)
