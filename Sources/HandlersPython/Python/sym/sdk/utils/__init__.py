"""Functions for all kinds of handlers."""

from sym.sdk.utils.user import persist_user_identity

__all__ = ["persist_user_identity"]
