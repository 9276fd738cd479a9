"""``sym.sdk.integrations``, under its address of 2020."""

import importlib
import sys

_MODULES = "aws_iam aws_lambda aws_sso boundary github google jira knowbe4 okta onelogin pagerduty slack store sym"

for _name in _MODULES.split():
    _module = importlib.import_module("sym.sdk.integrations." + _name)
    sys.modules[__name__ + "." + _name] = _module
    globals()[_name] = _module

__all__ = _MODULES.split()
