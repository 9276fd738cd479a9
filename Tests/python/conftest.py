"""Starts the built program for a test, and a browser where a test wants one."""

import json
import os
import pathlib
import re
import select
import subprocess
import time
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
START_SECONDS = 20
STOP_SECONDS = 15


def executable():
    """The program that was built last."""
    named = os.environ.get("SYMFLOW")
    found = [pathlib.Path(named)] if named else [ROOT / ".build" / kind / "symflow" for kind in ("debug", "release")]
    found = [path for path in found if path.exists()]
    assert found, "symflow is not built: swift build"
    return max(found, key=lambda path: path.stat().st_mtime)


class Program:
    """A running `symflow`, and what it printed when it was ready."""

    def __init__(self, *arguments, ready, environment=None):
        self.process = subprocess.Popen(
            [executable(), *arguments], cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL,
            env={**os.environ, **(environment or {})},
        )
        self.printed = ""
        end = time.monotonic() + START_SECONDS
        os.set_blocking(self.process.stderr.fileno(), False)
        while not re.search(ready, self.printed):
            assert time.monotonic() < end and self.process.poll() is None, f"it did not start: {self.printed}"
            select.select([self.process.stderr], [], [], 0.2)
            self.printed += (self.process.stderr.read() or b"").decode()

    def address(self, pattern):
        return re.search(pattern + r"(http://[0-9.]+:\d+)", self.printed).group(1)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stderr.close()


class Slack:
    """The control API of an emulator."""

    def __init__(self, url):
        self.url = url

    def request(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/emulator/{path}", data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.urlopen(request, timeout=70) as answer:
            return json.load(answer)

    def get(self, path):
        return self.request("GET", path)

    def post(self, path, **body):
        return self.request("POST", path, body)

    def wait(self, **until):
        answer = self.post("wait", until=until, timeout_ms=10_000)
        assert answer["ok"], f"{until} has not become so: {answer}"
        return answer


@pytest.fixture
def demo():
    """`symflow demo`: the server, the emulator and the target system."""
    program = Program("demo", "--listen", "127.0.0.1:0", ready=r"target system on .*\n")
    slack = Slack(program.address("slack emulator on "))
    slack.server = program.address("listening on ")
    slack.target = program.address("target system on ")
    yield slack
    program.stop()


@pytest.fixture
def emulator():
    """`symflow emulate`: the emulator alone."""
    program = Program(
        "emulate", "--listen", "127.0.0.1:0", ready=r"listening on .*\n",
        environment={"SLACK_SIGNING_SECRET": "emulator-signing-secret"})
    yield Slack(program.address("listening on "))
    program.stop()


WORKSPACE = {
    "app": {
        "id": "A1TEST", "name": "Lunch",
        "commands": [{"command": "/lunch", "description": "Plan a lunch"}],
        "shortcuts": [{"callback_id": "lunch_shortcut", "name": "Plan a lunch", "type": "global"}],
    },
    "workspaces": [{"id": "T1HOME", "name": "Home", "domain": "home"}, {"id": "T1AWAY", "name": "Away", "domain": "away"}],
    "installations": [{
        "workspace": "home", "token": "xoxb-test", "bot_user": "U1BOT", "bot_id": "B1BOT", "bot_name": "lunch",
        "scopes": [
            "commands", "chat:write", "im:write", "mpim:write", "users:read", "users:read.email", "users.profile:read",
            "usergroups:read", "channels:read", "groups:read", "im:read", "mpim:read", "channels:join",
            "channels:manage", "groups:write", "team:read", "channels:history", "groups:history", "im:history",
        ]}],
    "users": [
        {"id": "U1ADA", "workspace": "home", "name": "ada", "real_name": "Ada", "email": "ada@home.test", "kind": "admin"},
        {"id": "U1BOB", "workspace": "home", "name": "bob", "real_name": "Bob", "email": "bob@home.test"},
        {"id": "U1OLD", "workspace": "home", "name": "old", "real_name": "Old", "email": "old@home.test", "deactivated": True},
        {"id": "U1GWEN", "workspace": "away", "name": "gwen", "real_name": "Gwen", "email": "gwen@away.test"},
    ],
    "channels": [
        {"id": "C1LUNCH", "name": "lunch", "workspace": "home", "general": True, "members": ["ada", "bob", "lunch"]},
        {"id": "C1OTHER", "name": "other", "workspace": "home", "members": ["ada"]},
        {"id": "C1GONE", "name": "gone", "workspace": "home", "archived": True, "members": ["ada", "lunch"]},
        {"id": "C1DARK", "name": "dark", "workspace": "home", "private": True, "members": ["ada"]},
        {"id": "C1SHARED", "name": "shared", "workspace": "home", "shared_with": ["away"], "members": ["ada", "gwen", "lunch"]},
    ],
    "usergroups": [{"id": "S1COOKS", "workspace": "home", "handle": "cooks", "name": "Cooks", "users": ["bob"]}],
}


@pytest.fixture
def workspace(tmp_path):
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(WORKSPACE))
    return str(path)
