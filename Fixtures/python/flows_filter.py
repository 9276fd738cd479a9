"""Shows a person only the flows that are meant for them."""

from sym.sdk.annotations import reducer


@reducer
def get_flows(user, flows, flows_filter_vars):
    hidden = flows_filter_vars.get("hidden", "").split(",")
    return [flow for flow in flows if flow.name not in hidden or user.role == "admin"]
