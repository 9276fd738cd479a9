"""What the SDK's tests share. They run on several Pythons and with both versions of pydantic."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / "Sources" / "HandlersPython" / "Python"
FIXTURES = ROOT / "Fixtures" / "python"
sys.path[:0] = [str(PYTHON), str(Path(__file__).parent)]


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
