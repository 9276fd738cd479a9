"""The concrete classes behind events, users and the like, over the JSON of ``symflow_worker/marshal.py``.

Members are made when they are first read: most handlers look at few of them.
"""

from collections import OrderedDict
from datetime import datetime, timezone
from typing import Any, Dict, List, Optional
from uuid import UUID

from sym.sdk._runtime import call, person
from sym.sdk.event import Channel, Event, EventMeta, Payload
from sym.sdk.flow import Environment, Flow, Run
from sym.sdk.forms import FieldOption, FieldType, PromptField, SlackUserSelection, SymPromptForm
from sym.sdk.request_destination import (
    RequestDestination,
    SlackChannelID,
    SlackChannelName,
    SlackUser,
    SlackUserGroup,
)
from sym.sdk.resource import SymResource
from sym.sdk.secret import Secret, SecretSource
from sym.sdk.strategies import Integration
from sym.sdk.strategy import Strategy
from sym.sdk.target import AccessTarget
from sym.sdk.templates import ApprovalTemplate
from sym.sdk.user import User, UserIdentity, UserRole

Data = Dict[str, Any]


class _Lazy:
    """Keeps what was made of its data."""

    _data: Data

    def _once(self, name: str, make: Any) -> Any:
        made = self.__dict__.get(name)
        if made is None:
            made = self.__dict__[name] = make()
        return made


class _Resource(_Lazy, SymResource):
    def __init__(self, data: Data) -> None:
        super().__init__(data["srn"])
        self._data = data


class SDKUserIdentity(UserIdentity):
    def __init__(self, data: Data) -> None:
        self._data = data

    @property
    def service(self) -> str:
        return self._data["service"]  # type: ignore[no-any-return]

    @property
    def service_id(self) -> str:
        return self._data["service_id"]  # type: ignore[no-any-return]

    @property
    def user_id(self) -> str:
        return self._data["user_id"]  # type: ignore[no-any-return]


class SDKUser(_Lazy, User):
    def __init__(self, data: Data) -> None:
        self._data = data

    @property
    def id(self) -> UUID:
        return UUID(self._data["id"])

    @property
    def email(self) -> Optional[str]:
        return self._data.get("email")

    @property
    def username(self) -> str:
        return self._data["username"]  # type: ignore[no-any-return]

    @property
    def type(self) -> str:
        return self._data.get("type") or "normal"

    @property
    def first_name(self) -> Optional[str]:
        return self._data.get("first_name")

    @property
    def last_name(self) -> Optional[str]:
        return self._data.get("last_name")

    @property
    def role(self) -> UserRole:
        return UserRole(self._data["role"])

    @property
    def identities(self) -> Dict[str, List[UserIdentity]]:
        return self._once("_identities", self._make_identities)  # type: ignore[no-any-return]

    def _make_identities(self) -> Dict[str, List[UserIdentity]]:
        identities: Dict[str, List[UserIdentity]] = {}
        for data in self._data.get("identities") or []:
            identities.setdefault(data["service"], []).append(SDKUserIdentity(data))
        return identities

    def identity(self, service_type: str, service_id: Optional[str] = None) -> Optional[UserIdentity]:
        for identity in self.identities.get(service_type, []):
            if service_id is None or identity.service_id == service_id:
                return identity
        return None

    def get_event_count(
        self,
        event_name: Any,
        since: Optional[datetime] = None,
        until: Optional[datetime] = None,
        filter_on: str = "flow",
        include_errored: bool = False,
    ) -> int:
        arguments = {
            "user": person(self),
            "event_name": event_name,
            "since": since,
            "until": until,
            "filter_on": filter_on,
            "include_errored": include_errored,
        }
        return call("user.get_event_count", arguments)  # type: ignore[no-any-return]

    def to_dict(self) -> Data:
        return {
            "id": str(self.id),
            "username": self.username,
            "email": self.email,
            "type": self.type,
            "first_name": self.first_name,
            "last_name": self.last_name,
            "role": self.role.value,
        }


class SDKChannel(_Resource, Channel):
    @property
    def identifier(self) -> Optional[str]:
        return self._data.get("identifier")

    @property
    def type(self) -> str:
        return self._data["type"]  # type: ignore[no-any-return]


class SDKEventMeta(_Resource, EventMeta):
    pass


class SDKApprovalTemplate(ApprovalTemplate):
    pass


# Its steps are class methods with bodies; they are abstract only to keep the public class from being instantiated.
SDKApprovalTemplate.__abstractmethods__ = frozenset()


def _template(srn: str) -> ApprovalTemplate:
    return SDKApprovalTemplate(srn)  # type: ignore[abstract]


class SDKAccessTarget(_Resource, AccessTarget):
    @property
    def label(self) -> Optional[str]:
        return self._data.get("label")

    @property
    def type(self) -> str:
        return self._data["type"]  # type: ignore[no-any-return]

    @property
    def settings(self) -> Data:
        return self._data.get("settings") or {}


class SDKSecretSource(_Resource, SecretSource):
    @property
    def type(self) -> str:
        return self._data["type"]  # type: ignore[no-any-return]

    @property
    def settings(self) -> Data:
        return self._data.get("settings") or {}


class SDKSecret(_Resource, Secret):
    @property
    def id(self) -> str:
        return self._data["id"]  # type: ignore[no-any-return]

    @property
    def path(self) -> str:
        return self._data["path"]  # type: ignore[no-any-return]

    @property
    def source(self) -> SecretSource:
        return self._once("_source", lambda: SDKSecretSource(self._data["source"]))  # type: ignore[no-any-return]

    @property
    def settings(self) -> Data:
        return self._data.get("settings") or {}

    def retrieve_value(self) -> str:
        return call("secret.retrieve_value", {"srn": str(self.srn), "id": self.id})  # type: ignore[no-any-return]


class SDKIntegration(_Resource, Integration):
    @property
    def type(self) -> str:
        return self._data["type"]  # type: ignore[no-any-return]

    @property
    def external_id(self) -> str:
        return self._data["external_id"]  # type: ignore[no-any-return]

    @property
    def settings(self) -> Data:
        return self._once("_settings", self._make_settings)  # type: ignore[no-any-return]

    def _make_settings(self) -> Data:
        settings: Data = dict(self._data.get("settings") or {})
        for name, secret in (self._data.get("secrets") or {}).items():
            settings[name] = [SDKSecret(each) for each in secret] if isinstance(secret, list) else SDKSecret(secret)
        return settings


class SDKEnvironment(_Resource, Environment):
    @property
    def integrations(self) -> Dict[str, Integration]:
        return self._once("_integrations", self._make_integrations)  # type: ignore[no-any-return]

    def _make_integrations(self) -> Dict[str, Integration]:
        return {key: SDKIntegration(data) for key, data in (self._data.get("integrations") or {}).items()}


class SDKFlow(_Resource, Flow):
    @property
    def fields(self) -> Data:
        return self._once("_fields", self._make_fields)  # type: ignore[no-any-return]

    def _make_fields(self) -> Data:
        return {data["name"]: prompt_field(data) for data in self._data.get("fields") or []}

    @property
    def vars(self) -> Dict[str, str]:
        return self._data.get("vars") or {}

    @property
    def environment(self) -> Environment:
        return self._once(  # type: ignore[no-any-return]
            "_environment", lambda: SDKEnvironment(self._data["environment"])
        )

    @property
    def strategy(self) -> Optional[Strategy]:
        data = self._data.get("strategy")
        return None if data is None else self._once("_strategy", lambda: strategy(data))

    @property
    def label(self) -> Optional[str]:
        return self._data.get("label")


class _NoIntegration(Integration):
    """Stands where a strategy has no integration, for Strategy requires one."""

    type = ""
    external_id = ""
    settings: Data = {}


def strategy(data: Data) -> Strategy:
    """STRATEGY as an object."""
    name = SymResource(data["srn"]).name
    integration = data.get("integration")
    return Strategy(
        id=data["id"],
        type=data["type"],
        name=name,
        label=data.get("label"),
        integration=SDKIntegration(integration) if integration else _NoIntegration(data["srn"]),
        targets=[SDKAccessTarget(each) for each in data.get("targets") or []],
        settings=data.get("settings") or {},
        srn=data["srn"],
    )


class SDKRun(_Resource, Run):
    @property
    def actors(self) -> Dict[str, User]:
        return self._once("_actors", self._make_actors)  # type: ignore[no-any-return]

    def _make_actors(self) -> Dict[str, User]:
        return {name: SDKUser(data) for name, data in (self._data.get("actors") or {}).items()}

    @property
    def contexts(self) -> Dict[str, Data]:
        return self._data.get("contexts") or {}

    @property
    def source_channel(self) -> Channel:
        return self._once(  # type: ignore[no-any-return]
            "_source_channel", lambda: SDKChannel(self._data["source_channel"])
        )


class SDKPayload(_Resource, Payload):
    @property
    def srn(self) -> Any:
        return self._srn

    @property
    def timestamp(self) -> datetime:
        return moment(self._data["timestamp"])

    @property
    def fields(self) -> Data:
        return self._once("_fields", self._make_fields)  # type: ignore[no-any-return]

    def _make_fields(self) -> Data:
        return {name: field_value(data["type"], data.get("value")) for name, data in self._data["fields"].items()}

    @property
    def user(self) -> User:
        return self._once("_user", lambda: SDKUser(self._data["user"]))  # type: ignore[no-any-return]


class SDKEvent(_Resource, Event):
    @property
    def name(self) -> str:
        return self._data["name"]  # type: ignore[no-any-return]

    @property
    def payload(self) -> Payload:
        return self._once("_payload", lambda: SDKPayload(self._data["payload"]))  # type: ignore[no-any-return]

    @property
    def meta(self) -> EventMeta:
        return self._once("_meta", lambda: SDKEventMeta(self._data["meta"]))  # type: ignore[no-any-return]

    @property
    def template(self) -> ApprovalTemplate:
        return self._once(  # type: ignore[no-any-return]
            "_template", lambda: _template(self._data["template"]["srn"])
        )

    @property
    def flow(self) -> Flow:
        return self._once("_flow", lambda: SDKFlow(self._data["flow"]))  # type: ignore[no-any-return]

    @property
    def run(self) -> Run:
        return self._once("_run", lambda: SDKRun(self._data["run"]))  # type: ignore[no-any-return]

    @property
    def channel(self) -> Channel:
        return self._once("_channel", lambda: SDKChannel(self._data["channel"]))  # type: ignore[no-any-return]

    @property
    def fields(self) -> Data:
        """``payload.fields``, under its older address."""
        return self.payload.fields

    @property
    def actors(self) -> Dict[str, User]:
        """``run.actors``, under its older address."""
        return self.run.actors

    def get_actor(self, event_name: Any) -> Optional[User]:
        return self.run.actors.get(step_name(event_name))

    def get_context(self, event_name: Any) -> Optional[Data]:
        name = step_name(event_name)
        context = self.run.contexts.get(name)
        return {} if context is None and name in self.run.actors else context


def step_name(step: Any) -> str:
    """The name of a step that is given as a text or an enum's member."""
    return str(getattr(step, "value", step))


def moment(text: str) -> datetime:
    """A time of the JSON, in UTC. Older Pythons do not read the ``Z``."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(timezone.utc)


def selection(data: Data) -> SlackUserSelection:
    return SlackUserSelection(user_id=data["user_id"], username=data.get("username"))


def field_value(kind: str, value: Any) -> Any:
    """A value of TYPED or PLAIN as handlers see it."""
    if value is None:
        return None
    if kind == FieldType.SLACK_USER.value:
        return selection(value)
    if kind == FieldType.SLACK_USER_LIST.value:
        return [selection(each) for each in value]
    if kind == "target":
        return SDKAccessTarget(value)
    return value


def _options(data: Any) -> List[FieldOption]:
    """Options of the configuration as they are: they may be longer than those that handlers make."""
    return [FieldOption.construct(value=each["value"], label=each["label"]) for each in data or []]


def prompt_field(data: Data) -> PromptField:
    """FIELD as an object."""
    members = {name: member for name, member in data.items() if member is not None}
    for name in ("current_allowed_values", "original_allowed_values"):
        members[name] = _options(data.get(name))
    members["value"] = field_value(data["type"], data.get("value"))
    return PromptField(**members)


def prompt_form(data: Data) -> SymPromptForm:
    """FORM as an object."""
    fields = OrderedDict((field["name"], prompt_field(field)) for field in data["fields"])
    return SymPromptForm(
        fields=fields,
        flow_vars=data.get("flow_vars") or {},
        additional_header_text=data.get("additional_header_text"),
    )


def destination(data: Data) -> RequestDestination:
    """DESTINATION as an object."""
    members = {name: member for name, member in data.items() if name != "type"}
    if data["type"] == "slack_user_group":
        members["users"] = [{"user_id": user} for user in data["users"]]
    return RequestDestination.parse_obj(members)


def destination_data(value: Any) -> Data:
    """A destination as DESTINATION. Raises TypeError for anything else."""
    if isinstance(value, User):
        return {"type": "user", "id": str(value.id), "username": value.username, "email": value.email}
    data: Data
    if isinstance(value, SlackChannelID):
        data = {"type": "slack_channel_id", "channel_id": value.channel_id}
    elif isinstance(value, SlackChannelName):
        data = {"type": "slack_channel_name", "channel_name": value.channel_name}
    elif isinstance(value, SlackUser):
        data = {"type": "slack_user", "user_id": value.user_id}
    elif isinstance(value, SlackUserGroup):
        data = {"type": "slack_user_group", "users": [user.user_id for user in value.users]}
    else:
        raise TypeError("{!r} is no destination".format(value))
    data.update(allow_self=value.allow_self, timeout=value.timeout)
    return data
