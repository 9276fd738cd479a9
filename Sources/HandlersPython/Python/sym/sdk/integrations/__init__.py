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

from sym.sdk.integrations.aws_iam import *  # noqa: F403
from sym.sdk.integrations.aws_lambda import *  # noqa: F403
from sym.sdk.integrations.aws_sso import *  # noqa: F403
from sym.sdk.integrations.boundary import *  # noqa: F403
from sym.sdk.integrations.github import *  # noqa: F403
from sym.sdk.integrations.google import *  # noqa: F403
from sym.sdk.integrations.knowbe4 import *  # noqa: F403
from sym.sdk.integrations.okta import *  # noqa: F403
from sym.sdk.integrations.onelogin import *  # noqa: F403
from sym.sdk.integrations.pagerduty import *  # noqa: F403
from sym.sdk.integrations.slack import *  # noqa: F403
from sym.sdk.integrations.sym import *  # noqa: F403

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
