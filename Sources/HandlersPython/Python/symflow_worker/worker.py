"""Answers the server's questions, one after the other."""

import io
import os
import resource
import sys
import threading
from typing import Any, Callable, Dict, List, Optional, Set

# All of the SDK, so that what a template forks has nothing left to import.
from sym.sdk import _calls, _runtime, models, notifications, runtime, secret, strategies, strategy
from sym.sdk._compat import PYDANTIC_VERSION
from sym.sdk._objects import SDKIntegration
from sym.sdk.exceptions import SDKError
from sym.sdk.integrations import jira, store
from symflow_worker import checks, marshal
from symflow_worker.failures import Failure, error_data
from symflow_worker.implementation import Implementation
from symflow_worker.limits import Limits
from symflow_worker.output import Budget, PrintedText
from symflow_worker.protocol import (
    PROTOCOL_VERSION,
    Connection,
    ConnectionEnded,
    FrameTooLarge,
    ProtocolError,
)
from symflow_worker.template import Template, message_pid

Message = Dict[str, Any]

PRELOADED = (jira, models, notifications, runtime, secret, store, strategies, strategy)

# Statuses of this process.
ENDED = 0
UNUSABLE = 2


class Worker:
    """One connection to the server. ``run`` returns the status to exit with."""

    def __init__(self, connection: Connection, isolation_name: str = "none", problem: Optional[str] = None) -> None:
        self._connection = connection
        self._isolation_name = isolation_name
        self._problem = problem
        self._template: Optional[Template] = None
        self._implementation: Optional[Implementation] = None
        self._limits: Optional[Limits] = None
        self._files: Set[str] = set()
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._is_asked = False
        self._budget = Budget()
        self._streams: List[PrintedText] = []
        self._bridge = _ServerBridge(self)

    def run(self) -> int:
        """Serves until the server closes its end. Raises ``template.Started`` in a process that was forked."""
        self._connection.send(hello(self._isolation_name, self._problem))
        if self._problem:
            return UNUSABLE
        try:
            while True:
                if self._template:
                    self._template.wait_for_message()
                self._answer(self._connection.receive())
        except ConnectionEnded:
            return ENDED
        except ProtocolError as error:
            print("symflow worker: {}".format(error), file=sys.__stderr__)
            return UNUSABLE
        finally:
            # A forked process has left this object behind.
            if self._template and os.getpid() == self._pid:
                self._template.end_all()

    # Questions

    def _answer(self, message: Message) -> None:
        number = message.get("id")
        try:
            answer = self._answers()[message["type"]](message)
        except KeyError as error:
            if message["type"] in self._answers():
                failure = Failure("protocol", "The message lacks {}.".format(error))
            else:
                failure = Failure("protocol", "{!r} is no question.".format(message["type"]))
            answer = {"type": "failed", "error": error_data(failure, self._files)}
        except Failure as failure:
            answer = {"type": "failed", "error": error_data(failure, self._files)}
        answer["id"] = number
        self._send_answer(answer)

    def _answers(self) -> Dict[str, Callable[[Message], Message]]:
        return {
            "load": self._load,
            "call": self._call,
            "inspect": self._inspect,
            "fork": self._fork,
            "kill": self._kill,
            "ping": self._ping,
        }

    def _send_answer(self, answer: Message) -> None:
        try:
            self._connection.send(answer)
        except FrameTooLarge as error:
            failure = Failure("too_large", "The answer is too large: {}.".format(error))
            self._connection.send({"type": "failed", "id": answer["id"], "error": error_data(failure, self._files)})
        except (MemoryError, RecursionError, TypeError, ValueError) as error:
            failure = Failure("returned", "The value cannot be sent: {}".format(str(error) or type(error).__name__))
            self._connection.send({"type": "failed", "id": answer["id"], "error": error_data(failure, self._files)})

    def _load(self, message: Message) -> Message:
        self._prepare(message)
        source, file_name, kind = message["source"], message["file_name"], message["kind"]

        def load() -> Message:
            self._implementation = Implementation(kind, source, file_name)
            return {"type": "loaded", "handlers": [handler.data() for handler in self._implementation.handlers]}

        return self._guarded(load, kind="load")

    def _inspect(self, message: Message) -> Message:
        self._prepare(message)
        source, file_name, kind = message["source"], message["file_name"], message["kind"]
        fields = message.get("fields")

        def inspect() -> Message:
            handlers, problems = checks.inspect_source(kind, source, file_name, fields)
            return {"type": "inspected", "handlers": handlers, "problems": problems}

        return self._guarded(inspect, kind="load")

    def _call(self, message: Message) -> Message:
        implementation = self._implementation
        if implementation is None:
            raise Failure("protocol", "A call came before an implementation was loaded.")
        name, data = message["handler"], message["arguments"]
        handler = implementation.handler(name, data.get("field"))
        self._bridge.idempotency_key = message.get("idempotency_key")
        self._bridge.run = message.get("run")
        if self._limits:
            self._limits.start_question()

        def call() -> Message:
            arguments = marshal.arguments(name, data, len(handler.parameters))
            function = handler.function
            if implementation.strategy is not None:
                integration = SDKIntegration(data["integration"])
                function = getattr(implementation.strategy(integration), name)
            returned = function(*arguments)
            return {"type": "result", "value": marshal.value(name, returned, data)}

        return self._guarded(call)

    def _ping(self, _message: Message) -> Message:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return {
            "type": "pong",
            "max_rss_bytes": usage.ru_maxrss * 1024,
            "cpu_seconds": round(usage.ru_utime + usage.ru_stime, 3),
        }

    def _fork(self, message: Message) -> Message:
        if self._limits is not None:
            raise Failure("protocol", "User code was loaded here; only a process without any can be a template.")
        if self._template is None:
            self._template = Template(self._connection)
        pid = self._template.fork(message.get("isolate") is True)
        if pid is None:
            raise Failure("protocol", "No descriptor came along.")
        return {"type": "forked", "pid": pid}

    def _kill(self, message: Message) -> Message:
        if self._template is None:
            raise Failure("protocol", "Nothing was forked here.")
        pid = message_pid(message)
        self._template.kill(pid)
        return {"type": "killed", "pid": pid}

    # User code

    def _prepare(self, message: Message) -> None:
        """Puts limits and environment in force. Only once: they cannot be taken back."""
        if self._template is not None:
            raise Failure("protocol", "This is a template: it runs no user code.")
        if self._limits is not None:
            raise Failure("protocol", "Something was loaded before.")
        try:
            limits = Limits(message.get("limits") or {})
            environment = {str(name): str(text) for name, text in (message.get("environment") or {}).items()}
        except (AttributeError, ValueError) as error:
            raise Failure("protocol", str(error)) from None
        self._limits = limits
        self._files.add(message["file_name"])
        sys.argv[:] = [message["file_name"]]
        os.environ.clear()
        os.environ.update(environment)
        sys.stdin = io.StringIO()
        self._streams = [PrintedText(name, self._budget, self.send_aside) for name in ("stdout", "stderr")]
        sys.stdout, sys.stderr = self._streams
        _runtime.install(self._bridge)
        try:
            limits.apply()
        except (OSError, ValueError) as error:
            raise Failure("protocol", "The limits cannot be set: {}".format(error)) from None
        limits.start_question()

    def _guarded(self, ask: Callable[[], Message], kind: Optional[str] = None) -> Message:
        """Runs user code. Whatever it raises becomes the answer."""
        self._budget.renew()
        self._is_asked = True
        try:
            return ask()
        except BaseException as error:
            if isinstance(error, (MemoryError, SystemExit)):
                kind = None
            return {"type": "failed", "error": error_data(error, self._files, kind)}
        finally:
            if os.getpid() != self._pid:
                # The handler forked, and this is the copy: it has nothing to say on the connection.
                os._exit(ENDED)
            for stream in self._streams:
                stream.finish()
            with self._lock:
                self._is_asked = False

    def send_aside(self, message: Message) -> None:
        """Sends what user code prints while a question is open; afterwards, nobody could tell where it belongs."""
        with self._lock:
            if self._is_asked and os.getpid() == self._pid:
                self._connection.send(message)

    def request(self, number: int, name: str, arguments: Dict[str, Any]) -> Message:
        """Sends a request and waits for its answer."""
        if os.getpid() != self._pid:
            raise SDKError("OTHER_PROCESS", "{} was called in a process that the handler forked.".format(name))
        with self._lock:
            if not self._is_asked:
                raise SDKError("NOT_ASKED", "{} was called after the handler had returned.".format(name))
            try:
                self._connection.send({"type": "request", "id": number, "name": name, "arguments": arguments})
            except FrameTooLarge as error:
                raise SDKError("TOO_LARGE", "The arguments of {} are too large: {}.".format(name, error)) from None
            try:
                answer = self._connection.receive()
            except ConnectionEnded:
                os._exit(ENDED)
            except ProtocolError:
                os._exit(UNUSABLE)
            if answer["type"] not in ("answer", "error") or answer.get("id") != number:
                os._exit(UNUSABLE)
            return answer


class _ServerBridge(_runtime.Bridge):
    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._count = 0

    def call(self, name: str, arguments: Dict[str, Any]) -> Any:
        self._count += 1
        answer = self._worker.request(self._count, name, arguments)
        if answer["type"] == "error":
            raise _calls.exception(answer.get("error") or {})
        return answer.get("value")


def hello(isolation_name: str, problem: Optional[str]) -> Message:
    """The first message of every process."""
    return {
        "type": "hello",
        "protocol": PROTOCOL_VERSION,
        "pid": os.getpid(),
        "python": ".".join(str(part) for part in sys.version_info[:3]),
        "pydantic": PYDANTIC_VERSION,
        "isolation": isolation_name,
        "problem": problem,
    }
