"""The models: defaults, validation, texts, JSON (sym-sdk.md 4.7 to 4.10, 5)."""

import json
import uuid

import pydantic
import pytest
from .samples import ADA_ID
from sym.sdk import request_destination
from sym.sdk.field_option import FieldOption as SameFieldOption
from sym.sdk.forms import FieldOption, FieldType, PromptField, SlackUserSelection, SymPromptForm
from sym.sdk.notifications import Notification
from sym.sdk.request_destination import (
    RequestDestination,
    RequestDestinationFallback,
    RequestForwardContext,
    SlackChannelID,
    SlackChannelName,
    SlackRequestDestination,
    SlackUser,
    SlackUserGroup,
)
from sym.sdk.request_permission import PermissionLevel, RequestPermission
from sym.sdk.user import User, UserRole, user_ids

USE_IDS = r"Use sym.sdk.user.user_ids\(\) to convert List\[User\] to List\[UUID\]."


def test_errors_are_those_of_the_pydantic_that_is_installed():
    with pytest.raises(pydantic.ValidationError) as caught:
        RequestPermission(webapp_view="admin")
    assert isinstance(caught.value, ValueError)
    assert "approve_deny" in str(caught.value) and "field required" in str(caught.value)


# RequestPermission


@pytest.mark.parametrize("given", ["admin", PermissionLevel.ADMIN])
def test_permission_levels_may_be_texts(given):
    permission = RequestPermission(webapp_view=given, approve_deny="all_users")
    assert permission.webapp_view is PermissionLevel.ADMIN
    assert permission.approve_deny is PermissionLevel.ALL_USERS
    assert permission.allow_self_approval is False


@pytest.mark.parametrize("given", [ADA_ID, uuid.UUID(ADA_ID)])
def test_permissions_may_be_ids(given):
    permission = RequestPermission(webapp_view=[given], approve_deny=[given])
    assert permission.approve_deny == [uuid.UUID(ADA_ID)]


@pytest.mark.parametrize(
    "given, text",
    [
        (None, "Input cannot be empty"),
        ("", "Input cannot be empty"),
        ([], "Input cannot be empty"),
        (["ada"], "Invalid input. " + USE_IDS),
        ([7], "Invalid input. " + USE_IDS),
        ([None], "Invalid input. " + USE_IDS),
        ("ADMIN", r"Must be a PermissionLevel or List\[UUID\]. " + USE_IDS),
        ("nobody", r"Must be a PermissionLevel or List\[UUID\]. " + USE_IDS),
        ((ADA_ID,), r"Must be a PermissionLevel or List\[UUID\]. " + USE_IDS),
        ({ADA_ID}, r"Must be a PermissionLevel or List\[UUID\]. " + USE_IDS),
        (7, r"Must be a PermissionLevel or List\[UUID\]. " + USE_IDS),
    ],
)
def test_bad_permissions(given, text):
    with pytest.raises(pydantic.ValidationError, match=text):
        RequestPermission(webapp_view="admin", approve_deny=given)
    with pytest.raises(ValueError, match=text):
        RequestPermission(webapp_view=given, approve_deny="admin")


def test_permission_as_json():
    permission = RequestPermission(webapp_view="member", approve_deny=[ADA_ID], allow_self_approval=True)
    assert permission.json() == (
        '{"webapp_view": "member", "approve_deny": ["' + ADA_ID + '"], "allow_self_approval": true}'
    )
    assert RequestPermission.parse_raw(permission.json()) == permission


# Destinations


@pytest.mark.parametrize(
    "destination, text, data",
    [
        (SlackChannelID(channel_id=" C12345 "), "SlackChannelID 'C12345'", {"channel_id": "C12345"}),
        (SlackChannelID(channel_id="D1"), "SlackChannelID 'D1'", {"channel_id": "D1"}),
        (SlackChannelID(channel_id="G1"), "SlackChannelID 'G1'", {"channel_id": "G1"}),
        (SlackChannelName(channel_name=" #general"), "SlackChannelName '#general'", {"channel_name": "#general"}),
        (SlackChannelName(channel_name="general"), "SlackChannelName 'general'", {"channel_name": "general"}),
        (SlackUser(user_id="U12345 "), "SlackUser 'U12345'", {"user_id": "U12345"}),
        (SlackUser(user_id="W12345"), "SlackUser 'W12345'", {"user_id": "W12345"}),
    ],
)
def test_destination(destination, text, data):
    assert str(destination) == text
    assert destination.dict() == {"allow_self": False, "timeout": None, **data}
    assert list(destination.dict())[:2] == ["allow_self", "timeout"]
    assert isinstance(destination, SlackRequestDestination)
    for reader in (RequestDestination, SlackChannelID, SlackUserGroup):
        assert reader.parse_obj(destination.dict()) == destination
        assert type(reader.parse_raw(destination.json())) is type(destination)


def test_group():
    group = SlackUserGroup(users=[SlackUser(user_id="U12345"), {"user_id": "U6789"}], allow_self=True, timeout=60)
    assert str(group) == "SlackUserGroup '['U12345', 'U6789']'"
    assert group.users[1].mention() == "<@U6789>"
    assert list(group.dict()) == ["allow_self", "timeout", "users"]
    assert RequestDestination.parse_raw(group.json()) == group


@pytest.mark.parametrize(
    "make, text",
    [
        (lambda: SlackChannelID(channel_id=" "), "channel_id must be non-empty"),
        (lambda: SlackChannelID(channel_id="X1"), "is not a valid Slack Channel ID"),
        (lambda: SlackChannelName(channel_name=""), "channel_name must be non-empty"),
        (lambda: SlackUser(user_id=""), "user_id must be non-empty"),
        (
            lambda: SlackUser(user_id="C1"),
            "C1 is not a valid Slack User ID. Slack User IDs must start with 'U' or 'W'.",
        ),
        (lambda: SlackUserGroup(users=[]), "ensure this value has at least 1 items"),
        (lambda: SlackUserGroup(users=[{"user_id": "U1"}] * 8), "ensure this value has at most 7 items"),
    ],
)
def test_bad_destinations(make, text):
    with pytest.raises(pydantic.ValidationError, match=text):
        make()


def test_data_of_unknown_destinations():
    with pytest.raises(ValueError, match="Unknown type of RequestDestination"):
        RequestDestination.parse_obj({"allow_self": True})
    with pytest.raises(ValueError, match=r"^Failed to parse RequestDestination data: (.|\n)*not a valid Slack User ID"):
        RequestDestination.parse_obj({"user_id": "x"})
    with pytest.raises(ValueError, match="Failed to parse RequestDestination data"):
        RequestDestination.parse_raw("no json")
    with pytest.raises(ValueError, match="Failed to parse RequestDestination data"):
        RequestDestination.parse_obj(7)


def test_the_class_is_looked_up_when_data_is_read(monkeypatch):
    def fail(self, **data):
        raise RuntimeError("boom!")

    monkeypatch.setattr(request_destination.SlackChannelName, "__init__", fail)
    with pytest.raises(ValueError, match="Failed to parse RequestDestination data: boom!"):
        RequestDestination.parse_obj({"channel_name": "#general"})


def test_the_first_member_that_is_known_decides():
    data = {"users": [{"user_id": "U1"}], "user_id": "U2", "channel_id": "C1", "channel_name": "x"}
    for kind, member in [
        (SlackChannelName, "channel_name"),
        (SlackChannelID, "channel_id"),
        (SlackUser, "user_id"),
        (SlackUserGroup, "users"),
    ]:
        assert type(RequestDestination.parse_obj(data)) is kind
        del data[member]


def test_data_of_the_earliest_versions():
    data = {"lookup_type": "username", "lookup_keys": ["@ada"], "allow_self": True}
    parsed = RequestDestination.parse_obj(data)
    assert type(parsed) is RequestDestination and parsed.allow_self
    with pytest.raises(ValueError, match="Unknown type"):
        RequestDestination.parse_obj({"lookup_type": "username", "allow_self": True})
    with pytest.raises(ValueError):
        RequestDestination.parse_obj({"lookup_type": "phone", "lookup_keys": [], "allow_self": True})


def test_chains_keep_their_destinations_classes():
    fallback = RequestDestinationFallback(destinations=[{"channel_name": "#a"}, SlackUser(user_id="U1")])
    assert [type(each) for each in fallback.destinations] == [SlackChannelName, SlackUser]
    assert (fallback.continue_on_delivery_failure, fallback.continue_on_timeout) == (True, False)
    assert not isinstance(fallback, RequestDestination)
    assert RequestDestinationFallback.parse_raw(fallback.json()) == fallback
    forward = RequestForwardContext(all_request_destinations=fallback.destinations, current_destination_index=0)
    assert forward.next_destination_index is None


def test_models_are_values():
    first, second = SlackUser(user_id="U1"), SlackUser(user_id="U1", unknown="ignored")
    assert first == second and not hasattr(second, "unknown")
    second.timeout = 5
    assert first != second and second.copy(update={"timeout": None}) == first
    with pytest.raises(TypeError):
        hash(first)
    with pytest.raises(TypeError):
        SlackUser("U1")


# Notifications


def make_user():
    from .samples import user
    from sym.sdk._objects import SDKUser

    return SDKUser(user())


class SmallUser(User):
    """As an author's test would have it."""

    id = uuid.UUID(ADA_ID)
    email = username = "ada@acme.test"
    type = "normal"
    first_name = last_name = None
    identities = {}
    role = UserRole.MEMBER

    def identity(self, service_type, service_id=None):
        return None

    def get_event_count(self, *arguments, **options):
        return 0

    def to_dict(self):
        return {"id": str(self.id), "username": self.username}


def test_notification_as_json():
    notification = Notification(destinations=[SlackChannelName(channel_name="#general"), SmallUser()])
    assert notification.json() == (
        '{"destinations": [{"allow_self": false, "timeout": null, "channel_name": "#general"}, '
        '{"id": "' + ADA_ID + '", "username": "ada@acme.test"}], "timeout": null}'
    )
    assert json.loads(Notification(destinations=[make_user()]).json())["destinations"][0]["id"] == ADA_ID


@pytest.mark.parametrize(
    "destination",
    [
        SlackChannelName(channel_name="#a"),
        SlackChannelID(channel_id="C1"),
        SlackUser(user_id="U1", timeout=7),
        SlackUserGroup(users=[SlackUser(user_id="U1")], allow_self=True),
    ],
)
def test_notifications_round_trip(destination):
    notification = Notification(destinations=[destination], timeout=5)
    for again in (Notification.parse_obj(notification.dict()), Notification.parse_raw(notification.json())):
        assert again == notification
        assert type(again.destinations[0]) is type(destination)


@pytest.mark.parametrize(
    "destinations, text",
    [
        ([], "ensure this value has at least 1 items"),
        (["#general"], "destinations"),
        ([RequestDestinationFallback(destinations=[SlackUser(user_id="U1")])], "destinations"),
        (
            [SlackUser(user_id="U1"), SlackChannelID(channel_id="C1")],
            "Only one SlackRequestDestination is allowed per Notification.",
        ),
    ],
)
def test_bad_notifications(destinations, text):
    with pytest.raises(pydantic.ValidationError, match=text):
        Notification(destinations=destinations)


def test_user_ids():
    assert user_ids([make_user(), SmallUser()]) == [uuid.UUID(ADA_ID)] * 2


# Forms


def test_field_types():
    assert {each.value for each in FieldType} == {
        "string", "int", "bool", "duration", "slack_user", "slack_user_list", "str_list", "int_list"
    }
    assert FieldType.INT == "int"


def test_options():
    option = FieldOption(value="", label="x" * 55)
    assert option.value == "" and SameFieldOption is FieldOption
    for value, label, text in [
        ("x", "y" * 56, "ensure this value has at most 55 characters"),
        (None, "y", "value must be non-empty"),
        ("x" * 56, "y", "55 characters"),
        (10**55, "y", "55 characters"),
    ]:
        with pytest.raises(ValueError, match=text):
            FieldOption(value=value, label=label)
    with pytest.raises(ValueError):
        FieldOption(label="no value")


def test_selections_do_not_change():
    selection = SlackUserSelection(user_id="U1", username="ada@acme.test")
    assert "{}".format(selection) == "user_id='U1' username='ada@acme.test'"
    for name in ("user_id", "username"):
        with pytest.raises(TypeError, match="cannot be assigned"):
            setattr(selection, name, "x")
    assert SlackUserSelection(user_id="U1", username=None).username is None


def test_prompt_field_defaults():
    field = PromptField(name="reason", type="string")
    assert field.type is FieldType.STRING
    assert (field.value, field.label, field.required, field.visible) == (None, None, True, True)
    assert field.current_allowed_values == [] == field.original_allowed_values
    field.current_allowed_values.append(FieldOption(value=1, label="one"))
    assert PromptField(name="other", type="int").current_allowed_values == []


def test_prompt_field_assignment():
    field = PromptField(name="reason", type="string", original_allowed_values=[{"value": "a", "label": "A"}])
    for name, value in [("name", "x"), ("type", "int"), ("original_allowed_values", [])]:
        with pytest.raises(TypeError, match="cannot be assigned"):
            setattr(field, name, value)
    field.current_allowed_values = [{"value": "b", "label": "B"}]
    assert field.current_allowed_values == [FieldOption(value="b", label="B")]
    field.value, field.label, field.visible = "b", "Why?", False
    with pytest.raises(pydantic.ValidationError):
        field.required = "perhaps"
    assert field.required is True
    with pytest.raises(ValueError):
        field.colour = "red"


def test_forms_keep_their_order():
    data = {"fields": {"b": {"name": "b", "type": "int", "value": 1}, "a": {"name": "a", "type": "bool"}}}
    form = SymPromptForm.parse_obj(data)
    assert list(form.fields) == ["b", "a"] and isinstance(form.fields["a"], PromptField)
    assert form.flow_vars == {} and form.additional_header_text is None
    assert SymPromptForm.parse_raw(form.json()) == form
    with pytest.raises(pydantic.ValidationError):
        SymPromptForm(fields={"a": {"name": "a", "type": "colour"}})


def test_roles():
    assert UserRole.ADMIN.permission_levels() == set(PermissionLevel)
    assert UserRole.MEMBER.permission_levels() == {PermissionLevel.MEMBER, PermissionLevel.ALL_USERS}
    assert UserRole.GUEST.permission_levels() == {PermissionLevel.ALL_USERS}
    assert UserRole("guest") == "guest"
