"""The plain JSON of handlers' arguments and values: the contract with the server.

Arguments and values by handler
-------------------------------

Arguments are the members of the ``arguments`` object of ``call``; the value is that of ``result``.

    handler                                   arguments                                       value
    on_S, after_S (S: a step)                 event: EVENT                                    null or TRANSITION
    on_/after_request_forward                 event: EVENT, forward: FORWARD                  null or TRANSITION
    get_permissions                           event: EVENT                                    PERMISSION
    get_request_notifications                 event: EVENT                                    ROUTE
    get_request_destinations                  event: EVENT                                    ROUTE
    get_approvers                             event: EVENT                                    ROUTE
    get_timeout                               event: EVENT                                    null or seconds
    get_identity, get_identity_lookup         event: EVENT or null, service_type, external_id: text,
                                              user: USER                                      null or text
    prefetch                                  event: EVENT, field: name                       [OPTION…]
    on_change                                 username: text, form: FORM, field: name         CHANGES
    get_flows                                 user: USER, flows: [FLOW…],
                                              flows_filter_vars: {text: text}                 [name of a flow…]
    escalate, deescalate (strategy)           event: EVENT, target_id: text, integration: INTEGRATION
                                                                                              null or object
    fetch_remote_identity (strategy)          user: USER, integration: INTEGRATION
                                                                                              null or text

Steps: prompt, request, request_forward, request_expire, approve, deny, escalate, deescalate. A handler that accepts no
``forward`` (one parameter) is called without it. ``field`` picks the function and is not handed to it. ``event`` of
``get_identity`` may be null where there is no request.

What goes in
------------

Absent members are null; null stands for Python's None. SRNs are texts (``sym:flow:prod-db:latest``,
``sym:run:prod-db:latest:<uuid>``); where a resource has a ``srn``, its ``name`` is the SRN's slug. Times are RFC 3339
texts with ``Z``.

    EVENT        {"srn": text, "name": "approve",
                  "payload": {"srn": text, "timestamp": time, "user": USER, "fields": {name: TYPED}},
                  "meta": {"srn": text}, "template": {"srn": text},
                  "flow": FLOW, "run": RUN, "channel": CHANNEL}
                 ``name`` is the step; ``payload.user`` whoever triggered this event.
    TYPED        {"type": "string", "value": …}; types and their values:
                   string: text     int: integer     bool: true or false     duration: integer seconds
                   slack_user: SELECTION     slack_user_list: [SELECTION…]
                   str_list: [text…]     int_list: [integer…]
                   target: TARGET   (of ``fields["target"]``)
                   json: anything   (``decision_message``, ``deescalate_type``, extras of a transition)
                 ``target`` and ``target_id`` (string), ``duration``, ``decision_message``, ``deescalate_type`` stand
                 among the fields.
    SELECTION    {"user_id": "U…", "username": text or null}
    USER         {"id": uuid, "email": text or null, "username": text, "type": "normal" or "bot", "first_name",
                  "last_name": text or null, "role": "admin" or "member" or "guest",
                  "identities": [{"service": "slack", "service_id": "T…", "user_id": "U…"}…]}
    CHANNEL      {"srn": text, "identifier": text or null, "type": "slack" or "sdk" or "sym"}
    RUN          {"srn": text, "actors": {event name: USER}, "contexts": {event name: object},
                  "source_channel": CHANNEL}
                 One entry in ``actors`` per event so far, the current one included. ``contexts`` has ``request`` when
                 the request came with a context; ``get_context`` answers {} for an event that has an actor and none.
    FLOW         {"srn": text, "label": text or null, "vars": {text: text}, "fields": [FIELD…],
                  "environment": {"srn": text, "integrations": {key: INTEGRATION}}, "strategy": STRATEGY or null}
                 ``vars`` without those that begin with ``sym_``; integration keys without ``_id``.
    FIELD        {"name": text, "type": field type, "value": PLAIN, "label": text or null, "required": bool,
                  "visible": bool, "current_allowed_values": [OPTION…], "original_allowed_values": [OPTION…]}
                 PLAIN is the value of TYPED, without the type. In FLOW, ``value`` is the default.
    OPTION       {"value": text, integer or bool, "label": text}
    INTEGRATION  {"srn": text, "type": text, "external_id": text, "settings": {text: text},
                  "secrets": {setting: SECRET or [SECRET…]}}
                 ``secrets`` appear among Python's ``settings``, for settings that name secrets
                 (``{"api_token_secret": SECRET}``, ``{"secrets": [SECRET…]}``); values never go in.
    SECRET       {"srn": text, "id": uuid, "path": text, "settings": object,
                  "source": {"srn": text, "type": text, "settings": object}}
    STRATEGY     {"srn": text, "id": uuid, "type": text, "label": text or null, "integration": INTEGRATION or null,
                  "targets": [TARGET…], "settings": {text: text}}
    TARGET       {"srn": text, "label": text or null, "type": text, "settings": object}
                 In the event's fields, ``settings`` have the bound fields in place.
    FORM         {"fields": [FIELD…] in order, "flow_vars": {text: text}, "additional_header_text": text or null}
    FORWARD      {"all_request_destinations": [DESTINATION…], "current_destination_index": integer,
                  "next_destination_index": integer or null}

What comes out
--------------

    TRANSITION   {"transition": "approve", "reason": text or null, "message": text or null, "target": SRN or null,
                  "duration": seconds or null, "extra": object}
                 ``transition``: prompt, request, approve, deny, escalate, deescalate, ignore. Which of them may follow
                 is for the server to say; here it is only what was returned. ``extra`` goes into the payload.
    PERMISSION   {"webapp_view": LEVEL, "approve_deny": LEVEL, "allow_self_approval": bool}
    LEVEL        "admin", "member", "all_users", or [uuid of a user…]
    ROUTE        {"stages": [STAGE…], "allow_self": bool}; no stages: the handler names nobody
                 ``allow_self``: whether any destination allows it. It matters for ``get_approvers`` alone (the
                 others have ``get_permissions``).
    STAGE        {"destinations": [DESTINATION…], "timeout": seconds or null, "forward_on_failure": bool,
                  "forward_on_timeout": bool}
                 A backup chain in its order. A stage has failed when all of its destinations failed. At its timeout
                 the next stage is told if ``forward_on_timeout`` and there is one; otherwise the request expires.
    DESTINATION  {"type": "slack_channel_id", "channel_id": "C…", "allow_self": bool, "timeout": seconds or null}
                 {"type": "slack_channel_name", "channel_name": "#general", …}     the "#" may be missing
                 {"type": "slack_user", "user_id": "U…", …}
                 {"type": "slack_user_group", "users": ["U…"…], …}     one conversation of 1 to 7 people
                 {"type": "user", "id": uuid, "username": text, "email": text or null}     a Sym user: by e-mail from
                 get_request_notifications, in Slack from get_approvers
    OPTION       as above
    CHANGES      {"fields": {name: {…}}, "additional_header_text": text or null}: only what differs from the form that
                 went in. A field has any of ``value`` (PLAIN), ``label``, ``required``, ``visible``,
                 ``current_allowed_values`` ([OPTION…]).

Objects that strategies return, and values of options, hold texts, numbers, booleans, null, lists and objects with text
keys; UUIDs, enums, SRNs and times become texts. Anything that is not as above is refused by ``ReturnProblem``, which
names what was returned and what is accepted.
"""

from typing import Any, Callable, Dict, List, Optional, Tuple

from sym.sdk import _objects
from sym.sdk._runtime import plain
from sym.sdk.forms import FieldOption, FieldType, PromptField, SlackUserSelection, SymPromptForm
from sym.sdk.notifications import Notification
from sym.sdk.request_destination import RequestDestination, RequestDestinationFallback, RequestForwardContext
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.resource import SRN
from sym.sdk.templates.template import Transition
from sym.sdk.user import User
from symflow_worker.failures import Failure

Data = Dict[str, Any]

_SHOWN_CHARS_MAX = 200


class ReturnProblem(Failure):
    """A handler returned something that it may not return."""

    def __init__(self, handler: str, returned: Any, accepted: str) -> None:
        super().__init__("returned", "{} returned {}. It may return {}.".format(handler, _shown(returned), accepted))


def _shown(value: Any) -> str:
    if value is None:
        return "None"
    try:
        text = repr(value)
    except Exception:
        return "an object of type {}".format(type(value).__name__)
    if len(text) > _SHOWN_CHARS_MAX:
        text = text[:_SHOWN_CHARS_MAX] + "…"
    return "{} ({})".format(text, type(value).__name__)


# Arguments


def arguments(handler: str, data: Data, parameter_count: int) -> Tuple[Any, ...]:
    """The positional arguments of a handler."""
    try:
        return _ARGUMENTS.get(handler, _event_argument)(data, parameter_count)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        reason = "{}: {}".format(type(error).__name__, error)
        raise Failure("arguments", "The arguments of {} cannot be read ({}).".format(handler, reason)) from error


def _event_argument(data: Data, _count: int) -> Tuple[Any, ...]:
    return (_objects.SDKEvent(data["event"]),)


def _forward_arguments(data: Data, count: int) -> Tuple[Any, ...]:
    event = _objects.SDKEvent(data["event"])
    if count < 2:
        return (event,)
    forward = data["forward"]
    context = RequestForwardContext(
        all_request_destinations=[_objects.destination(each) for each in forward["all_request_destinations"]],
        current_destination_index=forward["current_destination_index"],
        next_destination_index=forward.get("next_destination_index"),
    )
    return (event, context)


def _identity_arguments(data: Data, _count: int) -> Tuple[Any, ...]:
    event = data.get("event")
    return (
        None if event is None else _objects.SDKEvent(event),
        data["service_type"],
        data["external_id"],
        _objects.SDKUser(data["user"]),
    )


def _on_change_arguments(data: Data, _count: int) -> Tuple[Any, ...]:
    return (data["username"], _objects.prompt_form(data["form"]))


def _flows_arguments(data: Data, _count: int) -> Tuple[Any, ...]:
    flows = [_objects.SDKFlow(each) for each in data["flows"]]
    return (_objects.SDKUser(data["user"]), flows, dict(data.get("flows_filter_vars") or {}))


def _strategy_arguments(data: Data, _count: int) -> Tuple[Any, ...]:
    return (data["target_id"], _objects.SDKEvent(data["event"]))


def _fetch_arguments(data: Data, _count: int) -> Tuple[Any, ...]:
    return (_objects.SDKUser(data["user"]),)


_ARGUMENTS: Dict[str, Callable[[Data, int], Tuple[Any, ...]]] = {
    "on_request_forward": _forward_arguments,
    "after_request_forward": _forward_arguments,
    "get_identity": _identity_arguments,
    "get_identity_lookup": _identity_arguments,
    "on_change": _on_change_arguments,
    "get_flows": _flows_arguments,
    "escalate": _strategy_arguments,
    "deescalate": _strategy_arguments,
    "fetch_remote_identity": _fetch_arguments,
}


# Values


def value(handler: str, returned: Any, data: Data) -> Any:
    """What a handler returned, as JSON. Raises ReturnProblem. ``data`` are the call's arguments."""
    return _VALUES.get(handler, _transition)(handler, returned, data)


def _transition(handler: str, returned: Any, _data: Data) -> Any:
    if returned is None:
        return None
    if not isinstance(returned, Transition):
        raise ReturnProblem(handler, returned, "None or a transition, such as ApprovalTemplate.approve(reason=…)")
    extra = dict(returned.extra)
    reason, message = extra.pop("reason", None), returned.message
    target, duration = returned.target_srn, returned.duration
    if target is not None:
        try:
            target = target if isinstance(target, SRN) else SRN.parse(target)
        except Exception:
            raise ReturnProblem(handler, returned, "a transition whose target_srn is an SRN") from None
    if duration is not None and (not isinstance(duration, int) or isinstance(duration, bool) or duration <= 0):
        raise ReturnProblem(handler, returned, "a transition whose duration is a number of seconds")
    return {
        "transition": returned.step,
        "reason": None if reason is None else str(reason),
        "message": None if message is None else str(message),
        "target": None if target is None else str(target),
        "duration": duration,
        "extra": _json(handler, extra, "a transition whose extra values are plain JSON"),
    }


def _json(handler: str, returned: Any, accepted: str) -> Any:
    try:
        return plain(returned)
    except (TypeError, ValueError, RecursionError):
        raise ReturnProblem(handler, returned, accepted) from None


def _permission(handler: str, returned: Any, _data: Data) -> Any:
    if not isinstance(returned, RequestPermission):
        raise ReturnProblem(handler, returned, "a RequestPermission")
    return {
        "webapp_view": _level(returned.webapp_view),
        "approve_deny": _level(returned.approve_deny),
        "allow_self_approval": returned.allow_self_approval,
    }


def _level(level: Any) -> Any:
    return level.value if isinstance(level, PermissionLevel) else [str(each) for each in level]


_NOTIFICATIONS = "a list of Notification objects"
_APPROVERS = (
    "a destination (slack.channel, slack.user, slack.group), slack.fallback, or a list of destinations or users"
)


def _notifications(handler: str, returned: Any, _data: Data) -> Any:
    if not isinstance(returned, (list, tuple)) or not all(isinstance(each, Notification) for each in returned):
        raise ReturnProblem(handler, returned, _NOTIFICATIONS)
    return _route([_stage(list(each.destinations), each.timeout, True, True) for each in returned])


def _approvers(handler: str, returned: Any, _data: Data) -> Any:
    if isinstance(returned, RequestDestinationFallback):
        stages = [
            _stage(
                [each], each.timeout, returned.continue_on_delivery_failure, returned.continue_on_timeout
            )
            for each in returned.destinations
        ]
        return _route(stages)
    destinations = list(returned) if isinstance(returned, (list, tuple)) else [returned]
    if not all(isinstance(each, (RequestDestination, User)) for each in destinations):
        raise ReturnProblem(handler, returned, _APPROVERS)
    timeouts = [each.timeout for each in destinations if isinstance(each, RequestDestination) and each.timeout]
    try:
        return _route([_stage(destinations, min(timeouts) if timeouts else None, True, True)] if destinations else [])
    except TypeError:
        raise ReturnProblem(handler, returned, _APPROVERS) from None


def _destinations(handler: str, returned: Any, data: Data) -> Any:
    if isinstance(returned, (list, tuple)) and all(isinstance(each, Notification) for each in returned):
        return _notifications(handler, returned, data)
    try:
        return _approvers(handler, returned, data)
    except ReturnProblem:
        raise ReturnProblem(handler, returned, "{}, {}".format(_NOTIFICATIONS, _APPROVERS)) from None


def _stage(
    destinations: List[Any], timeout: Optional[int], forward_on_failure: bool, forward_on_timeout: bool
) -> Data:
    return {
        "destinations": [_objects.destination_data(each) for each in destinations],
        "timeout": timeout,
        "forward_on_failure": forward_on_failure,
        "forward_on_timeout": forward_on_timeout,
    }


def _route(stages: List[Data]) -> Data:
    allow_self = any(each.get("allow_self") for stage in stages for each in stage["destinations"])
    return {"stages": stages, "allow_self": allow_self}


def _seconds(handler: str, returned: Any, _data: Data) -> Any:
    if returned is None or (isinstance(returned, int) and not isinstance(returned, bool) and returned > 0):
        return returned
    raise ReturnProblem(handler, returned, "None or a number of seconds")


def _identity(handler: str, returned: Any, _data: Data) -> Any:
    if returned is None or isinstance(returned, str):
        return returned or None
    raise ReturnProblem(handler, returned, "None or a text")


def _options(handler: str, returned: Any, data: Data) -> Any:
    name = "{} of {}".format(handler, data.get("field"))
    if not isinstance(returned, (list, tuple)) or not all(isinstance(each, FieldOption) for each in returned):
        raise ReturnProblem(name, returned, "a list of FieldOption objects")
    return [_option(name, each) for each in returned]


def _option(handler: str, option: FieldOption) -> Data:
    shown = _json(handler, option.value, "options whose values are texts, whole numbers or booleans")
    if not isinstance(shown, (str, int)):
        raise ReturnProblem(handler, option, "options whose values are texts, whole numbers or booleans")
    return {"value": shown, "label": option.label}


def _changes(handler: str, returned: Any, data: Data) -> Any:
    name = "on_change_{}".format(str(data.get("field")).replace("-", "_"))
    if not isinstance(returned, SymPromptForm):
        raise ReturnProblem(name, returned, "the form that it was given")
    before = {field["name"]: field for field in data["form"]["fields"]}
    if set(returned.fields) != set(before):
        names = sorted(returned.fields)
        raise ReturnProblem(name, names, "the form with the fields that it had: {}".format(", ".join(sorted(before))))
    changes: Data = {"fields": {}}
    for key, field in returned.fields.items():
        changed = _field_changes(name, field, before[key])
        if changed:
            changes["fields"][key] = changed
    if returned.additional_header_text != data["form"].get("additional_header_text"):
        changes["additional_header_text"] = returned.additional_header_text
    return changes


def _field_changes(handler: str, field: PromptField, before: Data) -> Data:
    original = _objects.prompt_field(before)
    if (field.name, field.type) != (original.name, original.type):
        raise ReturnProblem(handler, field, "fields with the names and types that they had")
    changes: Data = {}
    for name in ("label", "required", "visible"):
        if getattr(field, name) != getattr(original, name):
            changes[name] = getattr(field, name)
    if field.value != original.value or type(field.value) is not type(original.value):
        changes["value"] = _field_value(handler, field)
    if field.current_allowed_values != original.current_allowed_values:
        changes["current_allowed_values"] = [_option(handler, each) for each in field.current_allowed_values]
    return changes


def _is_text(each: Any) -> bool:
    return isinstance(each, str)


def _is_number(each: Any) -> bool:
    return isinstance(each, int) and not isinstance(each, bool)


def _is_flag(each: Any) -> bool:
    return isinstance(each, bool)


def _is_selection(each: Any) -> bool:
    return isinstance(each, SlackUserSelection)


# Whether a value is a list, what its elements are, and the words for it.
_FIELD_VALUES: Dict[FieldType, Tuple[bool, Callable[[Any], bool], str]] = {
    FieldType.STRING: (False, _is_text, "a text"),
    FieldType.INT: (False, _is_number, "a whole number"),
    FieldType.BOOL: (False, _is_flag, "True or False"),
    FieldType.DURATION: (False, _is_number, "a number of seconds"),
    FieldType.SLACK_USER: (False, _is_selection, "a SlackUserSelection"),
    FieldType.SLACK_USER_LIST: (True, _is_selection, "a list of SlackUserSelection objects"),
    FieldType.STR_LIST: (True, _is_text, "a list of texts"),
    FieldType.INT_LIST: (True, _is_number, "a list of whole numbers"),
}


def _field_value(handler: str, field: PromptField) -> Any:
    if field.value is None:
        return None
    is_list, matches, words = _FIELD_VALUES[field.type]
    elements = field.value if is_list and isinstance(field.value, (list, tuple)) else [field.value]
    if is_list != isinstance(field.value, (list, tuple)) or not all(matches(each) for each in elements):
        accepted = "None or {} as the value of {}".format(words, field.name)
        raise ReturnProblem(handler, field.value, accepted)
    return plain(field.value)


def _flows(handler: str, returned: Any, data: Data) -> Any:
    offered = [_objects.SDKFlow(each) for each in data["flows"]]
    if not isinstance(returned, (list, tuple)) or not all(each in offered for each in returned):
        raise ReturnProblem(handler, returned, "a list of some of the flows that it was given")
    return [each.name for each in returned]


def _output(handler: str, returned: Any, _data: Data) -> Any:
    accepted = "None or a dict of plain JSON"
    if returned is not None and not isinstance(returned, dict):
        raise ReturnProblem(handler, returned, accepted)
    return _json(handler, returned, accepted)


_VALUES: Dict[str, Callable[[str, Any, Data], Any]] = {
    "get_permissions": _permission,
    "get_request_notifications": _notifications,
    "get_request_destinations": _destinations,
    "get_approvers": _approvers,
    "get_timeout": _seconds,
    "get_identity": _identity,
    "get_identity_lookup": _identity,
    "fetch_remote_identity": _identity,
    "prefetch": _options,
    "on_change": _changes,
    "get_flows": _flows,
    "escalate": _output,
    "deescalate": _output,
}
