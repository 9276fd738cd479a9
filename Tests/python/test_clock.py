"""The machine's clock is set ahead and back by hours while the server runs: access ends once and not never, nothing is
done twice, and Slack's requests go by the clock as it is."""

import json
import struct
import time

import pytest

from crash_installation import Installation, build_shim, call
from people import People, until
from test_operations import wait_until_nothing_is_open

HOUR = 3600
# So long nothing expires after a jump, and a bit less.
HOLD_SECONDS = 50


class Clock:
    """The wall clock of every program that is started with `environment`."""

    def __init__(self, folder):
        self.path = folder / "clock"
        self.path.write_bytes(struct.pack("=q", 0))
        self.environment = {"LD_PRELOAD": build_shim(folder, "clockjump"), "CLOCKJUMP_FILE": str(self.path)}

    def set(self, seconds: float):
        """So far ahead of this test's own clock, or behind it."""
        with open(self.path, "r+b") as file:
            file.write(struct.pack("=q", int(seconds * 1000)))


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture
def installation(tmp_path, clock):
    installation = Installation(tmp_path / "installation", killpoint="", more=clock.environment)
    yield installation
    installation.target.released.set()
    installation.close()


@pytest.fixture
def people(installation):
    return People(installation)


def reconfigure(installation, change):
    path = installation.folder / "config" / "flows.json"
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


def test_set_ahead_access_ends_by_the_clock_and_what_waits_for_an_answer_is_not_swept_away(
        installation, clock, people):
    # A life that no wait of this test can outlast.
    reconfigure(installation, lambda document: document["settings"].update(duration_default="1h"))
    installation.start_server()
    held, card = people.ask("held")
    people.approve(held, card)
    people.wait_for("escalated", held)
    waiting, _ = people.ask("waiting")

    # Far beyond both: when access was to end, and until when an answer was asked for.
    jumped = time.monotonic()
    clock.set(100 * HOUR)
    people.wait_for("deescalated", held)
    assert people.steps() == ["escalate", "deescalate"]
    if time.monotonic() - jumped < HOLD_SECONDS:
        assert people.status(waiting) == "requested", "it expired because of the jump"
    # Slack's signatures, and new ends of access, go by the clock as it is now.
    later, card = people.ask("later")
    people.approve(later, card)
    people.wait_for("escalated", later)
    assert people.steps() == ["escalate", "deescalate", "escalate"]
    log = (installation.folder / "start-1.log").read_text()
    assert "the clock jumped ahead" in log


def test_set_ahead_while_work_is_in_hand_the_work_is_not_begun_a_second_time(installation, clock, people):
    reconfigure(installation, lambda document: document["strategies"][0]["settings"].update(timeout="60s"))
    installation.start_server()
    story, card = people.ask("in-hand")
    installation.target.released.clear()
    people.approve(story, card)
    until(lambda: people.steps() == ["escalate"], "the order")
    # The lease of the order, by the clock on the wall, is over now; the order itself is under way.
    clock.set(3 * HOUR)
    # Something else is asked, decided and shown meanwhile: the outbox was looked at again and again.
    for name in ("first", "second"):
        other, other_card = people.ask(name, flow="ask_0")
        people.approve(other, other_card)
        people.wait_for("approved", other)
    assert people.steps() == ["escalate"], "the order in hand was given a second time"
    installation.target.released.set()
    wait_until_nothing_is_open(installation)
    assert people.steps() == ["escalate", "deescalate"]
    assert installation.stop() == 0
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_set_back_what_is_to_be_tried_again_does_not_wait_for_hours(installation, clock, people):
    installation.start_server()
    story, card = people.ask("stubborn")
    installation.target.refused.add("deescalate")
    people.approve(story, card)
    until(lambda: people.steps().count("deescalate") >= 1, "a removal that is tried again")
    clock.set(-3 * HOUR)
    # The next attempt was to be in a second or two, which is three hours from now by this clock.
    tried = people.steps().count("deescalate")
    until(lambda: people.steps().count("deescalate") > tried + 1, "a removal that is tried again")
    installation.target.refused.clear()
    people.wait_for("deescalated", story)
    # Whoever comes now is served, by the clock as it is.
    later, later_card = people.ask("later")
    people.approve(later, later_card)
    people.wait_for("deescalated", later)
    keys = [effect["key"] for effect in installation.target.effects]
    assert len(keys) == len(set(keys)) == 4
    assert installation.stop() == 0
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


def test_set_back_and_right_again_access_ends_once(installation, clock, people):
    installation.start_server()
    story, card = people.ask("twice")
    people.approve(story, card)
    until(lambda: people.status(story) in ("escalated", "deescalated"), "access is on")
    clock.set(-3 * HOUR)
    until(lambda: call(installation.port, "GET", "/readyz")[0] == 200, "ready")
    clock.set(0)
    people.wait_for("deescalated", story)
    wait_until_nothing_is_open(installation)
    assert people.steps() == ["escalate", "deescalate"]
