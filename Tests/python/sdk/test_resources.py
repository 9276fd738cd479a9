"""Names, resources and abstract classes (sym-sdk.md 4.2 to 4.6, 4.11 to 4.13)."""

import copy
import json
import pickle
import uuid

import pytest
from .samples import STRATEGY_ID
from sym.sdk import AccessTarget, ApprovalTemplate, Environment, Event, Flow, Run, SRN, SymResource, Template, User
from sym.sdk._compat import v1
from sym.sdk.resource import (
    InvalidSlugError,
    InvalidSRNError,
    InvalidVersionError,
    MissingComponentError,
    MultipleErrors,
    SymBaseResource,
    TrailingSeparatorError,
)
from sym.sdk.secret import Secret, SecretSource
from sym.sdk.strategies import AccessStrategy, Integration
from sym.sdk.strategy import Strategy
from sym.sdk.user import UserIdentity

IDENTIFIER = "33333333-3333-4333-8333-333333333333"

GOOD = [
    "sym:foo-bar:12345-11233:0.1.0:stuff",
    "foo:bar:baz:1.300.0:something",
    "foo:bar:baz:latest",
    "foo_foo:bar:baz:latest",
    "sym:template:approval:1.0.0",
    "sym:template:approval:1.0.0:" + IDENTIFIER,
    "sym:integration:slack:my-integration:latest",
    "sym:access_target:okta_group:test-okta-target:latest",
]


@pytest.mark.parametrize("text", GOOD)
def test_good_names(text):
    srn = SRN.parse(text)
    assert str(srn) == text
    assert srn == text and srn == text.upper() and srn == SRN.parse(text.upper())
    assert hash(srn) == hash(text)
    assert SRN.parse(srn) == srn
    assert pickle.loads(pickle.dumps(srn)) == srn


@pytest.mark.parametrize(
    "text, error, part",
    [
        ("foo", InvalidSRNError, "Invalid SRN 'foo'."),
        ("foo:bar", InvalidSRNError, "Invalid SRN 'foo:bar'."),
        ("foo:bar:baz", InvalidSRNError, "Invalid SRN 'foo:bar:baz'."),
        ("foo:bar:baz:boz", InvalidVersionError, "version"),
        ("foo:bar:baz:1.0:", TrailingSeparatorError, "trailing separator."),
        ("foo:bar:baz:1.0.0::", TrailingSeparatorError, "trailing separator."),
        ("foo:bar:baz:latest:1.0.0:", TrailingSeparatorError, "trailing separator."),
        ("foo:bar:baz:1.3000.0:something", InvalidVersionError, "version"),
        ("foo:bar:baz:latestsomething", InvalidVersionError, "version"),
        ("foo:bar:baz:latest\n", InvalidVersionError, "version"),
        ("foo!foobar:bar:baz:latest:foo", InvalidSlugError, "org"),
        ("foo:b!r:baz:latest:foo", InvalidSlugError, "model"),
        ("foo:bar:b z:latest:foo", InvalidSlugError, "slug"),
        ("foo:bar:baz:latest:f?o", InvalidSlugError, "identifier"),
        ("foo!foobar:bar:baz:1000.0.2000:foo", MultipleErrors, "org"),
        ("sym:integration:missing-type:1.0.0", InvalidSRNError, "type"),
        ("sym:integration:missing-type:1.0.0:x", InvalidSRNError, ""),
        ("sym:integration::empty-type:1.0.0", InvalidSlugError, "type"),
    ],
)
def test_bad_names(text, error, part):
    with pytest.raises(error) as caught:
        SRN.parse(text)
    assert isinstance(caught.value, InvalidSRNError) and part in str(caught.value)
    assert caught.value.doc_url.endswith("/docs/srn") and caught.value.srn
    assert (SRN.parse(GOOD[0]) == text) is False


def test_several_errors_are_all_there():
    with pytest.raises(MultipleErrors) as caught:
        SRN("fo!o", "bar", None, "b z", "1")
    assert [type(each) for each in caught.value.errors] == [InvalidSlugError, InvalidSlugError, InvalidVersionError]
    assert "org" in str(caught.value) and "slug" in str(caught.value) and "version" in str(caught.value)


def test_types_of_names():
    for model in "access_strategy access_target user secret secrets integration log_destination".split():
        assert SRN.requires_type(model) and model in SRN._MODELS_WITH_TYPES
    for model in "flow run template environment runtime error_logger".split():
        assert not SRN.requires_type(model)
    with pytest.raises(InvalidSRNError, match="cannot have a type component"):
        SRN("sym", "flow", "okta", "x", "latest")
    with pytest.raises(MissingComponentError, match="type"):
        SRN("sym", "integration", None, "x", "latest")


def test_components():
    srn = SRN("Sym", "Integration", "Slack", "My-Integration", "1.0.0", "ABC")
    assert str(srn) == "sym:integration:slack:my-integration:1.0.0:abc"
    assert (srn.organization, srn.model, srn.type) == ("sym", "integration", "slack")
    assert (srn.slug, srn.version, srn.identifier) == ("my-integration", "1.0.0", "abc")
    assert repr(srn) == (
        "SRN(org=sym, model=integration, type=slack, slug=my-integration, version=1.0.0, identifier=abc)"
    )
    assert repr(SRN.parse("sym:flow:x:latest")) == "SRN(org=sym, model=flow, slug=x, version=latest)"
    assert SRN.parse("sym:flow:x:latest").type is None
    with pytest.raises(InvalidVersionError):
        SRN("sym", "flow", None, "x", "LATEST")
    assert SRN.parse("sym:flow:x:LATEST").version == "latest"
    assert str(SRN.parse("sym:flow:x:latest:a:b:c")) == "sym:flow:x:latest:a"
    assert (SRN.parse("sym:flow:x:latest") == 7) is False
    assert SRN.SEPARATOR == ":" and SRN.SLUG_PATTERN and SRN.VERSION_PATTERN


def test_copies_of_names():
    flow = SRN.parse("sym:flow:x:latest:a")
    assert str(flow.copy(slug="y", identifier="b")) == "sym:flow:y:latest:b"
    assert str(flow.copy(model="integration", type="slack")) == "sym:integration:slack:x:latest:a"
    assert flow.copy(identifier=None) == flow
    with pytest.raises(MissingComponentError):
        flow.copy(model="integration")
    with pytest.raises(InvalidSRNError):
        SRN.parse("sym:integration:slack:x:latest").copy(model="flow")


def test_names_are_fields_of_models():
    class Named(v1.BaseModel):
        srn: SRN

    assert Named(srn="SYM:flow:x:latest").srn == SRN.parse("sym:flow:x:latest")
    assert Named(srn=SRN.parse("sym:flow:x:latest")).srn.slug == "x"
    with pytest.raises(ValueError, match="Invalid SRN"):
        Named(srn="x")
    schema = Named.schema()["properties"]["srn"]
    assert schema["type"] == "string"
    assert "sym:access_target:okta_group:test-okta-target:latest" in schema["examples"]


class SDKFlow(Flow):
    environment = fields = vars = strategy = None


class Target(AccessTarget):
    label = None
    type = "okta_group"
    settings = {"group": "x"}


class Custom(Integration):
    type = "custom"
    external_id = "main"
    settings = {}


def test_resources():
    resource = SymResource("sym:integration:slack:mine:latest:1")
    assert resource.name == "mine" == resource.slug
    assert (resource.organization, resource.model, resource.type) == ("sym", "integration", "slack")
    assert (resource.version, resource.identifier) == ("latest", "1")
    assert resource == SymResource(SRN.parse("sym:integration:slack:mine:latest:1"))
    assert resource != "sym:integration:slack:mine:latest:1"
    assert len({resource, SymResource(resource.srn)}) == 1
    assert repr(resource) == "SymResource(sym:integration:slack:mine:latest:1)"
    assert resource.dict() == {"name": "mine"}
    assert str(resource) == '{\n  "name": "mine"\n}'
    assert copy.deepcopy(resource) == resource


def test_missing_attributes_do_not_tell_of_our_classes():
    with pytest.raises(AttributeError, match="^'Flow' object has no attribute 'colour'$"):
        SDKFlow("sym:flow:x:latest").colour
    assert repr(SDKFlow("sym:flow:x:latest")) == "Flow(sym:flow:x:latest)"
    incomplete = SymResource.__new__(SymResource)
    for name in ("srn", "_srn", "slug"):
        with pytest.raises(AttributeError):
            getattr(incomplete, name)


def test_members_of_resources():
    class Thing(SymBaseResource):
        number = 1
        flag = True
        text = "x"
        nothing = None
        moment = uuid.UUID(int=0)
        parts = ["a"]
        _hidden = "y"
        name_of = SRN.parse("sym:flow:x:latest")

        @property
        def inner(self):
            return Target("sym:access_target:okta_group:t:latest")

        def method(self):
            return 1

    thing = Thing()
    assert list(thing.dict()) == ["flag", "inner", "number", "parts", "text"]
    assert thing.dict()["inner"] == {"name": "t", "settings": {"group": "x"}, "type": "okta_group"}
    assert json.loads(str(thing)) == thing.dict() and repr(thing) == str(thing)
    assert thing == Thing()
    thing.number = 2
    assert thing != Thing()
    with pytest.raises(TypeError):
        hash(thing)


@pytest.mark.parametrize(
    "kind", [Flow, Run, Event, Environment, AccessTarget, Integration, Secret, SecretSource, User, UserIdentity]
)
def test_interfaces_cannot_be_instantiated(kind):
    with pytest.raises(TypeError, match="Can't instantiate abstract class " + kind.__name__):
        kind()


def test_templates_cannot_be_instantiated():
    with pytest.raises(TypeError, match="Can't instantiate abstract class ApprovalTemplate"):
        ApprovalTemplate("sym:template:approval:1.0.0")
    with pytest.raises(TypeError):
        Template()
    with pytest.raises(TypeError, match="Can't instantiate abstract class AccessStrategy"):
        AccessStrategy(Custom("sym:integration:custom:x:latest"))
    assert issubclass(ApprovalTemplate, Template) and issubclass(Template, SymResource)


def test_flows_need_no_more_than_their_members():
    assert SDKFlow("sym:flow:x:latest").name == "x"


def test_targets():
    target = Target("sym:access_target:okta_group:test:latest")
    assert list(target.dict()) == ["name", "settings", "type"]


def test_strategy_as_json():
    strategy = Strategy(
        id=STRATEGY_ID,
        type="okta",
        name="groups",
        integration=Custom("sym:integration:custom:mine:latest"),
        targets=[Target("sym:access_target:okta_group:test:latest")],
        settings={"a": "b"},
        srn="sym:access_strategy:okta:groups:latest",
    )
    assert strategy.json() == (
        '{"id": "' + STRATEGY_ID + '", "type": "okta", "name": "groups", "label": null, '
        '"integration": {"external_id": "main", "name": "mine", "settings": {}, "type": "custom"}, '
        '"targets": [{"name": "test", "settings": {"group": "x"}, "type": "okta_group"}], '
        '"settings": {"a": "b"}, "srn": "sym:access_strategy:okta:groups:latest"}'
    )
    assert Strategy(**{**strategy.dict(), "targets": []}).targets == []
