"""How a flow switches access on and off."""

from typing import Any, Dict, List, Optional
from uuid import UUID

from sym.sdk._compat import Model
from sym.sdk.resource import SRN, SymBaseResource
from sym.sdk.strategies.integration import Integration
from sym.sdk.target import AccessTarget

__all__ = ["Strategy"]


def _members(resource: Any) -> Any:
    return resource.dict()


class Strategy(Model):
    """How a flow switches access on and off, and for which targets."""

    id: UUID
    type: str
    name: str
    label: Optional[str] = None
    integration: Integration
    targets: List[AccessTarget] = []
    settings: Dict[str, str]
    srn: SRN

    class Config:
        arbitrary_types_allowed = True
        json_encoders = {SymBaseResource: _members, SRN: str}
