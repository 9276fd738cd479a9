"""Values that are kept between requests, under names with dots: ``users.titles.alice``."""

from typing import Any

from sym.sdk._runtime import call

__all__ = ["fetch", "put"]


def fetch(path: str) -> Any:
    """The value that was kept under a name. Raises KeyError if the name leads through a value."""
    return call("store.fetch", {"path": path})


def put(path: str, value: Any) -> None:
    """Keeps a value (plain JSON) under a name. Raises KeyError if the name leads through a value."""
    call("store.put", {"path": path, "value": value})
