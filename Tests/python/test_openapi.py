"""The API as its OpenAPI document says it is: schemathesis makes calls from the document and looks at the answers."""

import base64
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import urllib.error
import urllib.request

import pytest
from conftest import ROOT, Program, executable

CALLS_PER_ROUTE = 5
SECONDS = 300
INPUTS = {"what": "Look at this"}
# Not among them: what is drawn from the document alone names no flow, no user and no entity, so it is refused.
CHECKS = ",".join([
    "not_a_server_error", "status_code_conformance", "content_type_conformance", "response_headers_conformance",
    "response_schema_conformance", "unsupported_method",
])


@pytest.fixture(scope="module")
def api(tmp_path_factory):
    """A server with the demo's configuration and nobody in Slack, and the token of an administrator's bot."""
    folder = tmp_path_factory.mktemp("api")
    site = folder / "site"
    shutil.copytree(ROOT / "config/demo", site)
    # What is looked at is the API, not how often it may be called.
    (site / "limits.json").write_text('{"settings": {"api": {"calls_per_second": 1000000, "calls_at_once": 1000000}}}')
    environment = {
        "SYM_CONFIG": str(site), "SYM_DATABASE_URL": f"sqlite:{folder}/symflow.db",
        "SYM_SECRET_KEY": base64.b64encode(secrets.token_bytes(32)).decode(), "SYM_LISTEN": "127.0.0.1:0",
        "SLACK_SIGNING_SECRET": "secret", "SLACK_BOT_TOKEN": "xoxb-test", "SLACK_APP_ID": "A1TEST",
        "SLACK_API_URL": "http://127.0.0.1:9/api/", "SYM_LOG": "error", "SYM_DEMO_SIGNING_SECRET": "secret",
    }
    bootstrap = subprocess.run(
        [executable(), "bootstrap", "--org", "acme", "--admin", "ada@acme.test"], capture_output=True, text=True,
        cwd=ROOT, env={**os.environ, **environment}, timeout=60, check=True)
    program = Program("serve", ready=r"listening on .*\n", environment=environment)
    yield program.address("listening on ") + "/api/v1", bootstrap.stdout.strip()
    program.stop()


def get(address, path, token=None):
    request = urllib.request.Request(address + path, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def test_the_document_is_there_for_everybody(api):
    address, _ = api
    status, document = get(address, "/openapi.json")
    assert status == 200 and document["openapi"].startswith("3.1.")
    for path in ["/events/request", "/events/deescalate", "/events/{id}", "/runs/{id}", "/runs", "/users", "/tokens"]:
        assert path in document["paths"], path
    undescribed = [
        f"{method} {path}" for path, methods in document["paths"].items() for method, operation in methods.items()
        if operation["summary"] == f"{method.upper()} {path[1:]}"]
    assert undescribed == []
    assert document["paths"]["/runs/{id}/approve"]["post"]["x-symflow-addition"] is True
    assert "x-symflow-addition" not in document["paths"]["/events/request"]["post"]


def ask(address, token):
    """A request that is there to be looked at."""
    body = {"flow_srn": "acme:flow:approval_only:latest", "flow_inputs": INPUTS}
    request = urllib.request.Request(
        address + "/events/request", json.dumps(body).encode(), {"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def test_schemathesis_finds_nothing(api, tmp_path):
    address, token = api
    made = ask(address, token)
    (tmp_path / "schemathesis.toml").write_text(f"""
[[operations]]
include-path-regex = "^/runs/"
parameters = {{ "path.id" = "{made["run_id"]}", "query.wait" = 0 }}

[[operations]]
include-path-regex = "^/events?/.id"
parameters = {{ "path.id" = "{made["event_id"]}" }}
""")
    finished = subprocess.run(
        [
            os.path.join(os.path.dirname(sys.executable), "schemathesis"), "run", address + "/openapi.json",
            "--header", f"Authorization: Bearer {token}", "--checks", CHECKS, "--phases", "coverage,fuzzing",
            "--max-examples", str(CALLS_PER_ROUTE), "--seed", "20260302", "--no-color",
            "--request-timeout", "30", "--generation-database", "none", "--suppress-health-check", "all",
            # Answers that it is not available in this version.
            "--exclude-path", "/services/slack/link",
        ], capture_output=True, text=True, timeout=SECONDS, cwd=tmp_path)
    assert finished.returncode == 0, finished.stdout[-6000:] + finished.stderr[-2000:]
    assert get(address, "/runs", token)[0] == 200


def test_nothing_is_answered_without_a_token(api):
    address, token = api
    _, document = get(address, "/openapi.json")
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            if operation.get("security") == []:
                continue
            for header in [{}, {"Authorization": "Bearer x"}, {"Authorization": f"Bearer {token[:-8]}AAAAAAAA"}]:
                url = address + re.sub(r"{\w+}", "8f7b1f7e-0000-4000-8000-000000000000", path)
                request = urllib.request.Request(url, b"{}", header, method=method.upper())
                with pytest.raises(urllib.error.HTTPError) as refused:
                    urllib.request.urlopen(request, timeout=20)
                assert refused.value.code == 401, (method, path, header)


def test_a_wait_is_long_only_where_nothing_changes(api):
    address, token = api
    status, answer = get(address, "/runs/8f7b1f7e-0000-4000-8000-000000000000?wait=60", token)
    assert status == 404 and answer["code"] == "RunAPI:NOT_FOUND"
