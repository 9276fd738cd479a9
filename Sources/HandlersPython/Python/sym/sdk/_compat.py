"""The pydantic that the models are built on: version 1, or the version 1 that comes inside version 2.

The behaviours that user code relies on (sym-sdk.md 5) are those of version 1. Where version 2 is installed, errors are
raised as *its* ``ValidationError``, because that is the one that ``from pydantic import ValidationError`` finds.
"""

import importlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Iterator, Type, TypeVar

try:
    import pydantic as _installed
except ImportError:
    raise ImportError(
        "sym.sdk needs pydantic, version 1.10 or 2, which this Python does not have. Install Debian's "
        "python3-pydantic, or run: pip install pydantic"
    ) from None

PYDANTIC_VERSION: str = str(_installed.VERSION)
_IS_V1 = PYDANTIC_VERSION.startswith("1.")

if TYPE_CHECKING or _IS_V1:
    import pydantic as v1
else:
    try:
        from pydantic import v1
    except ImportError:
        raise ImportError(
            "sym.sdk needs pydantic 1.10, or a pydantic 2 that has pydantic.v1; {} is installed".format(
                PYDANTIC_VERSION
            )
        ) from None

Field = v1.Field
validator = v1.validator

AnyModel = TypeVar("AnyModel", bound="Model")


def _of_installed_version(error: Any) -> Any:
    if _IS_V1:
        return error
    core = importlib.import_module("pydantic_core")

    details = [
        core.InitErrorDetails(type=core.PydanticCustomError(each["type"], each["msg"]), loc=each["loc"], input=None)
        for each in error.errors()
    ]
    return core.ValidationError.from_exception_data(error.model.__name__, details)


@contextmanager
def _installed_errors() -> Iterator[None]:
    try:
        yield
    except v1.ValidationError as error:
        raise _of_installed_version(error) from None


class Model(v1.BaseModel):
    """A value with named, validated members (pydantic version 1)."""

    def __init__(self, **data: Any) -> None:
        with _installed_errors():
            super().__init__(**data)

    def __setattr__(self, name: str, value: Any) -> None:
        with _installed_errors():
            super().__setattr__(name, value)

    @classmethod
    def parse_obj(cls: Type[AnyModel], obj: Any) -> AnyModel:
        with _installed_errors():
            return super().parse_obj(obj)

    @classmethod
    def parse_raw(cls: Type[AnyModel], b: Any, **options: Any) -> AnyModel:
        with _installed_errors():
            return super().parse_raw(b, **options)


__all__ = ["PYDANTIC_VERSION", "AnyModel", "Field", "Model", "v1", "validator"]
