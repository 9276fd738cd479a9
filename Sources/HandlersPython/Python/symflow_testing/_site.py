"""One installation for one test: a process of ``symflow test-site``."""

import json
import os
import subprocess
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, List, Optional

from symflow_testing._people import Person

_HTTP_SECONDS = 70
_LOG_LINES_SHOWN = 40


class SiteError(Exception):
    """The installation does not start, or a question makes no sense; the text says why."""


class Site:
    """The server, its Slack and its target system, as a test drives them.

    Questions that Slack cannot answer go to the process as JSON lines on its standard input; what people do and see in
    Slack goes to the emulator's control API.
    """

    def __init__(self, program: str, config: str, workspace: Optional[str]) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="symflow-test-")
        self._log_path = os.path.join(self._folder.name, "log")
        words = [program, "test-site", "--config", config, "--folder", self._folder.name]
        if workspace:
            words += ["--workspace", workspace]
        # A session of its own: Ctrl-C is for pytest, and the end of its input ends it.
        with open(self._log_path, "wb") as log:
            self._process = subprocess.Popen(
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, start_new_session=True
            )
        self._slack_url: Optional[str] = None
        self._world: Optional[Dict[str, Any]] = None
        self._flows: Optional[List[Dict[str, Any]]] = None

    def start(self) -> None:
        """Waits until it is ready. Raises SiteError with all that is wrong with the configuration."""
        if self._slack_url is not None:
            return
        line = self._read()
        self._slack_url = str(line["slack"])

    def stop(self) -> None:
        """Ends it and removes what it kept."""
        if self._process.stdin:
            self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._folder.cleanup()

    # Asking the server

    def ask(self, question: str, **arguments: Any) -> Any:
        """Asks the process; raises SiteError with its objection."""
        self.start()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write((json.dumps(dict(arguments, ask=question)) + "\n").encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            raise SiteError("The server has ended.\n" + self.log()) from None
        return self._read().get("value")

    def _read(self) -> Dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._process.wait()
            raise SiteError(self._complaint())
        answer: Dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise SiteError(answer["error"])
        return answer

    def _complaint(self) -> str:
        """What it said to people rather than to the log."""
        lines = [line for line in self._log_lines() if not line.startswith("{")]
        return "\n".join(lines) or "The server ended without a word."

    def settle(self, interactions: bool = False) -> None:
        """Waits until everything that was asked for has happened; with ``interactions`` also to open forms."""
        if not self.ask("settle", interactions=interactions):
            raise SiteError("Things do not come to rest: something is retried again and again.\n" + self.log())

    # Slack

    def get(self, path: str, **query: Any) -> Dict[str, Any]:
        """Reads something of the emulator's control API."""
        text = urllib.parse.urlencode({name: value for name, value in query.items() if value is not None})
        return self._request("GET", path + ("?" + text if text else ""), None)

    def post(self, path: str, **body: Any) -> Dict[str, Any]:
        """Has the emulator do something."""
        return self._request("POST", path, body)

    def _request(self, method: str, path: str, body: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        self.start()
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            "{}/emulator/{}".format(self._slack_url, path), data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=_HTTP_SECONDS) as answer:
                return json.load(answer)  # type: ignore[no-any-return]
        except urllib.error.HTTPError as error:
            with error:
                raise SiteError("The emulator refuses {}: {}".format(path, error.read().decode())) from None

    def world(self) -> Dict[str, Any]:
        """Workspaces, people and channels, as they were at the start."""
        if self._world is None:
            self._world = self.get("world")
        return self._world

    @property
    def people(self) -> Dict[str, Person]:
        """Everybody in Slack, by name."""
        return {data["name"]: Person.of(data) for data in self.world()["users"] if data["kind"] != "bot"}

    def person(self, identifier: str) -> Optional[Person]:
        """Somebody by Slack's id."""
        return next((person for person in self.people.values() if person.id == identifier), None)

    def channel_name(self, identifier: str) -> str:
        """``#name`` of a channel; what is no channel's id stays as it is."""
        for channel in self.world()["channels"]:
            if channel["id"] == identifier:
                return "#" + str(channel["name"])
        return identifier

    # The configuration

    def flows(self) -> List[Dict[str, Any]]:
        """The configured flows: name, label, fields, targets and Python source."""
        if self._flows is None:
            self._flows = self.ask("flows")
        return self._flows

    # The log

    def _log_lines(self) -> List[str]:
        with open(self._log_path, encoding="utf-8", errors="replace") as log:
            return log.read().splitlines()

    def log(self) -> str:
        """The last lines that the server logged; what handlers print is among them."""
        return "\n".join(_shown(line) for line in self._log_lines()[-_LOG_LINES_SHOWN:])


def _shown(line: str) -> str:
    try:
        record = json.loads(line)
    except ValueError:
        return line
    if not isinstance(record, dict) or "message" not in record:
        return line
    level, message = record.pop("level", ""), record.pop("message")
    record.pop("time", None)
    return "{:7} {}  {}".format(level, message, "  ".join("{}={}".format(*item) for item in record.items()))
