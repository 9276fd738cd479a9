"""User code, loaded: its module and the handlers in it."""

import ast
import inspect
import linecache
import sys
from types import ModuleType
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from symflow_worker.failures import Failure

STEPS = ("prompt", "request", "request_forward", "request_expire", "approve", "deny", "escalate", "deescalate")
HOOKS = tuple(prefix + step for prefix in ("on_", "after_") for step in STEPS)
REDUCERS = (
    "get_permissions",
    "get_request_notifications",
    "get_request_destinations",
    "get_approvers",
    "get_identity",
    "get_identity_lookup",
    "get_timeout",
    "get_flows",
)
STRATEGY_METHODS = ("fetch_remote_identity", "escalate", "deescalate")
KINDS = ("implementation", "strategy", "on_change")

# Names of earlier versions (sym-sdk.md 6), by today's.
OLDER_NAMES = {
    "on_expire": "on_request_expire",
    "after_expire": "after_request_expire",
    "get_approver": "get_approvers",
}
_ON_CHANGE = "on_change_"


class Handler(NamedTuple):
    """HANDLER of ``protocol.py``, with the function."""

    name: str
    decorator: str
    field: Optional[str]
    function_name: str
    line: Optional[int]
    parameters: Tuple[str, ...]
    function: Callable[..., Any]

    def data(self) -> Dict[str, Any]:
        return {
            "name": self.name,
            "decorator": self.decorator,
            "field": self.field,
            "function": self.function_name,
            "line": self.line,
            "parameters": list(self.parameters),
        }


class Implementation:
    """One file of user code, executed."""

    def __init__(self, kind: str, source: str, file_name: str) -> None:
        if kind not in KINDS:
            raise Failure("arguments", "{!r} is no kind of source; there are {}.".format(kind, ", ".join(KINDS)))
        self.kind = kind
        self.file_name = file_name
        self.module = _executed(source, file_name)
        self.strategy: Optional[type] = None
        self.handlers: List[Handler] = []
        if kind == "strategy":
            self.strategy = _strategy_class(self.module)
            self.handlers = [_handler(getattr(self.strategy, name), name, "strategy") for name in STRATEGY_METHODS]
        elif kind == "on_change":
            self.handlers = _on_change_functions(self.module)
        else:
            self.handlers = _decorated_functions(self.module)

    def handler(self, name: str, field: Optional[str] = None) -> Handler:
        for handler in self.handlers:
            if handler.name == name and (handler.field == field or name not in ("prefetch", "on_change")):
                return handler
        of = "" if field is None else " for the field {}".format(field)
        raise Failure("unknown", "{} has no handler {}{}.".format(self.file_name, name, of))


def parsed(source: str, file_name: str) -> ast.Module:
    """The source's syntax tree. Raises Failure of kind ``syntax``."""
    try:
        return ast.parse(source, file_name)
    except SyntaxError as error:
        frame = {"file": file_name, "line": error.lineno, "function": "<module>"}
        raise Failure("syntax", error.msg or "invalid syntax", [frame]) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise Failure("syntax", str(error) or type(error).__name__) from None


def _executed(source: str, file_name: str) -> ModuleType:
    tree = parsed(source, file_name)
    stem = file_name.rpartition("/")[2]
    # A prefix, for a file named json.py must not stand in the way of the library.
    module = ModuleType("flow_" + (stem[:-3] if stem.endswith(".py") else stem))
    module.__file__ = file_name
    # Dataclasses and others look a class's module up here; tracebacks show lines from the cache.
    sys.modules[module.__name__] = module
    linecache.cache[file_name] = (len(source), None, source.splitlines(True), file_name)
    exec(compile(tree, file_name, "exec"), module.__dict__)
    return module


def _undecorated(function: Any) -> Any:
    return getattr(function, "_sym_function", function)


def _handler(function: Any, name: str, decorator: str, field: Optional[str] = None) -> Handler:
    inner = _undecorated(function)
    code = getattr(inspect.unwrap(inner), "__code__", None)
    try:
        parameters = tuple(inspect.signature(inner).parameters)
    except (TypeError, ValueError):
        parameters = ()
    line = getattr(code, "co_firstlineno", None)
    return Handler(name, decorator, field, getattr(inner, "__name__", name), line, parameters, function)


def _decorated_functions(module: ModuleType) -> List[Handler]:
    handlers = []
    for name, function in list(vars(module).items()):
        decorator = getattr(function, "_sym_decorator", None) if callable(function) else None
        if decorator == "prefetch":
            handlers.append(_handler(function, "prefetch", decorator, getattr(function, "_sym_field", None)))
        elif isinstance(decorator, str):
            handlers.append(_handler(function, OLDER_NAMES.get(name, name), decorator))
    return handlers


def _on_change_functions(module: ModuleType) -> List[Handler]:
    handlers = []
    for name, function in list(vars(module).items()):
        if name.startswith(_ON_CHANGE) and inspect.isfunction(function) and function.__module__ == module.__name__:
            handlers.append(_handler(function, "on_change", "on_change", name[len(_ON_CHANGE) :]))
    if not handlers:
        raise Failure("load", "{} defines no function on_change_<field>.".format(module.__file__))
    return handlers


def _strategy_class(module: ModuleType) -> type:
    from sym.sdk.strategies import AccessStrategy

    found = [
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, AccessStrategy) and value.__module__ == module.__name__
    ]
    concrete = [value for value in found if not inspect.isabstract(value)]
    if len(concrete) == 1:
        return concrete[0]
    if len(concrete) > 1:
        names = ", ".join(value.__name__ for value in concrete)
        raise Failure("load", "{} defines several strategies: {}.".format(module.__file__, names))
    if found:
        missing = ", ".join(sorted(found[0].__abstractmethods__))
        raise Failure("load", "{} lacks {}.".format(found[0].__name__, missing))
    raise Failure("load", "{} defines no subclass of sym.sdk.strategies.AccessStrategy.".format(module.__file__))
