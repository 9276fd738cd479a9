"""Systems that handlers can ask and act in. Each module is one system.

Their functions are here as well, but several modules have some of the same name: import the modules.
"""

from sym.sdk.integrations import (
    aws_iam,
    aws_lambda,
    aws_sso,
    boundary,
    github,
    google,
    knowbe4,
    okta,
    onelogin,
    pagerduty,
    slack,
    sym,
)

from sym.sdk.integrations.aws_iam import *
from sym.sdk.integrations.aws_lambda import *
from sym.sdk.integrations.aws_sso import *
from sym.sdk.integrations.boundary import *
from sym.sdk.integrations.github import *
from sym.sdk.integrations.google import *  # type: ignore[assignment]
from sym.sdk.integrations.knowbe4 import *  # type: ignore[assignment]
from sym.sdk.integrations.okta import *  # type: ignore[assignment]
from sym.sdk.integrations.onelogin import *
from sym.sdk.integrations.pagerduty import *
from sym.sdk.integrations.slack import *  # type: ignore[assignment]
from sym.sdk.integrations.sym import *

__all__ = [
    "aws_iam",
    "aws_lambda",
    "aws_sso",
    "boundary",
    "github",
    "google",
    "knowbe4",
    "okta",
    "onelogin",
    "pagerduty",
    "slack",
    "sym",
]
