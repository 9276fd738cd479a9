"""What user code prints, on its way to the log."""

import io
import os
from typing import Any, Callable, Dict

from symflow_worker.protocol import PRINT_CALL_CHARS_MAX, PRINT_CHARS_MAX

Send = Callable[[Dict[str, Any]], None]


class Budget:
    """What may still be printed in this question, by both streams together."""

    def __init__(self) -> None:
        self.left = PRINT_CALL_CHARS_MAX
        self.is_told = False

    def renew(self) -> None:
        self.left = PRINT_CALL_CHARS_MAX
        self.is_told = False


class PrintedText(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr`` of user code."""

    encoding = "utf-8"
    errors = "replace"

    def __init__(self, stream: str, budget: Budget, send: Send) -> None:
        self._stream = stream
        self._budget = budget
        self._send = send
        self._line = ""
        self._pid = os.getpid()

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return False

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not {}".format(type(text).__name__))
        length = len(text)
        # A process that user code forked shares the connection, and must keep silent.
        if os.getpid() != self._pid:
            return length
        # One more than is left tells that there is more than is left.
        text = text[: max(self._budget.left, 0) + 1]
        self._line += text
        while "\n" in self._line or len(self._line) >= PRINT_CHARS_MAX:
            end = self._line.find("\n")
            if 0 <= end <= PRINT_CHARS_MAX:
                line, self._line = self._line[:end], self._line[end + 1 :]
            else:
                line, self._line = self._line[:PRINT_CHARS_MAX], self._line[PRINT_CHARS_MAX:]
            self._print(line)
        return length

    def finish(self) -> None:
        """Sends a last line that has no end."""
        if self._line:
            line, self._line = self._line, ""
            self._print(line)

    def _print(self, line: str) -> None:
        budget = self._budget
        if budget.left > 0:
            self._send({"type": "print", "stream": self._stream, "text": line[: budget.left]})
        budget.left -= len(line) + 1
        if budget.left <= 0 and not budget.is_told:
            budget.is_told = True
            text = "(more than {} characters were printed; the rest is left out)".format(PRINT_CALL_CHARS_MAX)
            self._send({"type": "print", "stream": self._stream, "text": text})
