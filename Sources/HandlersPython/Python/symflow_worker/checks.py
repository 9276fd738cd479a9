"""What is wrong with a source, before anybody makes a request: ``symflow check``."""

import ast
import difflib
import inspect
from typing import Any, Dict, List, Optional, Sequence, Tuple

from symflow_worker.failures import Failure, error_data
from symflow_worker.implementation import (
    HOOKS,
    OLDER_NAMES,
    REDUCERS,
    Handler,
    Implementation,
    parsed,
)

Problem = Dict[str, Any]
# What was found, what was expected, and a hint or None.
Terms = Tuple[str, str, Optional[str]]

_FORWARD_HOOKS = ("on_request_forward", "after_request_forward")
# What the server hands to a handler, where it is not just the event.
_ARGUMENTS: Dict[str, Tuple[str, ...]] = {
    "get_identity": ("event", "service_type", "external_id", "user"),
    "get_identity_lookup": ("event", "service_type", "external_id", "user"),
    "get_flows": ("user", "flows", "flows_filter_vars"),
    "on_change": ("username", "form"),
    "escalate": ("self", "target_id", "event"),
    "deescalate": ("self", "target_id", "event"),
    "fetch_remote_identity": ("self", "user"),
}
_FINAL_METHODS = ("__init__", "get_requester_identity")
_ASKING_REDUCERS = ("get_permissions", "get_approvers")


def inspect_source(
    kind: str, source: str, file_name: str, fields: Optional[Sequence[str]]
) -> Tuple[List[Dict[str, Any]], List[Problem]]:
    """The handlers of a source, and its problems by line."""
    check = _Check(file_name, fields)
    try:
        check.read(parsed(source, file_name), kind)
        implementation = Implementation(kind, source, file_name)
    except BaseException as error:
        if isinstance(error, Failure) and error.kind == "arguments":
            raise
        check.add_failure(error)
        return [], check.sorted_problems()
    check.look_at(implementation)
    return [handler.data() for handler in implementation.handlers], check.sorted_problems()


class _Check:
    def __init__(self, file_name: str, fields: Optional[Sequence[str]]) -> None:
        self._file_name = file_name
        self._fields = fields
        self._lines: Dict[str, int] = {}
        self._problems: List[Problem] = []

    def sorted_problems(self) -> List[Problem]:
        return sorted(self._problems, key=lambda problem: problem["line"] or 0)

    def add(self, severity: str, code: str, message: str, line: Optional[int], terms: Terms) -> None:
        problem = {"severity": severity, "code": code, "message": message, "file": self._file_name, "line": line}
        problem.update(zip(("found", "expected", "hint"), terms))
        self._problems.append(problem)

    def add_failure(self, error: BaseException) -> None:
        data = error_data(error, {self._file_name}, "load")
        line = data["traceback"][-1]["line"] if data["traceback"] else None
        message = data["message"]
        if data["kind"] == "syntax":
            terms: Terms = ("what is no Python ({})".format(message), "Python that this interpreter reads", None)
            self.add("error", "syntax", message, line, terms)
            return
        if data["exception"] and data["exception"] not in message:
            message = "{}: {}".format(data["exception"], message)
        self.add("error", "load", message, line, _load_terms(error, message))

    # The text

    def read(self, tree: ast.Module, kind: str) -> None:
        for node in tree.body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self._read_function(node, kind)
            elif isinstance(node, ast.ClassDef) and kind == "strategy":
                self._read_class(node)

    def _read_function(self, node: Any, kind: str) -> None:
        name = node.name
        if name in self._lines and (name in HOOKS or name in REDUCERS):
            message = "{} is defined a second time; the one in line {} is lost.".format(name, self._lines[name])
            terms = ("a second {}".format(name), "one", "The one in line {} is lost.".format(self._lines[name]))
            self.add("warning", "redefined", message, node.lineno, terms)
        self._lines[name] = node.lineno
        if kind == "implementation" and not node.decorator_list and (name in HOOKS or name in REDUCERS):
            decorator = "hook" if name in HOOKS else "reducer"
            message = "{} is never called: it has no @{}.".format(name, decorator)
            terms = ("{} without a decorator".format(name), "@" + decorator, "It is never called.")
            self.add("warning", "undecorated", message, node.lineno, terms)

        for decorator in node.decorator_list:
            name = getattr(decorator, "attr", getattr(decorator, "id", None))
            if name == "prefetch":
                message = '{} is never called: write @prefetch("name of a field").'.format(node.name)
                terms = ("@prefetch without a field", '@prefetch("name of a field")', "It is never called.")
                self.add("error", "unknown_field", message, node.lineno, terms)

    def _read_class(self, node: ast.ClassDef) -> None:
        for member in node.body:
            if isinstance(member, ast.FunctionDef) and member.name in _FINAL_METHODS:
                message = "{}.{} must not be overridden.".format(node.name, member.name)
                terms = ("{}.{}".format(node.name, member.name), "AccessStrategy's own", "It must not be overridden.")
                self.add("error", "final", message, member.lineno, terms)

    # The loaded functions

    def look_at(self, implementation: Implementation) -> None:
        for handler in implementation.handlers:
            if handler.decorator in ("hook", "reducer"):
                self._check_name(handler)
            self._check_signature(handler)
            if handler.field is not None:
                self._check_field(handler)
        if implementation.kind == "implementation":
            self._check_prefetches(implementation)
            self._check_reducers(implementation)

    def _line(self, handler: Handler) -> Optional[int]:
        return self._lines.get(handler.function_name, handler.line)

    def _check_name(self, handler: Handler) -> None:
        name, line = handler.name, self._line(handler)
        right = "hook" if name in HOOKS else "reducer" if name in REDUCERS else None
        if right is None:
            known = HOOKS if handler.decorator == "hook" else REDUCERS
            near = difflib.get_close_matches(name, list(known) + list(OLDER_NAMES), 1)
            message = "There is no {} {}.".format(handler.decorator, name)
            terms: Terms = (
                "@{} {}".format(handler.decorator, name),
                "one of {}".format(", ".join(known)),
                "Did you mean {}?".format(near[0]) if near else None,
            )
            self.add("error", "unknown_handler", " ".join(filter(None, (message, terms[2]))), line, terms)
        elif right != handler.decorator:
            message = "{} is a {}: it needs @{}, not @{}.".format(name, right, right, handler.decorator)
            terms = ("@{} {}".format(handler.decorator, name), "@" + right, None)
            self.add("error", "wrong_decorator", message, line, terms)

    def _check_signature(self, handler: Handler) -> None:
        function = getattr(handler.function, "_sym_function", handler.function)
        shown, line = handler.function_name, self._line(handler)
        if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
            message, terms = "{} must not be async.".format(shown), ("async def " + shown, "def " + shown, None)
            self.add("error", "signature", message, line, terms)
        elif inspect.isgeneratorfunction(function):
            message = "{} must return a value, not yield any.".format(shown)
            self.add("error", "signature", message, line, ("yield in " + shown, "return", None))
        arguments = _ARGUMENTS.get(handler.name, ("event",))
        possible = [arguments]
        if handler.name in _FORWARD_HOOKS:
            possible = [("event", "context"), ("event",)]
        if not any(_accepts(function, each) for each in possible):
            shown_arguments = [each for each in possible[0] if each != "self"]
            taken = ", ".join(each for each in handler.parameters if each != "self")
            message = "{} is called with ({}), but takes ({}).".format(shown, ", ".join(shown_arguments), taken)
            terms = ("{}({})".format(shown, taken), "{}({})".format(shown, ", ".join(shown_arguments)), None)
            self.add("error", "signature", message, line, terms)

    def _check_field(self, handler: Handler) -> None:
        field = handler.field or ""
        if self._fields is None:
            return
        if handler.decorator == "on_change":
            known = [name.replace("-", "_") for name in self._fields]
        else:
            known = list(self._fields)
        if not isinstance(field, str) or field in known:
            return
        near = difflib.get_close_matches(field, known, 1)
        message = "{} is for the field {!r}, which the flow does not have.".format(handler.function_name, field)
        terms: Terms = (
            "the field {!r} for {}".format(field, handler.function_name),
            "a field of the flow ({})".format(", ".join(known) or "it has none"),
            "Did you mean {}?".format(near[0]) if near else None,
        )
        self.add("error", "unknown_field", " ".join(filter(None, (message, terms[2]))), self._line(handler), terms)

    def _check_prefetches(self, implementation: Implementation) -> None:
        seen: Dict[str, Handler] = {}
        for handler in implementation.handlers:
            if handler.decorator != "prefetch":
                continue
            if not isinstance(handler.field, str):
                message = "@prefetch of {} needs the name of a field.".format(handler.function_name)
                terms: Terms = ("@prefetch({!r})".format(handler.field), '@prefetch("name of a field")', None)
                self.add("error", "unknown_field", message, self._line(handler), terms)
            elif handler.field in seen:
                message = "{} has options for {!r} already; {} is never called.".format(
                    seen[handler.field].function_name, handler.field, handler.function_name
                )
                terms = (
                    "a second @prefetch for {!r}".format(handler.field),
                    "one",
                    "{} is never called.".format(handler.function_name),
                )
                self.add("warning", "redefined", message, self._line(handler), terms)
            else:
                seen[handler.field] = handler

    def _check_reducers(self, implementation: Implementation) -> None:
        names = {handler.name for handler in implementation.handlers}
        if "get_flows" not in names and not names.intersection(_ASKING_REDUCERS):
            message = (
                "There is no reducer get_permissions, so only administrators may decide, "
                "unless the flow's rules say otherwise."
            )
            terms = ("no reducer get_permissions", "one", "Without it, only administrators may decide.")
            self.add("warning", "missing_reducer", message, None, terms)


def _load_terms(error: BaseException, message: str) -> Terms:
    if isinstance(error, ModuleNotFoundError) and error.name:
        name = error.name.partition(".")[0]
        if name == "sym":
            return ("an import of {}".format(error.name), "a module of sym.sdk", None)
        hint = "Install it for the interpreter that SYM_PYTHON names (without it, python3)."
        return ("an import of {}, which is not installed".format(error.name), "a module that is there", hint)
    if isinstance(error, ImportError):
        return (message, "names that the module has", None)
    return (message, "a file that loads", None)


def _accepts(function: Any, arguments: Sequence[str]) -> bool:
    try:
        inspect.signature(function).bind(*arguments)
    except TypeError:
        return False
    except ValueError:
        return True
    return True
