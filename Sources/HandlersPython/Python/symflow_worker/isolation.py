"""Namespaces of its own for a process that runs user code, so that implementations cannot see each other.

Linux only. Needs user namespaces, also inside the sandbox around the template. A process that cannot be isolated says
why and ends; it does not go on without.
"""

import ctypes
import os
import signal
import struct
import sys
from typing import Any, Tuple

_CLONE_NEWNS = 0x00020000
_CLONE_NEWIPC = 0x08000000
_CLONE_NEWUSER = 0x10000000
_CLONE_NEWPID = 0x20000000
_MS_RDONLY = 0x1
_MS_NOSUID = 0x2
_MS_NODEV = 0x4
_MS_BIND = 0x1000
_MS_REC = 0x4000
_MS_PRIVATE = 0x40000
_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION_3 = 0x20080522
_TMP_OPTIONS = b"size=64m,mode=1777"
_PID = struct.Struct("=q")


class IsolationFailed(Exception):
    """The namespaces cannot be had; the text says why."""


def end_with_parent() -> None:
    """Has the kernel end this process when its parent ends."""
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


def enter(report: int) -> None:
    """Returns in a new process that is the first one in namespaces of its own.

    The process that calls this stays behind to wait for it, and ends as it ends. The new process's id, as this one sees
    it, is written to the descriptor ``report``; nothing is, when this raises IsolationFailed (in the calling process).
    """
    user, group = os.getuid(), os.getgid()
    libc = _libc()
    _checked(libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNS | _CLONE_NEWPID | _CLONE_NEWIPC), "unshare")
    _map_ids(user, group)
    _checked(libc.mount(b"none", b"/", None, _MS_REC | _MS_PRIVATE, None), "make mounts private")
    _empty_tmp(libc)
    flags = _MS_NOSUID | _MS_NODEV | _MS_RDONLY
    _checked(libc.mount(b"tmpfs", b"/proc", b"tmpfs", flags, b"size=4k,mode=555"), "cover /proc")
    first = os.fork()
    if first == 0:
        os.chdir("/tmp")
        _drop_capabilities()
        end_with_parent()
        os.close(report)
        return
    os.write(report, _PID.pack(first))
    _wait_and_end_alike(first)


def reported_pid(report: int) -> int:
    """What ``enter`` wrote: the id of the isolated process, or 0."""
    data = os.read(report, _PID.size)
    return int(_PID.unpack(data)[0]) if len(data) == _PID.size else 0


def _libc() -> Any:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int, action: str) -> None:
    if result != 0:
        raise IsolationFailed("{}: {}".format(action, os.strerror(ctypes.get_errno())))


def _map_ids(user: int, group: int) -> None:
    lines: Tuple[Tuple[str, str], ...] = (
        ("setgroups", "deny"),
        ("uid_map", "{0} {0} 1".format(user)),
        ("gid_map", "{0} {0} 1".format(group)),
    )
    for name, line in lines:
        try:
            with open("/proc/self/" + name, "w") as file:
                file.write(line)
        except OSError as error:
            raise IsolationFailed("write {}: {}".format(name, error.strerror)) from None


def _empty_tmp(libc: Any) -> None:
    """Puts an empty /tmp in place of the shared one, with the folders of Python's path that were in it."""
    kept = {}
    for folder in {os.path.realpath(each) for each in sys.path + [sys.prefix, sys.base_prefix] if each}:
        if folder.startswith("/tmp/") and os.path.isdir(folder):
            kept[folder] = os.open(folder, os.O_PATH | os.O_DIRECTORY)
    _checked(libc.mount(b"tmpfs", b"/tmp", b"tmpfs", _MS_NOSUID | _MS_NODEV, _TMP_OPTIONS), "mount /tmp")
    for folder in sorted(kept):
        descriptor = kept[folder]
        os.makedirs(folder, exist_ok=True)
        source = "/proc/self/fd/{}".format(descriptor).encode()
        _checked(libc.mount(source, folder.encode(), None, _MS_BIND | _MS_REC, None), "keep {}".format(folder))
        os.close(descriptor)


def _drop_capabilities() -> None:
    """Gives up what the first process of a user namespace may do in it, such as undoing its mounts."""
    libc = _libc()
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    _checked(libc.capset(header, struct.pack("=6I", 0, 0, 0, 0, 0, 0)), "give up capabilities")


def _wait_and_end_alike(first: int) -> None:
    # Nothing of the connection may be kept open here: its end tells the server that the process ended.
    os.closerange(0, os.sysconf("SC_OPEN_MAX"))
    status = os.waitpid(first, 0)[1]
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 1)
