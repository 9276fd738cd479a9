"""The form that people fill in to make a request."""

from collections import OrderedDict as OrderedDictionary
from enum import Enum
from typing import Any, Dict, List, Optional, OrderedDict

from sym.sdk._compat import Field, Model, validator

__all__ = ["FieldOption", "FieldType", "PromptField", "SlackUserSelection", "SymPromptForm"]

# What Slack shows of an option, and what it sends back for one.
_OPTION_CHARS_MAX = 55


class FieldType(str, Enum):
    """What a field holds. A duration is in seconds."""

    STRING = "string"
    INT = "int"
    BOOL = "bool"
    DURATION = "duration"
    SLACK_USER = "slack_user"
    SLACK_USER_LIST = "slack_user_list"
    STR_LIST = "str_list"
    INT_LIST = "int_list"


class FieldOption(Model):
    """A value that can be chosen, and the label that is shown and searched for it."""

    value: Any = Field(...)
    label: str = Field(..., max_length=_OPTION_CHARS_MAX)

    @validator("value", pre=True, always=True, allow_reuse=True)
    def _check_value(cls, value: Any) -> Any:
        if value is None:
            raise ValueError("value must be non-empty")
        if len(str(value)) > _OPTION_CHARS_MAX:
            raise ValueError("value must be at most {} characters long".format(_OPTION_CHARS_MAX))
        return value


class SlackUserSelection(Model):
    """A person who was chosen in a form. ``username`` is None for somebody whom the server does not know."""

    user_id: str = Field(..., allow_mutation=False)
    username: Optional[str] = Field(None, allow_mutation=False)

    class Config:
        validate_assignment = True


class PromptField(Model):
    """One field of a form. ``required`` counts only while the field is ``visible``."""

    name: str = Field(..., allow_mutation=False)
    type: FieldType = Field(..., allow_mutation=False)
    value: Any = None
    label: Optional[str] = None
    required: bool = True
    current_allowed_values: List[FieldOption] = []
    original_allowed_values: List[FieldOption] = Field([], allow_mutation=False)
    visible: bool = True

    class Config:
        validate_assignment = True


class SymPromptForm(Model):
    """A form as it stands: its fields in the order in which they are shown."""

    fields: OrderedDict[str, PromptField]
    flow_vars: Dict[str, str] = {}
    additional_header_text: Optional[str] = None

    @validator("fields", allow_reuse=True)
    def _in_order(cls, value: Any) -> Any:
        return OrderedDictionary(value)
