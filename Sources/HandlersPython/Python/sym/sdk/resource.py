"""Names of resources, and what all resources have in common."""

import json
import re
from abc import ABC
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Sequence, Union

from sym.sdk.errors import SymSDKError

__all__ = [
    "InvalidSRNError",
    "InvalidSlugError",
    "InvalidVersionError",
    "MissingComponentError",
    "MultipleErrors",
    "SRN",
    "SymBaseResource",
    "SymResource",
    "TrailingSeparatorError",
]

_DOCS_URL = "https://docs.symops.com/docs/srn"
_STRUCTURE = "SRNs have the structure <org>:<model>[:<type>]:<slug>:<version>[:<identifier>]."


class InvalidSRNError(SymSDKError):
    """A text is no SRN."""

    def __init__(self, srn: Any, hint: Optional[str] = None) -> None:
        self.srn = str(srn)
        super().__init__("Invalid SRN '{}'.".format(self.srn), hint or _STRUCTURE, _DOCS_URL)


class InvalidSlugError(InvalidSRNError):
    """A component has characters that it may not have, or none at all."""

    def __init__(self, srn: Any, component: str, value: Any) -> None:
        super().__init__(
            srn,
            "The {} component is '{}'; it must consist of letters, digits, dashes and underscores.".format(
                component, value
            ),
        )


class MissingComponentError(InvalidSRNError):
    """A component is missing."""

    def __init__(self, srn: Any, component: str) -> None:
        super().__init__(srn, "The {} component is missing. {}".format(component, _STRUCTURE))


class InvalidVersionError(InvalidSRNError):
    """The version is neither ``latest`` nor three numbers."""

    def __init__(self, srn: Any, component: str, value: Any) -> None:
        super().__init__(
            srn,
            "The {} component is '{}'; a version is 'latest' or three numbers such as '1.0.0', "
            "each of at most three digits.".format(component, value),
        )


class TrailingSeparatorError(InvalidSRNError):
    """The text ends in a colon."""

    def __init__(self, srn: Any) -> None:
        super().__init__(srn, "An SRN must not end with a trailing separator.")


class MultipleErrors(InvalidSRNError):
    """Several components are wrong."""

    def __init__(self, srn: Any, errors: Sequence[InvalidSRNError] = ()) -> None:
        self.errors: List[InvalidSRNError] = list(errors)
        super().__init__(srn, " ".join(str(error.hint) for error in self.errors) or None)


class SRN:
    """The name of a resource: ``sym:flow:prod-db:latest``, ``sym:run:prod-db:latest:<uuid>``."""

    SEPARATOR = ":"
    SLUG_PATTERN = re.compile(r"[A-Za-z0-9_-]+\Z")
    VERSION_PATTERN = re.compile(r"(latest|[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})\Z")
    _MODELS_WITH_TYPES = frozenset(
        ["access_strategy", "access_target", "integration", "log_destination", "secret", "secrets", "user"]
    )

    __slots__ = ("_org", "_model", "_type", "_slug", "_version", "_identifier")

    def __init__(
        self,
        org: str,
        model: str,
        type: Optional[str],
        slug: str,
        version: str,
        identifier: Optional[str] = None,
    ) -> None:
        self._org = str(org).lower()
        self._model = str(model).lower()
        self._type = None if type is None else str(type).lower()
        self._slug = str(slug).lower()
        self._version = str(version)
        self._identifier = None if identifier is None else str(identifier).lower()
        self._check()

    @classmethod
    def requires_type(cls, model: str) -> bool:
        """Whether names of this model have a type."""
        return str(model).lower() in cls._MODELS_WITH_TYPES

    @classmethod
    def parse(cls, raw: Any) -> "SRN":
        """Reads an SRN, whatever its case. Components beyond the identifier are left out.

        Raises ``InvalidSRNError`` or one of its subclasses.
        """
        text = str(raw).lower()
        if text.endswith(cls.SEPARATOR):
            raise TrailingSeparatorError(text)
        parts = text.split(cls.SEPARATOR)
        if len(parts) < 4:
            raise InvalidSRNError(text)
        org, model, rest = parts[0], parts[1], parts[2:]
        kind: Optional[str] = None
        if cls.requires_type(model):
            if len(parts) < 5:
                raise InvalidSRNError(text, "The model {} needs a type component. {}".format(model, _STRUCTURE))
            kind, rest = rest[0], rest[1:]
        return cls(org, model, kind, rest[0], rest[1], rest[2] if len(rest) > 2 else None)

    def _check(self) -> None:
        errors: List[InvalidSRNError] = []
        for name, value in (("org", self._org), ("model", self._model)):
            if not self.SLUG_PATTERN.match(value):
                errors.append(InvalidSlugError(self, name, value))
        if self.requires_type(self._model):
            if self._type is None:
                errors.append(MissingComponentError(self, "type"))
            elif not self.SLUG_PATTERN.match(self._type):
                errors.append(InvalidSlugError(self, "type", self._type))
        elif self._type is not None:
            errors.append(InvalidSRNError(self, "The model {} cannot have a type component.".format(self._model)))
        if not self.SLUG_PATTERN.match(self._slug):
            errors.append(InvalidSlugError(self, "slug", self._slug))
        if not self.VERSION_PATTERN.match(self._version):
            errors.append(InvalidVersionError(self, "version", self._version))
        if self._identifier is not None and not self.SLUG_PATTERN.match(self._identifier):
            errors.append(InvalidSlugError(self, "identifier", self._identifier))
        if len(errors) == 1:
            raise errors[0]
        if errors:
            raise MultipleErrors(self, errors)

    @property
    def organization(self) -> str:
        """The organization's slug."""
        return self._org

    @property
    def model(self) -> str:
        """What kind of resource it is: ``flow``, ``run``, ``access_target``."""
        return self._model

    @property
    def type(self) -> Optional[str]:
        """The kind within the model, such as ``okta_group``; None where the model has none."""
        return self._type

    @property
    def slug(self) -> str:
        """The resource's own name."""
        return self._slug

    @property
    def version(self) -> str:
        """``latest``, or three numbers."""
        return self._version

    @property
    def identifier(self) -> Optional[str]:
        """What tells instances of the resource apart, usually a UUID."""
        return self._identifier

    def copy(
        self,
        organization: Optional[str] = None,
        model: Optional[str] = None,
        type: Optional[str] = None,
        slug: Optional[str] = None,
        version: Optional[str] = None,
        identifier: Optional[str] = None,
    ) -> "SRN":
        """The same name with some components replaced. A component cannot be taken away."""
        return SRN(
            organization or self._org,
            model or self._model,
            type or self._type,
            slug or self._slug,
            version or self._version,
            identifier or self._identifier,
        )

    def _components(self) -> List[str]:
        components = [self._org, self._model, self._type, self._slug, self._version, self._identifier]
        return [component for component in components if component is not None]

    def __str__(self) -> str:
        return self.SEPARATOR.join(self._components())

    def __repr__(self) -> str:
        members = [("org", self._org), ("model", self._model), ("type", self._type), ("slug", self._slug)]
        members += [("version", self._version), ("identifier", self._identifier)]
        return "SRN({})".format(", ".join("{}={}".format(name, value) for name, value in members if value is not None))

    def __hash__(self) -> int:
        return hash(str(self))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str):
            try:
                other = SRN.parse(other)
            except InvalidSRNError:
                return False
        return isinstance(other, SRN) and self._components() == other._components() and self._type == other._type

    @classmethod
    def __get_validators__(cls) -> Iterator[Callable[[Any], "SRN"]]:
        yield cls._validated

    @classmethod
    def _validated(cls, value: Any) -> "SRN":
        if isinstance(value, SRN):
            return value
        try:
            return cls.parse(value)
        except InvalidSRNError as error:
            raise ValueError(str(error)) from error

    @classmethod
    def __modify_schema__(cls, field_schema: Dict[str, Any]) -> None:
        field_schema.update(type="string", examples=["sym:access_target:okta_group:test-okta-target:latest"])


class SymBaseResource(ABC):
    """Something that flows see. Two are equal when their public members are."""

    def dict(self) -> Dict[str, Any]:
        """The public members that are texts, numbers, booleans, objects, lists, or resources themselves."""
        members: Dict[str, Any] = {}
        for name in sorted(dir(self)):
            if name.startswith("_"):
                continue
            value = getattr(self, name)
            if isinstance(value, SymBaseResource):
                members[name] = value.dict()
            elif isinstance(value, (str, int, dict, list)):
                members[name] = value
        return members

    def __str__(self) -> str:
        return json.dumps(self.dict(), indent=2, default=_json_member)

    def __repr__(self) -> str:
        return str(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SymBaseResource) and self.dict() == other.dict()

    if not TYPE_CHECKING:
        __hash__ = None


def _json_member(value: Any) -> Any:
    return value.dict() if isinstance(value, SymBaseResource) else str(value)


def _shown_name(resource: object) -> str:
    return type(resource).__name__.replace("SDK", "")


class SymResource(SymBaseResource):
    """Something that has an SRN. The SRN's components can be read on it directly."""

    _SRN_COMPONENTS = frozenset(["organization", "model", "type", "slug", "version", "identifier"])

    def __init__(self, srn: Union[SRN, str]) -> None:
        self._srn = srn if isinstance(srn, SRN) else SRN.parse(srn)

    @property
    def srn(self) -> SRN:
        """The resource's name."""
        return self._srn

    @property
    def name(self) -> str:
        """The slug of the SRN."""
        return self._srn.slug

    def __getattr__(self, name: str) -> Any:
        # Only what is not found elsewhere arrives here; `_srn` does so in copies that are not complete yet.
        if name in self._SRN_COMPONENTS and "_srn" in self.__dict__:
            return getattr(self.__dict__["_srn"], name)
        raise AttributeError("'{}' object has no attribute '{}'".format(_shown_name(self), name))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SymResource) and self.srn == other.srn

    def __hash__(self) -> int:
        return hash(str(self.srn))

    def __repr__(self) -> str:
        return "{}({})".format(_shown_name(self), self.srn)
