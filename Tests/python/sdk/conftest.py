"""What the SDK's tests share. They run on several Pythons and with both versions of pydantic."""

import sys

import pytest
from .places import PYTHON

sys.path.insert(0, str(PYTHON))


class RecordingBridge:
    """Stands for the server: answers by name, and remembers what was asked."""

    idempotency_key = "run/request/1"
    run = "run-1"

    def __init__(self):
        self.calls = []
        self.answers = {}

    def call(self, name, arguments):
        from sym.sdk._calls import exception

        self.calls.append((name, arguments))
        answer = self.answers.get(name)
        if isinstance(answer, dict) and "code" in answer:
            raise exception(answer)
        return answer


@pytest.fixture
def bridge():
    """A runtime: functions of the SDK act."""
    from sym.sdk import _runtime

    made = RecordingBridge()
    _runtime.install(made)
    yield made
    _runtime.install(None)


@pytest.fixture
def worker():
    """A worker process of the test's own."""
    from .server import WorkerProcess

    made = WorkerProcess()
    yield made
    made.close()
