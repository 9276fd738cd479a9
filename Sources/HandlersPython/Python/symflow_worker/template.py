"""Forking processes that have everything imported already."""

import gc
import os
import select
import signal
import socket
from typing import Any, Dict, Optional

from symflow_worker import isolation
from symflow_worker.protocol import CONNECTION_FD, Connection


class Started(Exception):
    """This is a new process: it goes on with the connection."""

    def __init__(self, connection: Connection, isolation_name: str, problem: Optional[str]) -> None:
        super().__init__()
        self.connection = connection
        self.isolation_name = isolation_name
        self.problem = problem


class Template:
    """The processes that were forked here, and how they end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        # By the pid that the server knows, the process that is to be killed: they differ for isolated ones.
        self._inner: Dict[int, int] = {}
        self._wake_read, self._wake_write = os.pipe()
        for descriptor in (self._wake_read, self._wake_write):
            os.set_blocking(descriptor, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)
        # What is here now is never collected, so that its pages stay shared.
        gc.collect()
        gc.freeze()

    def wait_for_message(self) -> None:
        """Returns when a frame can be read; tells the server of processes that end meanwhile."""
        while True:
            self._tell_ended()
            if self._connection.has_buffered_frame():
                return
            readable = select.select([self._connection.fileno(), self._wake_read], [], [])[0]
            if self._wake_read in readable:
                try:
                    os.read(self._wake_read, 4096)
                except BlockingIOError:
                    pass
            if self._connection.fileno() in readable:
                return

    def fork(self, isolate: bool) -> Optional[int]:
        """The new process's pid; None without a descriptor to give it. Raises Started in the new process."""
        descriptor = self._connection.take_descriptor()
        if descriptor is None:
            return None
        report_read, report_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(report_read)
            self._become_worker(descriptor, report_write, isolate)
        os.close(descriptor)
        os.close(report_write)
        inner = isolation.reported_pid(report_read) if isolate else 0
        os.close(report_read)
        self._inner[pid] = inner or pid
        return pid

    def kill(self, pid: int) -> None:
        """Ends a process that was forked here, and what is in its process group or namespace."""
        inner = self._inner.get(pid)
        if inner is None:
            return
        if inner == pid:
            _kill_group(pid)
        else:
            # The first process of a namespace takes all others along.
            try:
                os.kill(inner, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def end_all(self) -> None:
        for pid in self._inner:
            self.kill(pid)

    def _tell_ended(self) -> None:
        for pid in list(self._inner):
            ended, status = os.waitpid(pid, os.WNOHANG)
            if not ended:
                continue
            if self._inner.pop(pid) == pid:
                _kill_group(pid)
            code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else None
            number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else None
            self._connection.send({"type": "exited", "pid": pid, "code": code, "signal": number})

    def _become_worker(self, descriptor: int, report: int, isolate: bool) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.close(self._wake_read)
        os.close(self._wake_write)
        self._connection.close()
        os.setpgid(0, 0)
        isolation.end_with_parent()
        problem: Optional[str] = None
        if isolate:
            try:
                isolation.enter(report)
            except isolation.IsolationFailed as error:
                problem = "The process cannot be isolated: {}.".format(error)
                os.close(report)
        else:
            os.close(report)
        connection = _moved(descriptor)
        raise Started(connection, "namespaces" if isolate and not problem else "none", problem)


def _moved(descriptor: int) -> Connection:
    """The connection on the usual descriptor, if that is free."""
    try:
        os.fstat(CONNECTION_FD)
    except OSError:
        os.dup2(descriptor, CONNECTION_FD, inheritable=False)
        os.close(descriptor)
        descriptor = CONNECTION_FD
    return Connection(socket.socket(fileno=descriptor))


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def message_pid(message: Dict[str, Any]) -> int:
    """The pid of a ``kill``."""
    pid = message.get("pid")
    return pid if isinstance(pid, int) else 0
