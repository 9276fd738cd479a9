"""The people of the emulated Slack."""

from typing import Any, Dict, NamedTuple, Optional


class Person(NamedTuple):
    """Somebody in Slack."""

    name: str
    """The name in Slack, and of the fixture: ``ada``."""
    id: str
    """Slack's id: ``U0ADA``."""
    team: str
    """The workspace: ``T0ACME``."""
    real_name: str
    email: Optional[str]

    def __str__(self) -> str:
        return "@" + self.name

    @classmethod
    def of(cls, data: Dict[str, Any]) -> "Person":
        """A person as ``/emulator/world`` has them."""
        return cls(data["name"], data["id"], data["team"], data["real_name"], data.get("email"))
