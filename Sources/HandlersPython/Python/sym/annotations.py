"""``sym.sdk.annotations``, under its address of 2020."""

from sym.sdk.annotations import hook, prefetch, reducer

__all__ = ["hook", "prefetch", "reducer"]
