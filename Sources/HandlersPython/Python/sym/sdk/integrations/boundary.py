"""HashiCorp Boundary: groups."""

from typing import Any, Dict, List, Optional

from sym.sdk._runtime import call
from sym.sdk.exceptions.boundary import BoundaryError

__all__ = ["BoundaryError", "get_group", "list_groups"]


def list_groups(
    scope_id: str = "global", filter: Optional[str] = None, recursive: bool = False
) -> List[Dict[str, Any]]:
    """The groups of a scope, and with ``recursive`` of the scopes in it."""
    arguments = {"scope_id": scope_id, "filter": filter, "recursive": recursive}
    return call("boundary.list_groups", arguments)  # type: ignore[no-any-return]


def get_group(group_id: str) -> Dict[str, Any]:
    """One group. Raises ``BoundaryError`` if there is no such group."""
    return call("boundary.get_group", {"group_id": group_id})  # type: ignore[no-any-return]
