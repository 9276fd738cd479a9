"""What the server and a worker say to each other.

A connection is a stream socket: file descriptor 3 unless ``--fd N`` says otherwise. Both sides send *frames*: four
bytes of length, big-endian, then that many bytes of UTF-8 JSON, always an object with a ``type``. A frame to the
server is at most ``FRAME_BYTES_MAX`` long; one to the worker at most ``ANSWER_BYTES_MAX``, because answers of Slack
(``slack.list_users``) can be long. Whoever receives a longer one, or anything that is no such frame, ends the
connection. When the server closes its end, the worker exits with status 0.

Start: ``python3 -I …/Python/symflow_worker_main.py [--fd N]``. The worker speaks first.

    hello       {"type": "hello", "protocol": 1, "pid": 17, "python": "3.11.2", "pydantic": "1.10.4" or null,
                 "isolation": "none" or "namespaces", "problem": null or text}

``problem`` says what is missing (pydantic), or why the isolation that was asked for could not be had; after one, the
worker exits with status 2. ``pid`` is as the worker itself sees it.

The server asks; each question has an ``id`` (any integer), and each answer the ``id`` of its question. One question at
a time: the next is not read before the answer to the last was sent. An answer is what the table says, or ``failed``.

    load        {"type": "load", "id": 1, "kind": KIND, "source": text, "file_name": "impl.py", "hash": text,
                 "limits": LIMITS, "environment": {"NAME": "value"}}
      loaded    {"type": "loaded", "id": 1, "handlers": [HANDLER…]}
    call        {"type": "call", "id": 2, "handler": "on_request", "arguments": {…}, "idempotency_key": text,
                 "run": text}
      result    {"type": "result", "id": 2, "value": …}
    inspect     {"type": "inspect", "id": 3, "kind": KIND, "source": text, "file_name": "impl.py", "hash": text,
                 "limits": LIMITS, "environment": {…}, "fields": ["reason", …] or null}
      inspected {"type": "inspected", "id": 3, "handlers": [HANDLER…], "problems": [PROBLEM…]}
    fork        {"type": "fork", "id": 4, "isolate": true}, with one descriptor attached to the frame (SCM_RIGHTS)
      forked    {"type": "forked", "id": 4, "pid": 18}
    kill        {"type": "kill", "id": 5, "pid": 18}
      killed    {"type": "killed", "id": 5, "pid": 18}; also for one that had ended
    ping        {"type": "ping", "id": 6}
      pong      {"type": "pong", "id": 6, "max_rss_bytes": 21000000, "cpu_seconds": 0.12}

      failed    {"type": "failed", "id": 2, "error": ERROR}

* ``load`` comes at most once in the life of a worker, ``call`` only after it. ``limits`` and ``environment`` are in
  force before a line of the source runs. ``kind`` is ``implementation`` (hooks, reducers, prefetch; also a flows
  filter), ``strategy`` (one subclass of AccessStrategy) or ``on_change`` (``on_change_<field>`` functions). ``hash``
  names the source for the server; the worker makes no use of it.
* ``call``: handlers, their arguments and values are listed in ``marshal.py``. ``idempotency_key`` is the same for every
  repetition of the question; user code finds it as ``sym.sdk.runtime.current_call().idempotency_key``, with ``run``
  beside it.
* ``inspect`` (``symflow check``) loads the source as ``load`` does, in a worker that is used for nothing else, and
  answers with what is wrong rather than with ``failed``. ``fields`` are the flow's prompt fields, for names in
  decorators; null when they are not known.
* ``fork`` makes the worker a *template*: it forks a process that has everything imported already and speaks on the
  attached descriptor, beginning with ``hello``, as if it had just been started. A template refuses ``load``, ``call``
  and ``inspect`` from then on, so user code never runs in it. ``isolate`` puts the new process into user, process,
  mount and IPC namespaces of its own, with an empty /tmp and no /proc: it cannot see its siblings. The pid of
  ``forked`` is as the *template* sees it and good for ``kill`` only, which ends the process and all that it started
  (without ``isolate``: what stayed in its process group). When a process ends for whatever reason, the template says so
  at once, without having been asked:

    exited      {"type": "exited", "pid": 18, "code": 0 or null, "signal": 9 or null}

  The end of a template (end of its connection, or a signal) ends all that it forked.

While a ``load``, ``call`` or ``inspect`` is being answered, the worker may send any number of these:

    request     {"type": "request", "id": 1, "name": "slack.send_message", "arguments": {…}}
    print       {"type": "print", "stream": "stdout" or "stderr", "text": text}

``request`` is a call of the SDK that the server performs (``sym/sdk/_calls.py`` lists the names, arguments and
values). Its ``id`` counts the worker's requests; the server answers each, and the worker waits for it:

    answer      {"type": "answer", "id": 1, "value": …}
    error       {"type": "error", "id": 1, "error": {"code": "Slack:CHANNEL_NOT_FOUND", "message": text}}

``code`` is the SDK's ``<error_type>:<name>``; what stands before the colon picks the class that is raised.

``print`` is one line without its end, or a part of a line that is longer than ``PRINT_CHARS_MAX``. After
``PRINT_CALL_CHARS_MAX`` characters in one call the rest is dropped, and a last line says so. Output that bypasses
``sys.stdout`` (``os.write(1, …)``, C libraries) goes to the descriptors that the server gave the worker.

LIMITS (each may be null or absent for none): ``{"address_space_bytes", "cpu_seconds", "open_files", "processes",
"file_size_bytes"}``. ``cpu_seconds`` is per question; when it is used up, the worker dies of SIGXCPU (an isolated one
exits with 152 instead). Core files are always off. The kernel does not enforce ``processes`` for root. The time limit
is the server's: it kills the worker.

HANDLER: ``{"name": "on_request", "decorator": "hook", "field": null, "function": "on_request", "line": 12,
"parameters": ["event"]}``. ``decorator`` is ``hook``, ``reducer``, ``prefetch``, ``on_change`` (no decorator in the
source) or ``strategy``. ``name`` is what ``call`` takes, under today's spelling (``on_expire`` in the source appears as
``on_request_expire``); it is ``prefetch`` or ``on_change`` for these two, which have a ``field``. For a strategy there
is one entry per method: ``escalate``, ``deescalate``, ``fetch_remote_identity``.

PROBLEM: ``{"severity": "error" or "warning", "code": …, "message": text, "file": "impl.py", "line": 12 or null,
"found": text, "expected": text, "hint": text or null}``; ``message`` says the same as the last three in one sentence.
``code`` is ``syntax``, ``load``, ``missing_reducer`` (a warning: a flow's rules may stand in for it),
``unknown_handler``, ``wrong_decorator``, ``undecorated``, ``signature``, ``unknown_field``, ``redefined`` or ``final``.

ERROR: ``{"kind": …, "message": text, "exception": "SlackError" or null, "code": "Slack:UNKNOWN" or null,
"traceback": [{"file": "impl.py", "line": 12, "function": "on_request"}…]}``. The traceback holds frames of user code
only, outermost first, at most ``TRACEBACK_FRAMES_MAX`` (the innermost). ``message`` is cut to ``MESSAGE_CHARS_MAX``.

    kind        what happened
    syntax      the source is no Python; the traceback names the line
    load        the source raised while it was being loaded, or lacks what its kind needs
    exception   the handler raised; ``code`` is set for a SymException
    exit        the handler called ``sys.exit``
    memory      MemoryError: the address space limit
    returned    the handler returned something that it may not return
    too_large   the value does not fit into a frame
    unknown     the source has no such handler
    arguments   the arguments of the call are not as ``marshal.py`` says: a fault of the server
    protocol    the message does not fit the state of the worker: a fault of the server

A worker that dies (``os._exit``, a signal, its interpreter corrupted) sends nothing more: the end of the connection
within a question means so. What runs in one process is not protected from itself: user code that goes looking for the
connection can find it, and can then say to the server whatever the worker may say. The process is the boundary.
"""

import json
import os
import socket
import struct
from typing import Any, Dict, List, Optional

PROTOCOL_VERSION = 1
CONNECTION_FD = 3
FRAME_BYTES_MAX = 1 << 20
ANSWER_BYTES_MAX = 16 << 20
PRINT_CHARS_MAX = 8192
PRINT_CALL_CHARS_MAX = 65536
MESSAGE_CHARS_MAX = 4000
TRACEBACK_FRAMES_MAX = 50

_LENGTH = struct.Struct(">I")
_READ_BYTES = 65536
# More than one descriptor per read means frames that were sent in a row.
_DESCRIPTORS_PER_READ = 8


class ConnectionEnded(Exception):
    """The server closed its end."""


class ProtocolError(Exception):
    """The server sent what is no frame. The connection cannot be used any more."""


class FrameTooLarge(Exception):
    """A frame of ours would exceed ``FRAME_BYTES_MAX``; nothing was sent."""


class Connection:
    """Frames over a stream socket. Not for several threads at once."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._buffer = bytearray()
        self._descriptors: List[int] = []

    @classmethod
    def on_descriptor(cls, descriptor: int) -> "Connection":
        connection = socket.socket(fileno=descriptor)
        connection.setblocking(True)
        connection.set_inheritable(False)
        return cls(connection)

    def fileno(self) -> int:
        return self._socket.fileno()

    def has_buffered_frame(self) -> bool:
        """Whether ``receive`` returns without reading from the socket."""
        length = self._buffered_length()
        return length is not None and len(self._buffer) >= _LENGTH.size + length

    def send(self, message: Dict[str, Any]) -> None:
        body = encode(message)
        if len(body) > FRAME_BYTES_MAX:
            raise FrameTooLarge(
                "a message of {} bytes exceeds the limit of {}".format(len(body), FRAME_BYTES_MAX)
            )
        try:
            self._socket.sendall(_LENGTH.pack(len(body)) + body)
        except (BrokenPipeError, ConnectionResetError):
            raise ConnectionEnded() from None

    def receive(self) -> Dict[str, Any]:
        while not self.has_buffered_frame():
            self._read()
        length = self._buffered_length() or 0
        end = _LENGTH.size + length
        body = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        try:
            message = json.loads(body.decode("utf-8"))
        except (UnicodeDecodeError, ValueError, RecursionError) as error:
            raise ProtocolError("a frame is not JSON: {}".format(error)) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise ProtocolError("a frame is not an object with a type")
        return message

    def take_descriptor(self) -> Optional[int]:
        """The oldest descriptor that came along with a frame and was not taken yet."""
        return self._descriptors.pop(0) if self._descriptors else None

    def close(self) -> None:
        for descriptor in self._descriptors:
            os.close(descriptor)
        self._descriptors.clear()
        self._socket.close()

    def _buffered_length(self) -> Optional[int]:
        if len(self._buffer) < _LENGTH.size:
            return None
        length: int = _LENGTH.unpack_from(self._buffer)[0]
        if length > ANSWER_BYTES_MAX:
            raise ProtocolError("a frame of {} bytes exceeds the limit of {}".format(length, ANSWER_BYTES_MAX))
        return length

    def _read(self) -> None:
        try:
            data, descriptors, _flags, _address = socket.recv_fds(
                self._socket, _READ_BYTES, _DESCRIPTORS_PER_READ
            )
        except ConnectionResetError:
            raise ConnectionEnded() from None
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)
            self._descriptors.append(descriptor)
        if not data:
            raise ConnectionEnded()
        self._buffer += data


def encode(message: Dict[str, Any]) -> bytes:
    """JSON as it goes into a frame. Unpaired surrogates, which JSON may hold and UTF-8 may not, are escaped."""
    try:
        return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(message, allow_nan=False, separators=(",", ":")).encode("ascii")
