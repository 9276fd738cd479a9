"""Plays the server's part for one worker process, frame by frame as symflow_worker/protocol.py says."""

import json
import os
import signal
import socket
import struct
import subprocess
import sys

from .places import PYTHON

# Longer than anything here takes; a worker that hangs fails the test.
ANSWER_SECONDS = 30


class Server:
    """One end of a connection. ``answers`` are given to requests by name; a callable gets the arguments."""

    def __init__(self, connection):
        connection.settimeout(ANSWER_SECONDS)
        self.connection = connection
        self.answers = {}
        self.requests = []
        self.printed = []
        self.count = 0

    def send_bytes(self, data, descriptors=()):
        if descriptors:
            socket.send_fds(self.connection, [data], list(descriptors))
        else:
            self.connection.sendall(data)

    def send(self, message, descriptors=()):
        body = json.dumps(message).encode()
        self.send_bytes(struct.pack(">I", len(body)) + body, descriptors)

    def receive(self):
        """The next message; None at the end of the connection."""
        header = self._read(4)
        if header is None:
            return None
        return json.loads(self._read(struct.unpack(">I", header)[0]))

    def _read(self, count):
        data = b""
        while len(data) < count:
            try:
                more = self.connection.recv(count - len(data))
            except ConnectionResetError:
                more = b""
            if not more:
                return None
            data += more
        return data

    def ask(self, question, descriptors=(), **members):
        """Asks, performs what the worker requests meanwhile, and returns the answer."""
        self.count += 1
        self.send({"type": question, "id": self.count, **members}, descriptors)
        while True:
            message = self.receive()
            if message is None:
                return None
            if message["type"] == "print":
                self.printed.append((message["stream"], message["text"]))
            elif message["type"] == "request":
                self.requests.append((message["name"], message["arguments"]))
                self._perform(message)
            else:
                assert message["id"] == self.count, message
                return message

    def _perform(self, message):
        answer = self.answers.get(message["name"])
        answer = answer(message["arguments"]) if callable(answer) else answer
        if isinstance(answer, dict) and "code" in answer:
            self.send({"type": "error", "id": message["id"], "error": answer})
        else:
            self.send({"type": "answer", "id": message["id"], "value": answer})

    def load(self, source, kind="implementation", file_name="impl.py", **members):
        return self.ask("load", kind=kind, source=source, file_name=file_name, hash="0", **members)

    def inspect(self, source, kind="implementation", file_name="impl.py", **members):
        return self.ask("inspect", kind=kind, source=source, file_name=file_name, hash="0", **members)

    def call(self, handler, **arguments):
        return self.ask("call", handler=handler, arguments=arguments, idempotency_key="run-1/request/1", run="run-1")

    def value(self, handler, **arguments):
        answer = self.call(handler, **arguments)
        assert answer["type"] == "result", answer
        return answer["value"]

    def error(self, handler, **arguments):
        answer = self.call(handler, **arguments)
        assert answer["type"] == "failed", answer
        return answer["error"]

    def close(self):
        self.connection.close()


class WorkerProcess(Server):
    """A worker that was started as the server starts it."""

    def __init__(self, environment=None, options=()):
        ours, theirs = socket.socketpair()
        super().__init__(ours)
        command = [sys.executable, "-I", *options, str(PYTHON / "symflow_worker_main.py"), "--fd", str(theirs.fileno())]
        self.process = subprocess.Popen(
            command,
            pass_fds=[theirs.fileno()],
            env=environment or {},
            stdin=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        theirs.close()
        self.hello = self.receive()

    def wait(self):
        return self.process.wait(ANSWER_SECONDS)

    def kill(self):
        os.killpg(self.process.pid, signal.SIGKILL)
        return self.wait()

    def close(self):
        super().close()
        if self.process.poll() is None:
            self.kill()
