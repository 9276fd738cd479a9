"""Flows: making requests, looking at the form, and calling single handlers."""

import difflib
from types import ModuleType
from typing import Any, Dict, List, Optional

from symflow_testing._durations import Length, seconds
from symflow_testing._people import Person
from symflow_testing._request import Request
from symflow_testing._site import Site, SiteError
from symflow_testing._slack import text_of

_FORM = "sym_form"
_BLOCK = "field."
_TARGET = "target_id"
_DURATION = "duration"
_WAIT_MS = 15000


class NotRequested(AssertionError):
    """The form was not taken, or never came; the text is what the person reads."""

    def __init__(self, text: str, errors: Optional[Dict[str, str]] = None) -> None:
        super().__init__(text)
        self.errors = errors or {}
        """What is wrong, by field."""


class Form:
    """The form of a flow, open in front of somebody."""

    def __init__(self, site: Site, flow: "Flow", person: Person, view: Dict[str, Any]) -> None:
        self._site = site
        self._flow = flow
        self._person = person
        self._view = view

    @property
    def text(self) -> str:
        """Everything that it says."""
        return text_of(self._current())

    @property
    def fields(self) -> List[str]:
        """The names of the fields that it shows, in their order."""
        blocks = [str(block.get("block_id", "")) for block in self._current()["blocks"]]
        return [block[len(_BLOCK) :] for block in blocks if block.startswith(_BLOCK)]

    def options(self, field: str, query: str = "") -> List[str]:
        """The labels that a menu offers; of a menu that searches, those for ``query``."""
        element = self._block(field)["element"]
        if "options" in element:
            return [str(option["text"]["text"]) for option in element["options"]]
        answer = self._site.post("options", user=self._person.id, block_id=_BLOCK + field, query=query)
        return [str(option["text"]["text"]) for option in answer.get("options") or []]

    def fill(self, **fields: Any) -> None:
        """Fills fields in and has the app hear of it, as where a field has an ``on_change``."""
        for name, value in self._entered(fields).items():
            if self._block(name).get("dispatch_action"):
                self._site.post("view/action", user=self._person.id, block_id=_BLOCK + name, value=value)
            else:
                self._site.post("view/input", user=self._person.id, values={_BLOCK + name: value})
        self._site.settle(interactions=True)

    def submit(self, **fields: Any) -> Request:
        """Fills fields in and presses the button. Raises NotRequested with what the form objects to."""
        values = {_BLOCK + name: value for name, value in self._entered(fields).items()}
        before = self._site.ask("runs")
        answer = self._site.post("view/submit", user=self._person.id, values=values)
        errors = {
            str(block)[len(_BLOCK) :] if str(block).startswith(_BLOCK) else str(block): str(text)
            for block, text in (answer.get("errors") or self._current().get("errors") or {}).items()
        }
        if errors:
            raise NotRequested("; ".join("{}: {}".format(*error) for error in errors.items()), errors)
        if not answer.get("ok"):
            raise NotRequested(str(answer.get("message") or answer))
        self._site.settle()
        new = [run for run in self._site.ask("runs") if run not in before]
        if not new:
            raise NotRequested(text_of(self._current()) or "Nothing was requested.")
        self._site.post("view/close", user=self._person.id, all=True)
        return Request(self._site, new[-1])

    def _current(self) -> Dict[str, Any]:
        views = self._site.get("views", user=self._person.id)["views"]
        return views[-1] if views else {"blocks": []}

    def _entered(self, fields: Dict[str, Any]) -> Dict[str, Any]:
        """Values as the form takes them. Menus that search are searched first, as a person would."""
        entered = {}
        for name, value in fields.items():
            entered[name] = self._flow.entered(name, value)
            if self._block(name)["element"]["type"] in ("external_select", "multi_external_select"):
                # By its label; an option that is named by its value must be among the first.
                for query in ["", *map(str, value if isinstance(value, (list, tuple)) else [value])]:
                    self.options(name, query)
        return entered

    def _block(self, field: str) -> Dict[str, Any]:
        for block in self._current()["blocks"]:
            if block.get("block_id") == _BLOCK + field:
                return dict(block)
        raise NotRequested("The form has no field {}; it has {}.".format(field, ", ".join(self.fields)))


class Flow:
    """A flow of the configuration."""

    def __init__(self, site: Site, name: str) -> None:
        self._site = site
        flows = {data["name"]: data for data in site.flows()}
        if name not in flows:
            near = difflib.get_close_matches(name, list(flows), 1)
            hint = " Did you mean {!r}?".format(near[0]) if near else ""
            raise SiteError("There is no flow {!r}; there are {}.{}".format(name, ", ".join(flows), hint))
        self.name = name
        self._data: Dict[str, Any] = flows[name]
        self._module: Optional[ModuleType] = None

    # In Slack

    def form(self, by: Person, target: Optional[str] = None) -> Form:
        """Somebody types ``/sym req`` and sees the form."""
        self._site.post("view/close", user=by.id, all=True)
        words = ["/sym req", self.name] + ([target] if target else [])
        answer = self._site.post("command", user=by.id, channel="@app", text=" ".join(words))
        if not answer.get("ok"):
            raise NotRequested("{} cannot type /sym: {}".format(by, answer.get("message") or answer))
        wanted = {"view": {"user": by.id, "lacks": "Loading…"}}
        found = self._site.post("wait", until=wanted, timeout_ms=_WAIT_MS)
        if not found.get("ok"):
            said = [str(each.get("body") or "") for each in answer.get("deliveries") or []]
            raise NotRequested("No form came. {}".format(" ".join(said)).strip())
        view = found["view"]
        if view.get("callback_id") != _FORM:
            raise NotRequested(text_of(view))
        # Options may still be on their way.
        self._site.settle(interactions=True)
        return Form(self._site, self, by, view)

    def request(
        self, by: Person, target: Optional[str] = None, duration: Optional[Length] = None, **fields: Any
    ) -> Request:
        """Somebody fills the form in and sends it; returns when everybody has been asked, or it is decided.

        ``target`` is the name of a target, ``duration`` such as ``"1h"``; everything else is a field of the flow.
        Raises NotRequested with what the form objects to.
        """
        if duration is not None:
            fields[_DURATION] = duration
        if target is not None:
            fields[_TARGET] = target
        return self.form(by, target).submit(**fields)

    def entered(self, name: str, value: Any) -> Any:
        """A value as the form takes it."""
        kind = next((field["type"] for field in self._data["fields"] if field["name"] == name), "string")
        if isinstance(value, Person):
            return value.id
        if isinstance(value, (list, tuple)):
            plain = [self.entered(name, each) for each in value]
            is_text = kind in ("str_list", "int_list") and not self._has_menu(name)
            return "\n".join(map(str, plain)) if is_text else plain
        if kind == "duration":
            return str(seconds(value))
        if isinstance(value, bool):
            return "true" if value else "false"
        return str(value)

    def _has_menu(self, name: str) -> bool:
        return any(field["name"] == name and field.get("has_menu") for field in self._data["fields"])

    # Single handlers

    @property
    def module(self) -> ModuleType:
        """The flow's implementation, loaded here: its functions can be called like any.

        What they call of the SDK is carried out by the server, for a request of nobody in particular.
        """
        if self._module is None:
            source = self._data["source"]
            if source is None:
                raise SiteError("The flow {} has no implementation in Python.".format(self.name))
            self._module = ModuleType("flow_" + self.name)
            exec(compile(source, self.name + ".py", "exec"), self._module.__dict__)
        return self._module

    def event(
        self,
        step: str = "request",
        *,
        by: Person,
        actor: Optional[Person] = None,
        target: Optional[str] = None,
        duration: Optional[Length] = None,
        channel: str = "slack",
        context: Optional[Dict[str, Any]] = None,
        extras: Optional[Dict[str, Any]] = None,
        **fields: Any,
    ) -> Any:
        """An event as handlers get it, of a request that nobody made.

        ``by`` has made the request, ``actor`` causes this event (without one, the same person). ``channel`` is
        ``slack``, ``sdk`` or ``sym``; ``context`` what came with a request through the API; ``extras`` stand among
        ``event.payload.fields`` beside what was filled in (``decision_message``, …).
        """
        from sym.sdk import _runtime
        from sym.sdk._objects import SDKEvent

        made = self._made(by, target, duration, fields)
        data = self._site.ask(
            "event",
            step=step,
            actor=(actor or by).id,
            channel=channel,
            context=context,
            extras=extras or {},
            **made,
        )
        _runtime.install(_bridge(self._site, made))
        event = SDKEvent(data)
        event.__dict__["_symflow_made"] = made
        return event

    def call(self, handler: str, event: Any, **arguments: Any) -> Any:
        """Calls one handler in a worker, as the server does.

        ``arguments`` are those that it takes beside the event. Returns plain JSON, as ``symflow_worker/marshal.py``
        describes it: ``{"transition": "approve", "reason": …}`` of a hook, for example. Raises SiteError with file and
        line when it fails.
        """
        made = event.__dict__["_symflow_made"]
        return self._site.ask("call", handler=handler, arguments=dict(arguments, event=event._data), **made)

    def _made(
        self, by: Person, target: Optional[str], duration: Optional[Length], fields: Dict[str, Any]
    ) -> Dict[str, Any]:
        if duration is not None:
            fields[_DURATION] = seconds(duration)
        plain = {name: _plain(value) for name, value in fields.items()}
        return {"flow": self.name, "by": by.id, "target": target, "fields": plain}

    def __repr__(self) -> str:
        return "<Flow {}>".format(self.name)


def _plain(value: Any) -> Any:
    if isinstance(value, Person):
        return value.id
    return [_plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def _bridge(site: Site, made: Dict[str, Any]) -> Any:
    """Has the server carry out what functions of the SDK ask for in this process."""
    from sym.sdk import _calls, _runtime

    class TestBridge(_runtime.Bridge):
        idempotency_key = "made"
        run = "made"

        def call(self, name: str, arguments: Dict[str, Any]) -> Any:
            answer = site.ask("sdk", name=name, arguments=arguments, **made)
            if "code" in answer:
                raise _calls.exception(answer)
            return answer.get("value")

    return TestBridge()
