"""Ways of switching access on and off that are written in Python."""

from sym.sdk.strategies.access_strategy import AccessStrategy
from sym.sdk.strategies.integration import Integration

__all__ = ["AccessStrategy", "Integration"]
