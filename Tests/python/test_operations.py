"""What happens to an installation in its life: it is backed up while it works, restored, and its disk fills up."""

import sqlite3
import time

import pytest

from crash_check import check
from crash_installation import Installation, build_shim, call
from crash_load import Load, Story
from postgres_cluster import Cluster

PEOPLE = 3
DRAIN_SECONDS = 60


@pytest.fixture
def installation(tmp_path):
    installation = Installation(tmp_path / "installation", killpoint="")
    yield installation
    installation.close()


def back_up(source, to):
    """SQLite's online backup, as `sqlite3 symflow.db ".backup FILE"` makes it."""
    with sqlite3.connect(source) as live, sqlite3.connect(to) as copy:
        live.backup(copy, pages=50, sleep=0.001)


def wait_until_there_are(installation, count, condition):
    deadline = time.time() + DRAIN_SECONDS
    found = 0
    while time.time() < deadline:
        ((found,),) = installation.rows(f"SELECT count(*) FROM runs WHERE {condition}")
        if int(found) >= count:
            return
        time.sleep(0.05)
    raise AssertionError(f"only {found} runs are so: {condition}")


def wait_until_nothing_is_open(installation):
    deadline = time.time() + DRAIN_SECONDS
    while time.time() < deadline:
        ((open_access,),) = installation.rows("SELECT count(*) FROM runs WHERE grant_key IS NOT NULL")
        ((waiting,),) = installation.rows("SELECT count(*) FROM outbox")
        if open_access == waiting == "0":
            return
        time.sleep(0.1)
    left = installation.rows("SELECT lane, unique_key, attempt, due_at, lease_until, last_error FROM outbox")
    raise AssertionError(f"at {time.time():.0f} {open_access} grants and these entries are left: {left}")


def test_a_backup_made_under_load_is_whole_and_goes_on(installation, tmp_path):
    installation.start_server()
    load = Load(installation, PEOPLE, seed=7)
    load.start()
    wait_until_there_are(installation, PEOPLE + 1, "status IN ('denied', 'deescalated', 'expired')")
    backup = tmp_path / "backup.db"
    back_up(installation.database, backup)
    load.finish()
    installation.kill()

    # The machine is lost, and the backup is all there is.
    installation.database = backup
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    installation.start_server()
    wait_until_nothing_is_open(installation)
    assert installation.stop() == 0
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


@pytest.fixture
def shared(tmp_path, cluster):
    """An installation on PostgreSQL."""
    installation = Installation(tmp_path / "shared", killpoint="", cluster=cluster)
    yield installation
    installation.close()


def test_a_dump_made_under_load_is_whole_and_goes_on(shared, cluster):
    shared.start_server()
    load = Load(shared, PEOPLE, seed=11)
    load.start()
    # Under load, and not before there is something of everything. Nothing is taken back meanwhile.
    wait_until_there_are(shared, PEOPLE + 1, "status IN ('denied', 'deescalated', 'expired')")
    shared.target.refused.add("deescalate")
    wait_until_there_are(shared, 1, "grant_key IS NOT NULL")
    dump = cluster.dump(shared.database)
    shared.target.refused.clear()
    load.finish()
    shared.kill()
    done_before = {effect["key"] for effect in shared.target.effects}

    # The machine is lost, and the dump is all there is.
    shared.database = cluster.restore(dump)
    verified = shared.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    held = shared.rows(
        "SELECT id, CASE WHEN status = 'escalated' THEN wake_at END FROM runs WHERE grant_key IS NOT NULL")
    assert held, "nobody has access in the dump"
    shared.start_server()
    wait_until_nothing_is_open(shared)
    assert shared.stop() == 0
    verified = shared.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr

    effects = shared.target.effects
    steps = [(effect["run"], effect["step"]) for effect in effects]
    assert len(steps) == len(set(steps)), f"something was done twice: {steps}"
    removed = {effect["run"]: effect for effect in effects if effect["step"] == "deescalate"}
    for run, until in held:
        assert run in removed, f"the access of {run} has not ended"
        # What was taken back after the dump was made, by hand perhaps, is asked for again under its key.
        if until and removed[run]["key"] not in done_before:
            assert removed[run]["at"] * 1000 > float(until) - 1, f"the access of {run} ended before its time"


def test_a_full_disk_refuses_clearly_and_leaves_nothing_half_done(installation, tmp_path):
    switch = tmp_path / "full"
    shim = build_shim(tmp_path, "diskfull")
    installation.start_server(more={"LD_PRELOAD": shim, "DISKFULL_SWITCH": str(switch)})
    load = Load(installation, PEOPLE, seed=1)
    story = Story("reason-full", "access_0", "requester0", "C0N00")
    assert load.ask(story)
    card = load.card(story)
    assert card

    switch.touch()
    load.click(story, story.channel, card, "approve", "approver0")
    assert story.tried("approve") == {"approver0"} and not story.acknowledged("approve")
    late = Story("reason-late", "access_1", "requester1", "C0N01")
    load.ask(late)
    assert not late.submitted, "a request was taken that cannot be kept"
    assert not installation.target.effects
    log = (installation.folder / "start-1.log").read_text()
    assert "full" in log, "the log does not say what is wrong"
    status, text = call(installation.port, "GET", "/readyz")
    assert status == 503 and b"full" in text, text

    switch.unlink()
    status, text = call(installation.port, "GET", "/readyz")
    assert status == 200, text
    story.clicks.clear()
    load.click(story, story.channel, card, "approve", "approver1")
    assert story.acknowledged("approve") == {"approver1"}
    load.stories[:] = [story]
    wait_until_nothing_is_open(installation)
    assert installation.stop() == 0
    assert [effect["step"] for effect in installation.target.effects] == ["escalate", "deescalate"]
    findings = check(installation, load)
    assert not (findings.lost or findings.doubled or findings.wrong_cards)
