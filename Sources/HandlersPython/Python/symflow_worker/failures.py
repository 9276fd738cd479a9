"""What went wrong, as ERROR of ``protocol.py``."""

import traceback
from types import TracebackType
from typing import Any, Dict, List, Optional, Set

from symflow_worker.protocol import MESSAGE_CHARS_MAX, TRACEBACK_FRAMES_MAX


class Failure(Exception):
    """A question that cannot be answered, with its kind."""

    def __init__(self, kind: str, message: str, frames: Optional[List[Dict[str, Any]]] = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.frames = frames or []


def error_data(error: BaseException, files: Set[str], kind: Optional[str] = None) -> Dict[str, Any]:
    """ERROR for an exception. ``files`` are those of user code; ``kind`` is guessed unless it is given."""
    if isinstance(error, Failure):
        return _data(error.kind, str(error), None, None, error.frames)
    frames = user_frames(error.__traceback__, files)
    name = type(error).__name__
    if isinstance(error, SystemExit):
        return _data("exit", "sys.exit({!r}) was called.".format(error.code), name, None, frames)
    code = getattr(error, "error_code", None)
    return _data(
        kind or ("memory" if isinstance(error, MemoryError) else "exception"),
        _message(error),
        name,
        code if isinstance(code, str) else None,
        frames,
    )


def user_frames(trace: Optional[TracebackType], files: Set[str]) -> List[Dict[str, Any]]:
    """The frames of user code, outermost first."""
    frames = [
        {"file": frame.f_code.co_filename, "line": line, "function": frame.f_code.co_name}
        for frame, line in traceback.walk_tb(trace)
        if frame.f_code.co_filename in files
    ]
    return frames[-TRACEBACK_FRAMES_MAX:]


def _message(error: BaseException) -> str:
    name = type(error).__name__
    try:
        text = str(error)
    except Exception as failed:
        return "{} (whose text cannot be made: {})".format(name, type(failed).__name__)
    return text or name


def _data(
    kind: str, message: str, name: Optional[str], code: Optional[str], frames: List[Dict[str, Any]]
) -> Dict[str, Any]:
    return {
        "kind": kind,
        "message": message[:MESSAGE_CHARS_MAX],
        "exception": name,
        "code": code,
        "traceback": frames,
    }
