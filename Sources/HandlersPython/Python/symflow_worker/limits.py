"""What user code may use up."""

import os
import resource
import signal
from typing import Any, Dict, Optional

# What a shell says of a process that SIGXCPU ended.
OUT_OF_TIME_STATUS = 152

_NAMES = {
    "address_space_bytes": resource.RLIMIT_AS,
    "open_files": resource.RLIMIT_NOFILE,
    "processes": resource.RLIMIT_NPROC,
    "file_size_bytes": resource.RLIMIT_FSIZE,
}


class Limits:
    """LIMITS of ``protocol.py``."""

    def __init__(self, data: Dict[str, Any]) -> None:
        self._limits = {name: _checked(name, data.get(name)) for name in list(_NAMES) + ["cpu_seconds"]}

    def apply(self) -> None:
        """Puts everything but CPU time in force, for good."""
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        for name, which in _NAMES.items():
            limit = self._limits[name]
            if limit is not None:
                hard = resource.getrlimit(which)[1]
                limit = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
                resource.setrlimit(which, (limit, limit))
        # Python ignores SIGXFSZ, so that writing fails with an error. The first process of a namespace does not get
        # signals that it has no handler for.
        is_first = os.getpid() == 1
        signal.signal(signal.SIGXCPU, _exit_without_time if is_first else signal.SIG_DFL)

    def start_question(self) -> None:
        """Gives the next question its CPU time. The kernel counts from the start of the process."""
        seconds = self._limits["cpu_seconds"]
        if seconds is None:
            return
        usage = resource.getrusage(resource.RUSAGE_SELF)
        soft = int(usage.ru_utime + usage.ru_stime) + 1 + seconds
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _exit_without_time(_number: int, _frame: Any) -> None:
    os._exit(OUT_OF_TIME_STATUS)


def _checked(name: str, value: Any) -> Optional[int]:
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ValueError("the limit {} is no whole number: {!r}".format(name, value))
    return value
