"""The sample implementations, run by a worker as the server would."""

import http.server
import json
import threading

import pytest
from . import samples
from .places import FIXTURES
from .samples import ADA_ID, TARGET_ID, typed

KINDS = {"on_change_urgency": "on_change", "group_strategy": "strategy"}


def load(worker, name, **members):
    path = FIXTURES / (name + ".py")
    kind = KINDS.get(name, "implementation")
    answer = worker.load(path.read_text(), kind=kind, file_name=path.name, **members)
    assert answer["type"] == "loaded", answer
    return [(each["name"], each["field"]) for each in answer["handlers"]]


@pytest.mark.parametrize("path", sorted(FIXTURES.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_is_wrong_with(worker, path):
    kind = KINDS.get(path.stem, "implementation")
    answer = worker.inspect(path.read_text(), kind=kind, file_name=path.name)
    assert [each for each in answer["problems"] if each["severity"] == "error"] == [] and answer["handlers"]


def test_everything_is_approved(worker):
    load(worker, "fast_track_all")
    assert worker.value("on_request", event=samples.event())["transition"] == "approve"
    assert worker.value("get_permissions", event=samples.event())["approve_deny"] == "member"
    route = worker.value("get_request_notifications", event=samples.event())
    assert route["stages"][0]["destinations"][0]["channel_name"] == "#approvals"


def test_emergencies_are_approved(worker):
    load(worker, "fast_track_urgency")
    worker.answers["slack.user"] = {"user_id": "U0ADA"}
    fields = {"urgency": typed("string", "Emergency"), "target": typed("target", samples.target())}
    value = worker.value("on_request", event=samples.event(fields=fields))
    assert (value["transition"], value["reason"]) == ("approve", "An emergency")
    name, arguments = worker.requests[-1]
    assert name == "slack.send_message" and arguments["destination"]["channel_name"] == "#security"
    assert arguments["message"] == "<@U0ADA> was given access to Orders database without waiting."
    fields["urgency"] = typed("string", "Normal")
    assert worker.value("on_request", event=samples.event(fields=fields)) is None
    assert len(worker.requests) == 2


class Pipeline(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((self.path, self.headers["Authorization"], json.loads(body)))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'{"state": "running"}')

    def log_message(self, *arguments):
        pass


def test_a_pipeline_goes_on(worker):
    server = http.server.HTTPServer(("127.0.0.1", 0), Pipeline)
    server.seen = []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    load(worker, "pipeline_approval")
    flow = samples.flow(channel="#builds", url="http://127.0.0.1:{}".format(server.server_port))
    actors = {"request": samples.user(), "approve": samples.bob()}
    event = samples.event("approve", {"build": typed("int", 7)}, actors, by=samples.bob(), of=flow)
    worker.answers["secret.retrieve_value"] = "hunter2"
    assert worker.value("after_approve", event=event) is None
    assert server.seen == [("/builds/7/continue", "Bearer hunter2", {"approved_by": "bob@acme.test"})]
    assert worker.requests[-1] == ("slack.send_thread_message", {"message": "The build goes on: running"})
    worker.answers["slack.send_thread_message"] = {"code": "Slack:NO_THREAD", "message": "Not sent to Slack."}
    assert worker.value("after_approve", event=event) is None
    assert worker.printed == [("stdout", "nobody was told: Not sent to Slack.")]
    server.shutdown()
    server.server_close()
    error = worker.error("after_approve", event=event)
    assert error["exception"] == "URLError" and error["traceback"][-1]["function"] == "after_approve"


def test_an_empty_diff_is_approved(worker):
    load(worker, "pipeline_approval")
    assert worker.value("on_request", event=samples.event())["reason"] == "Nothing changes."
    full = samples.event(contexts={"request": {"diff.txt": "+1"}})
    assert worker.value("on_request", event=full) is None


def test_only_listed_people_approve(worker):
    load(worker, "allow_list")
    flow = samples.flow(approvers="ada@acme.test, dana@acme.test")

    def approve(by, kind="slack"):
        return worker.value("on_approve", event=samples.event("approve", by=by, of=flow, where=samples.channel(kind)))

    assert approve(samples.user()) is None and approve(samples.bob(), "sdk") is None
    refused = approve(samples.bob())
    assert (refused["transition"], refused["message"]) == ("ignore", "You are not on the list of approvers.")
    assert worker.value("get_approvers", event=samples.event())["allow_self"] is True


def test_backups_are_asked(worker):
    load(worker, "backups")
    worker.answers["slack.user"] = {"user_id": "U0BOB"}
    worker.answers["sym.get_or_create_users_by_emails"] = [samples.user()]
    event = samples.event(of=samples.flow(approvers="ada@acme.test", first="bob@acme.test"))
    assert worker.value("get_permissions", event=event)["approve_deny"] == [ADA_ID]
    route = worker.value("get_request_notifications", event=event)
    assert [each["timeout"] for each in route["stages"]] == [600, 1800]
    forward = {
        "all_request_destinations": [each["destinations"][0] for each in route["stages"]],
        "current_destination_index": 0,
        "next_destination_index": 1,
    }
    assert worker.value("after_request_forward", event=event, forward=forward) is None
    assert worker.requests[-1] == ("slack.send_thread_message", {"message": "Place 2 of 2"})


def test_all_pages_are_offered(worker):
    assert ("prefetch", "ticket") in load(worker, "prefetch_pages")
    options = worker.value("prefetch", event=samples.event("prompt"), field="ticket")
    assert len(options) == 250 and options[-1] == {"value": "T-250", "label": "Ticket T-250"}
    assert worker.error("prefetch", event=samples.event("prompt"), field="other")["kind"] == "unknown"


def test_a_form_follows_the_urgency(worker):
    assert load(worker, "on_change_urgency") == [("on_change", "urgency")]
    offered = [{"value": 3600, "label": "1 hour"}]
    form = {
        "fields": [
            samples.field("urgency", value="Emergency"),
            samples.field("incident-id", visible=False, required=False),
            samples.field(
                "duration", "duration", 3600, current_allowed_values=offered, original_allowed_values=offered
            ),
        ],
        "flow_vars": {},
        "additional_header_text": None,
    }
    value = worker.value("on_change", username="ada@acme.test", form=form, field="urgency")
    assert value == {
        "fields": {
            "incident-id": {"visible": True, "required": True},
            "duration": {"value": 900, "current_allowed_values": [{"value": 900, "label": "15 minutes"}]},
        },
        "additional_header_text": "Security reads along, ada@acme.test.",
    }
    form["fields"][0]["value"] = "Normal"
    assert worker.value("on_change", username="ada@acme.test", form=form, field="urgency") == {"fields": {}}


def test_a_strategy_gives_and_takes(worker):
    names = [name for name, _ in load(worker, "group_strategy")]
    assert names == ["fetch_remote_identity", "escalate", "deescalate"]
    worker.answers["store.fetch"] = {"ada@acme.test": "ada.a"}
    worker.answers["templates.get_step_output"] = {"name": "ada.a"}
    fields = {"target": typed("target", samples.target(identifier="admins"))}
    event = samples.event("escalate", fields)
    integration = samples.integration()
    given = worker.value("escalate", event=event, target_id=TARGET_ID, integration=integration)
    assert given == {"name": "ada.a", "group": "admins", "target_id": TARGET_ID}
    assert [name for name, _ in worker.requests] == ["store.fetch", "utils.persist_user_identity"]
    taken = worker.value("deescalate", event=event, target_id=TARGET_ID, integration=integration)
    assert taken == {"removed": "ada.a"}
    found = worker.value("fetch_remote_identity", user=samples.bob(), integration=integration)
    assert found is None
    fields["target"] = typed("target", samples.target(identifier="closed"))
    error = worker.error("escalate", event=event, target_id=TARGET_ID, integration=integration)
    assert error["code"] == "AccessStrategy:CLOSED" and error["traceback"][-1]["line"]
    worker.answers["store.fetch"] = {}
    error = worker.error("escalate", event=event, target_id=TARGET_ID, integration=integration)
    assert error["code"] == "Identity:NOT_FOUND" and "*Hint:*" in error["message"]


def test_flows_are_filtered(worker):
    load(worker, "flows_filter")
    arguments = {"flows": [samples.flow("one"), samples.flow("two")], "flows_filter_vars": {"hidden": "two"}}
    assert worker.value("get_flows", user=samples.user(), **arguments) == ["one"]
    assert worker.value("get_flows", user=samples.bob(), **arguments) == ["one", "two"]


def test_identities(worker):
    load(worker, "identities")
    arguments = {"event": samples.event(), "external_id": "123", "user": samples.user()}
    assert worker.value("get_identity", service_type="aws_iam", **arguments) == "ada"
    assert worker.value("get_identity", service_type="okta", **arguments) is None
    assert worker.value("get_identity_lookup", service_type="okta", **arguments) == "ada@corp.acme.test"
