"""Decorators that make a function of an implementation a handler."""

from typing import Any, Callable, TypeVar

__all__ = ["hook", "prefetch", "reducer"]

AnyFunction = TypeVar("AnyFunction", bound=Callable[..., Any])

_DECORATOR = "_sym_decorator"
_FIELD = "_sym_field"
_FUNCTION = "_sym_function"


def _marked(function: Any, **marks: Any) -> Any:
    for name, value in marks.items():
        try:
            setattr(function, name, value)
        except (AttributeError, TypeError):
            # Built-in functions take no attributes. Such a one is called all the same, but is no handler.
            break
    return function


def hook(fn: AnyFunction) -> AnyFunction:
    """Marks a function that runs before (``on_…``) or after (``after_…``) a step.

    A hook may return a transition of ``ApprovalTemplate``, which replaces what would happen otherwise.
    """
    return _marked(fn, **{_DECORATOR: "hook"})  # type: ignore[no-any-return]


def reducer(fn: AnyFunction) -> AnyFunction:
    """Marks a function (``get_…``) that tells the server something about a request, such as who is asked."""
    return _marked(fn, **{_DECORATOR: "reducer"})  # type: ignore[no-any-return]


def prefetch(field_name: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Marks a function that returns the options (``FieldOption``) of a prompt field, before the form is shown."""

    def decorate(fn: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            return fn(*args, **kwargs)

        marks = {_DECORATOR: "prefetch", _FIELD: field_name, _FUNCTION: fn}
        return _marked(wrapper, **marks)  # type: ignore[no-any-return]

    return decorate
