"""What flows' Python code is written against: decorators, events, people, destinations and integrations."""

import sym as _sym

if getattr(_sym, "initialized", True):
    from sym.sdk.annotations import hook, prefetch, reducer
    from sym.sdk.errors import SymIntegrationError, SymSDKError
    from sym.sdk.event import Channel, Event, EventMeta, Payload
    from sym.sdk.flow import Environment, Flow, Run
    from sym.sdk.forms import FieldOption
    from sym.sdk.integrations import aws_lambda, github, google, okta, onelogin, pagerduty, slack
    from sym.sdk.request_destination import (
        RequestDestination,
        RequestDestinationFallback,
        SlackChannelID,
        SlackChannelName,
        SlackUser,
        SlackUserGroup,
    )
    from sym.sdk.request_permission import PermissionLevel, RequestPermission
    from sym.sdk.resource import SRN, SymResource
    from sym.sdk.target import AccessTarget
    from sym.sdk.templates import ApprovalTemplate, Template
    from sym.sdk.user import User, UserIdentity, UserRole

    __all__ = [
        "AccessTarget",
        "ApprovalTemplate",
        "Channel",
        "Event",
        "EventMeta",
        "FieldOption",
        "Flow",
        "Payload",
        "PermissionLevel",
        "RequestDestination",
        "RequestDestinationFallback",
        "RequestPermission",
        "Run",
        "SRN",
        "SlackChannelID",
        "SlackChannelName",
        "SlackUser",
        "SlackUserGroup",
        "SymIntegrationError",
        "SymResource",
        "SymSDKError",
        "Template",
        "User",
        "UserIdentity",
        "UserRole",
        "aws_lambda",
        "github",
        "google",
        "hook",
        "okta",
        "onelogin",
        "pagerduty",
        "prefetch",
        "reducer",
        "slack",
    ]
else:
    __all__ = []
