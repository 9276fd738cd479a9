"""Says what people are called elsewhere (SYM-30, 31)."""

from sym.sdk.annotations import reducer
from sym.sdk.request_permission import RequestPermission


@reducer
def get_permissions(event):
    return RequestPermission(webapp_view="admin", approve_deny="admin")


@reducer
def get_identity(event, service_type, external_id, user):
    if service_type == "aws_iam":
        return user.email.partition("@")[0]


@reducer
def get_identity_lookup(event, service_type, external_id, user):
    return user.email.replace("@acme.test", "@corp.acme.test")
