"""A template process that forks workers, alone and into namespaces of their own."""

import os
import signal
import socket

import pytest
from . import samples
from .server import Server
from symflow_worker import isolation

SOURCE = """
import os
from sym.sdk import *

counter = 0

@hook
def on_request(event):
    global counter
    counter += 1
    return ApprovalTemplate.deny(pid=os.getpid(), counter=counter)

@hook
def on_deny(event):
    while True:
        pass

@hook
def on_escalate(event):
    os._exit(5)
"""


def can_isolate():
    """Whether this machine lets us make user namespaces."""
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if isolation._libc().unshare(isolation._CLONE_NEWUSER | isolation._CLONE_NEWNS) == 0 else 1)
        finally:
            os._exit(1)
    return os.waitpid(pid, 0)[1] == 0


ISOLATE = [False, pytest.param(True, marks=pytest.mark.skipif(not can_isolate(), reason="no user namespaces here"))]


def fork(template, isolate=False):
    """A forked worker: its connection, and its pid for the template."""
    ours, theirs = socket.socketpair()
    forked = template.ask("fork", [theirs.fileno()], isolate=isolate)
    theirs.close()
    assert forked["type"] == "forked", forked
    made = Server(ours)
    made.hello = made.receive()
    return made, forked["pid"]


@pytest.mark.parametrize("isolate", ISOLATE)
def test_forks_share_nothing(worker, isolate):
    first, _ = fork(worker, isolate)
    second, _ = fork(worker, isolate)
    for each in (first, second):
        assert each.hello["type"] == "hello" and each.hello["problem"] is None
        assert each.hello["isolation"] == ("namespaces" if isolate else "none")
        assert each.load(SOURCE)["type"] == "loaded"
    assert first.value("on_request", event=samples.event())["extra"]["counter"] == 1
    assert first.value("on_request", event=samples.event())["extra"]["counter"] == 2
    assert second.value("on_request", event=samples.event())["extra"]["counter"] == 1
    assert worker.ask("ping")["type"] == "pong"
    first.close()
    second.close()


@pytest.mark.parametrize("isolate", ISOLATE)
def test_the_template_tells_of_ends(worker, isolate):
    ended, pid = fork(worker, isolate)
    ended.close()
    assert worker.receive() == {"type": "exited", "pid": pid, "code": 0, "signal": None}
    exiting, pid = fork(worker, isolate)
    exiting.load(SOURCE)
    assert exiting.call("on_escalate", event=samples.event()) is None
    assert worker.receive() == {"type": "exited", "pid": pid, "code": 5, "signal": None}


@pytest.mark.parametrize("isolate", ISOLATE)
def test_a_fork_is_killed(worker, isolate):
    looping, pid = fork(worker, isolate)
    other, _ = fork(worker, isolate)
    looping.load(SOURCE)
    other.load(SOURCE)
    looping.send({"type": "call", "id": 7, "handler": "on_deny", "arguments": {"event": samples.event()}})
    assert worker.ask("kill", pid=pid)["type"] == "killed"
    assert looping.receive() is None
    assert worker.receive() == {"type": "exited", "pid": pid, "code": None, "signal": signal.SIGKILL}
    assert worker.ask("kill", pid=pid)["type"] == "killed"
    assert other.call("on_request", event=samples.event())["type"] == "result"
    other.close()


def test_a_template_runs_no_user_code(worker):
    made, _ = fork(worker)
    assert worker.load("x = 1")["error"]["kind"] == "protocol"
    assert worker.inspect("x = 1")["error"]["kind"] == "protocol"
    made.close()


@pytest.mark.parametrize("isolate", ISOLATE)
def test_the_end_of_the_template_ends_its_forks(worker, isolate):
    made, _ = fork(worker, isolate)
    made.load(SOURCE)
    made.send({"type": "call", "id": 7, "handler": "on_deny", "arguments": {"event": samples.event()}})
    worker.connection.close()
    assert worker.wait() == 0
    assert made.receive() is None


@pytest.mark.parametrize("isolate", ISOLATE)
def test_a_killed_template_ends_its_forks(worker, isolate):
    made, _ = fork(worker, isolate)
    made.load(SOURCE)
    made.send({"type": "call", "id": 7, "handler": "on_deny", "arguments": {"event": samples.event()}})
    assert worker.kill() == -signal.SIGKILL
    assert made.receive() is None


SPY = """
import ctypes, os, signal, subprocess, tempfile
from sym.sdk import *

def attempt(action):
    try:
        return action()
    except Exception as error:
        return type(error).__name__

@hook
def on_request(event):
    libc = ctypes.CDLL(None, use_errno=True)
    return ApprovalTemplate.deny(
        pid=os.getpid(),
        proc=attempt(lambda: os.listdir("/proc")),
        kill=attempt(lambda: os.kill(event.payload.fields["victim"], 9)),
        unmount=libc.umount2(b"/proc", 2),
        mount=libc.mount(b"proc", b"/proc", b"proc", 0, None),
        note=attempt(lambda: open("/tmp/note", "x").close()),
        descriptors=[n for n in range(4, 64) if not isinstance(attempt(lambda: os.fstat(n)), str)],
    )

@hook
def on_deny(event):
    subprocess.Popen(["/bin/sleep", "600"], start_new_session=True)
    return ApprovalTemplate.deny()
"""


@pytest.mark.skipif(not can_isolate(), reason="no user namespaces here")
def test_isolated_forks_do_not_see_each_other(worker):
    first, first_pid = fork(worker, True)
    second, _ = fork(worker, True)
    for each in (first, second):
        each.load(SPY)
        fields = {"victim": samples.typed("int", first_pid)}
        seen = each.value("on_request", event=samples.event(fields=fields))["extra"]
        assert (seen["pid"], seen["proc"], seen["kill"]) == (1, [], "ProcessLookupError")
        assert (seen["unmount"], seen["mount"], seen["note"], seen["descriptors"]) == (-1, -1, None, [])
    assert first.call("on_request", event=samples.event(fields=fields))["type"] == "result"
    first.close()
    second.close()


@pytest.mark.skipif(not can_isolate(), reason="no user namespaces here")
def test_an_isolated_fork_takes_along_what_it_started(worker):
    made, pid = fork(worker, True)
    made.load(SPY)
    made.call("on_deny", event=samples.event())
    sleeping = [each for each in os.listdir("/proc") if each.isdigit() and descends(int(each), pid)]
    assert len(sleeping) >= 2
    worker.ask("kill", pid=pid)
    assert worker.receive()["type"] == "exited"
    assert [each for each in sleeping if os.path.exists("/proc/" + each)] == []


def descends(pid, ancestor):
    while pid > 1 and pid != ancestor:
        try:
            with open("/proc/{}/stat".format(pid)) as file:
                pid = int(file.read().rpartition(")")[2].split()[1])
        except OSError:
            return False
    return pid == ancestor
