"""What libFuzzer begins with, target by target: well-formed examples of all that Tests/fuzz reads."""

import base64
import hashlib
import hmac
import json
import pathlib
import struct

from conftest import ROOT

FIXTURES = ROOT / "Fixtures"
NO_ID = "00000000-0000-4000-8000-000000000009"


def files(*patterns):
    return [path.read_bytes() for pattern in patterns for path in sorted(FIXTURES.glob(pattern)) if path.is_file()]


def packed(message):
    body = json.dumps(message).encode()
    return struct.pack(">I", len(body)) + body


def frames():
    for message in [{"type": "ready"}, {"type": "call", "id": 1, "arguments": {"x": [1, None, "ü"]}}]:
        yield packed(message)
        yield packed(message) * 3


def signatures():
    code = hmac.new(b"other", b"v0:1770000000:token=x", hashlib.sha256).hexdigest()
    yield f"1770000000\nv0={code}\ntoken=x".encode()
    yield f"1770000301\nv0={code}\n".encode()


def zones():
    return [pathlib.Path("/usr/share/zoneinfo", name).read_bytes() for name in ("Europe/Berlin", "Asia/Kolkata", "UTC")]


def names():
    return [
        b"acme:flow:prod_db:latest", b"acme:flow:prod_db:2.0.0", b"acme:access_target:http:orders:latest",
        f"acme:access_target:http:orders:latest:{NO_ID}".encode(), f"acme:run:prod:1.0.0:{NO_ID}".encode(),
        b"acme:user:normal:latest:1.0.0",
    ]


def tokens():
    header = json.dumps({"alg": "RS256", "typ": "JWT", "kid": "key"}, separators=(",", ":")).encode()
    claims = {"iss": "http://localhost/", "aud": "https://api.symops.com", "sub": "terraform", "jti": "token", "exp": 1}
    yield header + b"\n" + json.dumps(claims).encode()
    yield header + b"\n" + json.dumps({**claims, "sub": "ada"}).encode()
    yield header + b"\n" + json.dumps({**claims, "aud": ["https://api.symops.com"], "jti": 1}).encode()
    for algorithm in ("none", "HS256"):
        yield json.dumps({"alg": algorithm, "kid": "key"}).encode() + b"\n" + json.dumps(claims).encode()
    yield b"eyJhbGciOiJSUzI1NiIsImtpZCI6ImtleSJ9.e30.AAAA"


def entities():
    """A body of each kind; the byte before it is its place among the kinds (`EntityKind`)."""
    source = base64.b64encode(b"def get_approvers(event):\n    return []\n").decode()
    field = {
        "name": "urgency", "type": "string", "required": True, "label": "", "default": "", "visible": True,
        "allowed_values": ["Low", "High"], "prefetch": False, "on_change": source,
    }
    bodies = [
        {"type": "environment", "slug": "vault", "label": "Vault", "settings": {"prefix": "FLOWS_"}},
        {"path": "API_KEY", "source_id": NO_ID, "label": "", "settings": {"json_key": "key"}},
        {"type": "slack", "slug": "home", "external_id": "T0HOME", "label": "Home", "settings": {"home": "true"}},
        {"integration_id": "<null>", "destination": "#errors"},
        {"slug": "runtime", "label": "Runtime", "context_id": NO_ID},
        {"type": "kinesis_firehose", "integration_id": NO_ID, "settings": {"stream_name": "Events"}},
        {"slug": "main", "label": "Main", "integrations": {"slack_id": NO_ID}, "log_destination_ids": [NO_ID]},
        {"type": "http", "slug": "orders", "label": "", "settings": {"url": "https://t.test/x"}, "field_bindings": []},
        {"type": "http", "slug": "prod", "targets": [NO_ID], "settings": {"timeout": "30s"}, "integration_id": NO_ID},
        {"slug": "Prod_DB", "label": "Production", "implementation": source, "environment_id": NO_ID,
         "vars": {"sym_quorum": "2", "sym_rules": "[]", "sym_answer_by": "1h"},
         "params": {"strategy_id": NO_ID, "allow_revoke": True, "schedule_deescalation": "true",
                    "allowed_sources": ["slack", "api"], "prompt_fields": [field]}},
        {"implementation": source, "vars": {"team": "db"}, "integrations": {}},
    ]
    for place, body in enumerate(bodies):
        yield bytes([place]) + json.dumps(body).encode()
        yield bytes([place]) + json.dumps({**body, "slug": None, "label": 1}).encode()


def call(method, path, caller, body=None, key=None):
    first = " ".join([method, path, caller] + ([key] if key else []))
    return first.encode() + b"\n" + (b"" if body is None else json.dumps(body).encode())


def calls():
    """What pipelines and people do one after the other; and each call of the API once."""
    inputs = {"reason": "INC-1", "duration": 3600, "target_srn": "acme:access_target:http:orders:latest"}
    access = {"flow_srn": "acme:flow:prod:latest", "flow_inputs": inputs, "user_email": "bob@acme.test"}
    go = {"flow_srn": "acme:flow:go_ahead:latest", "flow_inputs": {"reason": "7"}, "context": {"diff.txt": "+1"}}
    command = {"argv": ["./migrate", "--to", "42"], "directory": "/srv", "host": "ci", "commit": None, "changes": None}
    lives = [
        [call("POST", "events/request", "bot", access, "key-1"), call("GET", "runs/RUN", "bob"),
         call("POST", "runs/RUN/approve", "dana", {"comment": "ok"}, "key-2"), call("GET", "events/EVENT", "bot"),
         call("POST", "events/deescalate", "bob", {"run_id": "RUN"}), call("GET", "runs/RUN/events", "ada")],
        [call("POST", "events/request", "bot", {**go, "command": command}), call("POST", "runs/RUN/approve", "dana", {}),
         call("POST", "runs/RUN/execution", "bot", {"state": "started", "command": command, "attempt": "1"}),
         call("POST", "runs/RUN/execution", "bot", {"state": "ended", "attempt": "1", "exit_status": 0})],
        [call("POST", "events/request", "bob", go), call("POST", "runs/RUN/deny", "ada", {"comment": None}),
         call("GET", "runs?status=denied,requested&limit=1&flow=go_ahead&since=2026-03-02T09:00:00Z", "ada"),
         call("GET", "runs?cursor=1772442000000-1&requester=bob%40acme.test", "bob")],
        [call("PATCH", "users", "ada", {"users": [{"id": NO_ID, "type": "normal", "identities": [
            {"service_type": "sym", "external_id": "cloud", "matcher": {"email": "zoe@acme.test"}, "profile": {}}]}]}),
         call("POST", f"users/{NO_ID}/set-role", "ada", {"role": "admin"}), call("GET", "users?email=zoe@acme.test", "ada"),
         call("POST", "users/delete", "ada", {"users": [{"id": NO_ID}]})],
        [call("PATCH", "services", "ada", {"service_type": "okta", "external_id": "a.okta.com", "label": None}),
         call("GET", "services?service_type=okta", "ada"),
         call("POST", "services/delete", "ada", {"service_type": "okta", "external_id": "a.okta.com"})],
        [call("GET", "tokens", "ada"), call("POST", "tokens", "ada", {"username": "deploy", "expiry": 60, "label": "x"}),
         call("POST", "tokens/delete", "ada", {"identifier": "id-9"})],
        [call("GET", "organizations", "ada"), call("POST", "organizations/configure-mfa", "ada", {"mfa_required": True}),
         call("GET", "auth/org/acme", "nobody"), call("GET", "auth/login?email=ada@acme.test", "ada")],
        [call("POST", "entities/flows", "adminbot", {"slug": "x"}), call("GET", "entities/ResourceType.SYM_FLOW", "ada"),
         call("GET", "openapi.json", "bob"), call("DELETE", "runs/RUN", "gus")],
    ]
    return [b"\x1e".join(life) for life in lives]


def worker_calls():
    person = {"email": "dana@acme.test", "id": "person-U0DANA"}
    asked = [
        ("slack.user", {"identifier": "@Bob"}), ("slack.user", {"identifier": "dana@acme.test"}),
        ("slack.get_user_info", {"user": {"user_id": "U0BOB"}}), ("slack.list_users", {"active_only": True}),
        ("slack.is_user_in_group", {"user": "U0BOB", "group_id": "S0ONCALL"}),
        ("slack.users_in_channel", {"channel": {"channel_name": "general"}}),
        ("slack.send_message", {"destination": {"channel_name": "general"}, "message": "*hello*"}),
        ("slack.send_thread_message", {"message": "hello"}),
        ("sym.get_or_create_user_by_email", {"email": "dana@acme.test"}),
        ("sym.get_or_create_users_by_emails", {"emails": ["dana@acme.test", "no"], "raise_on_error": False}),
        ("secret.retrieve_value", {"id": NO_ID}), ("templates.get_step_output", {"step": "escalate"}),
        ("store.put", {"path": "a.b", "value": {"c": [1, None]}}), ("store.fetch", {"path": "a.b.c"}),
        ("utils.persist_user_identity",
         {"email": "dana@acme.test", "service": "okta", "service_id": "a.okta.com", "user_id": "00u1"}),
        ("user.get_event_count", {"user": person, "event_name": "request", "since": "2026-03-01T00:00:00Z",
                                  "until": None, "filter_on": "target", "include_errored": True}),
        ("okta.is_user_in_group", {"user": person}),
    ]
    for number, (name, arguments) in enumerate(asked):
        yield packed({"type": "request", "id": number, "name": name, "arguments": arguments})
    yield b"".join(packed({"type": "request", "id": 1, "name": name, "arguments": {}}) for name, _ in asked)


def handler_answers():
    channel = {"type": "slack_channel_name", "channel_name": "db"}
    stage = {"destinations": [channel], "timeout": 900, "forward_on_timeout": True, "forward_on_failure": False}
    person = {"type": "slack_user", "user_id": "U0DANA"}
    answers = [
        {"transition": {"transition": "request", "duration": 60, "target": "acme:access_target:http:team:latest"},
         "permission": {"approve_deny": "member", "allow_self_approval": True}, "timeout": 3600,
         "route": {"stages": [stage, {"destinations": [person]}], "allow_self": True}},
        {"transition": {"transition": "ignore", "message": "no"}, "permission": {"approve_deny": [NO_ID]}},
        {"route": {"stages": [{"destinations": [], "timeout": 0}] * 3}, "timeout": -1},
        {"fields": {"reason": {"value": "x", "label": None, "required": False, "visible": True},
                    "urgency": {"current_allowed_values": [{"value": "Low", "label": "L"}], "value": []}},
         "additional_header_text": "<!here>"},
        {"kind": "exception", "message": "m", "exception": "KeyError", "code": "Slack:X",
         "traceback": [{"file": "impl.py", "line": 7, "function": "on_request"}]},
    ]
    return [json.dumps(answer).encode() for answer in answers]


def target_answers():
    done = json.dumps({"output": {"grant": [1, "ü"]}}).encode()
    return [b"200\n" + done, b"202\n" + b'{"status": "in_progress"}', b"204\n", b"404\n", b"503*\n", b"301\n",
            b"409\n" + b'{"status": "in_progress"}', b"500\n" + b'{"error": {"message": "out of order"}}',
            b"400\n" + json.dumps({"error": "no " * 200}).encode(), b"200\n" + b'{"output": "text"}', b"999\n{"]


SEEDS = {
    "form": lambda: files("slack/inbound/*.form") + [b"a=%41+b&c&=d&%zz=%"],
    "json": lambda: files("slack/**/*.json")[:20] + [b'{"a":[1,-0.5e3,"\\ud83d\\ude00",null,true]}'],
    "lenient-json": lambda: files("flows/good/*.json") + [b'// x\n{"a":[1,],/* y */}'],
    "slack": lambda: files("slack/inbound/*"),
    "signature": signatures,
    "text": lambda: [b"*a* <!channel> <@U1|x> &amp; \xf0\x9f\x98\x80", b"1h30m"],
    "configuration": lambda: files("flows/**/*.json"),
    "zone": zones,
    "frames": frames,
    "stored-run": lambda: files("stored/*.json"),
    "srn": names,
    "token": tokens,
    "entity": entities,
    "calls": calls,
    "worker-calls": worker_calls,
    "handler-answers": handler_answers,
    "target-answer": target_answers,
}
