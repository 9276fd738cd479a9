"""Adds people to a group that an internal service keeps (custom strategy)."""

from sym.sdk.exceptions import AccessStrategyError
from sym.sdk.integrations import store
from sym.sdk.strategies import AccessStrategy
from sym.sdk.templates import get_step_output


class GroupStrategy(AccessStrategy):
    def fetch_remote_identity(self, user):
        people = store.fetch("people") or {}
        return people.get(user.email)

    def escalate(self, target_id, event):
        name = self.get_requester_identity(event)
        group = event.payload.fields["target"].settings["identifier"]
        if group == "closed":
            raise AccessStrategyError("CLOSED", "The group {} takes nobody.".format(group))
        return {"name": name, "group": group, "target_id": target_id}

    def deescalate(self, target_id, event):
        output = get_step_output("escalate")
        return {"removed": output["name"]}
