"""Lengths of time as tests write them."""

from datetime import timedelta
from typing import Union

Length = Union[str, int, timedelta]

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}


def seconds(length: Length) -> int:
    """Whole seconds of ``"90m"``, ``5400`` or a timedelta. Raises ValueError for anything else."""
    if isinstance(length, timedelta):
        return int(length.total_seconds())
    if isinstance(length, int) and not isinstance(length, bool):
        return length
    if isinstance(length, str) and length:
        number, unit = (length[:-1], _UNITS[length[-1]]) if length[-1] in _UNITS else (length, 1)
        if number.isdigit():
            return int(number) * unit
    raise ValueError('{!r} is no length of time such as "30m", 1800 or timedelta(minutes=30)'.format(length))
