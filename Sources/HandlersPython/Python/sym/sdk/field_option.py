"""``FieldOption``, under its older address."""

from sym.sdk.forms import FieldOption

__all__ = ["FieldOption"]
