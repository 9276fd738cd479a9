"""What happens to an installation in its life: it is backed up while it works, and its disk fills up."""

import sqlite3
import time

import pytest

from crash_check import check
from crash_installation import Installation, build_shim
from crash_load import Load, Story

PEOPLE = 3
LOAD_SECONDS = 4
DRAIN_SECONDS = 30


@pytest.fixture
def installation(tmp_path):
    installation = Installation(tmp_path / "installation", killpoint="")
    yield installation
    installation.close()


def back_up(source, to):
    """SQLite's online backup, as `sqlite3 symflow.db ".backup FILE"` makes it."""
    with sqlite3.connect(source) as live, sqlite3.connect(to) as copy:
        live.backup(copy, pages=50, sleep=0.001)


def wait_until_nothing_is_open(installation):
    deadline = time.time() + DRAIN_SECONDS
    while time.time() < deadline:
        with sqlite3.connect(f"file:{installation.database}?mode=ro", uri=True) as database:
            (open_access,) = database.execute("SELECT count(*) FROM runs WHERE grant_key IS NOT NULL").fetchone()
            (waiting,) = database.execute("SELECT count(*) FROM outbox").fetchone()
        if open_access == 0 and waiting == 0:
            return
        time.sleep(0.1)
    with sqlite3.connect(f"file:{installation.database}?mode=ro", uri=True) as database:
        left = database.execute("SELECT lane, unique_key, attempt, due_at, lease_until, last_error FROM outbox").fetchall()
    raise AssertionError(f"at {time.time():.0f} {open_access} grants and these entries are left: {left}")


def test_a_backup_made_under_load_is_whole_and_goes_on(installation, tmp_path):
    installation.start_server()
    load = Load(installation, PEOPLE, seed=7)
    load.start()
    time.sleep(LOAD_SECONDS)
    backup = tmp_path / "backup.db"
    back_up(installation.database, backup)
    time.sleep(0.5)
    load.finish()
    installation.kill()

    # The machine is lost, and the backup is all there is.
    installation.database = backup
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    with sqlite3.connect(backup) as database:
        runs = database.execute("SELECT count(*) FROM runs").fetchone()[0]
        ended = database.execute("SELECT count(*) FROM runs WHERE is_over = 1").fetchone()[0]
    assert runs > PEOPLE and ended > 0, "there is nothing in the backup"
    installation.start_server()
    wait_until_nothing_is_open(installation)
    assert installation.stop() == 0
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr


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

    switch.unlink()
    story.clicks.clear()
    load.click(story, story.channel, card, "approve", "approver1")
    assert story.acknowledged("approve") == {"approver1"}
    load.stories[:] = [story]
    wait_until_nothing_is_open(installation)
    assert installation.stop() == 0
    assert [effect["step"] for effect in installation.target.effects] == ["escalate", "deescalate"]
    findings = check(installation, load)
    assert not (findings.lost or findings.doubled or findings.wrong_cards)
