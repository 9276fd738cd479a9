"""What is around a request: time, and the system in which access is switched on."""

from datetime import datetime, timedelta
from typing import Any, Dict, List

from symflow_testing._site import Site


class Clock:
    """The clock of the server and of Slack. It runs on with the real one, and jumps where a test says."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def advance(self, **units: float) -> None:
        """Moves on by ``hours=1``, ``minutes=30``, … as in ``timedelta``.

        Everything that falls due on the way happens, each thing at its time: messages are forwarded, requests expire,
        access ends.
        """
        seconds = int(timedelta(**units).total_seconds())
        if seconds < 0:
            raise ValueError("Time does not go back.")
        self._site.ask("advance", seconds=seconds)

    @property
    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.fromisoformat(self._site.ask("now").replace("Z", "+00:00"))


class Target:
    """The system in which every strategy of these tests switches access on and off."""

    def __init__(self, site: Site) -> None:
        self._site = site

    @property
    def grants(self) -> List[Dict[str, Any]]:
        """Who has access now: ``target``, ``identity``, ``since`` and ``run``."""
        return list(self._site.ask("grants")["grants"])

    @property
    def history(self) -> List[Dict[str, Any]]:
        """What was done: ``step`` (escalate or deescalate), ``target``, ``identity``, ``run``, ``key``."""
        return list(self._site.ask("grants")["history"])

    def has(self, identity: str, target: str) -> bool:
        """Whether somebody has access to something now."""
        return any(grant["identity"] == identity and grant["target"] == target for grant in self.grants)
