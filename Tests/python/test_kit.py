"""`symflow test`: what authors write beside their flows, run against the real server."""

import os
import re
import shutil
import subprocess
import sys
import textwrap

import pytest
from conftest import ROOT, Program, executable

CONFIG = """
{"organization": {"slug": "acme", "domains": ["acme.test"], "users": [
   {"email": "ada@acme.test", "role": "admin"}, {"email": "bob@acme.test", "role": "member"}]},
 "integrations": [{"type": "slack", "name": "slack", "external_id": "T0ACME"}],
 "environments": [{"name": "main", "integrations": {"slack": "slack"}}],
 "secrets": [{"name": "signing", "path": "KIT_SIGNING_SECRET"}],
 "strategies": [{"type": "http", "name": "http", "settings": {"signing_secret": "signing"}, "targets": ["db"]}],
 "targets": [{"type": "http", "name": "db", "settings": {"url": "https://nowhere.invalid/grants"}}],
 "flows": [{"name": "x", "environment": "main", "implementation": "impl.py", "params": {"strategy": "http",
   "prompt_fields": [{"name": "reason", "type": "string"}, {"name": "tags", "type": "str_list", "required": false},
                     {"name": "buddy", "type": "slack_user", "required": false}]}}]}
"""
FLOW = """
from sym.sdk.annotations import hook, reducer
from sym.sdk.integrations import slack
from sym.sdk.notifications import Notification
from sym.sdk.request_permission import PermissionLevel, RequestPermission


@reducer
def get_permissions(event):
    return RequestPermission(webapp_view=PermissionLevel.MEMBER, approve_deny=PermissionLevel.MEMBER)


@reducer
def get_request_notifications(event):
    print("asked about", event.payload.fields["reason"])
    return [Notification(destinations=[slack.channel("#ops")]), Notification(destinations=[slack.user("ada@acme.test")])]


@hook
def on_approve(event):
    if event.payload.fields["reason"] == "crash":
        raise ValueError("no such thing")
"""


@pytest.fixture
def kit(tmp_path):
    (tmp_path / "acme.json").write_text(CONFIG)
    (tmp_path / "impl.py").write_text(FLOW)

    def run(tests="", *options, python=sys.executable, folder=tmp_path):
        if tests:
            (tmp_path / "test_flow.py").write_text(tests)
        finished = subprocess.run(
            [executable(), "test", str(folder), *options], capture_output=True, text=True, timeout=120, cwd=tmp_path,
            env={**os.environ, "SYM_PYTHON": python})
        return finished.returncode, finished.stdout + finished.stderr

    return run


def test_the_tests_of_the_demo():
    finished = subprocess.run(
        [executable(), "test", "config/demo"], capture_output=True, text=True, timeout=300, cwd=ROOT,
        env={**os.environ, "SYM_PYTHON": sys.executable})
    assert finished.returncode == 0, finished.stdout + finished.stderr
    assert " passed" in finished.stdout and "failed" not in finished.stdout


def test_what_is_written_about_it(tmp_path):
    folder = tmp_path / "demo"
    shutil.copytree(ROOT / "config" / "demo", folder, ignore=shutil.ignore_patterns("test_*"))
    shutil.copy(ROOT / "config" / "demo-workspace.json", tmp_path)
    package = (ROOT / "Sources/HandlersPython/Python/symflow_testing/__init__.py").read_text()
    examples = re.findall(r"(?m)^    def test_.*\n(?:        .*\n)+", package)
    examples += re.findall(r"(?m)^def test_.*\n(?:    .*\n)+", (ROOT / "README.md").read_text())
    assert len(examples) == 3
    for number, example in enumerate(examples):
        (folder / "test_{}.py".format(number)).write_text(textwrap.dedent(example))
    finished = subprocess.run(
        [executable(), "test", str(folder)], capture_output=True, text=True, timeout=120,
        env={**os.environ, "SYM_PYTHON": sys.executable})
    assert finished.returncode == 0, finished.stdout + finished.stderr


def test_a_workspace_is_made_of_the_configuration(kit):
    code, text = kit("""
def test_life(flow, ada, bob, slack, clock, target):
    request = flow("x").request(by=bob, reason="INC-7", tags=["a", "b"], buddy=ada, target="db")
    assert request.destinations == ["#ops", "@ada"]
    assert request.fields["tags"] == ["a", "b"]
    assert "INC-7" in slack.channel("#ops", seen_by=ada)[-1]
    request.approve(by=ada)
    assert target.has("bob@acme.test", "db")
    clock.advance(hours=1)
    assert (request.status, request.transitions) == ("deescalated", ["request", "approve", "escalate", "deescalate"])
    assert [call["step"] for call in target.history] == ["escalate", "deescalate"]

def test_delivery_fails(flow, ada, bob, slack):
    slack.fail("chat.postMessage", "channel_not_found", channel="#ops")
    request = flow("x").request(by=bob, reason="INC-8")
    assert request.transitions == ["request", "request_forward"]
    assert "INC-8" in slack.dm(ada)[-1] and slack.channel("#ops") == []

def test_handlers_that_crash(flow, ada, bob):
    request = flow("x").request(by=bob, reason="crash")
    answer = request.approve(by=ada)
    assert request.status == "requested"
    assert "no such thing" in " ".join(request.errors)

def test_form(flow, bob):
    form = flow("x").form(by=bob)
    assert form.fields == ["target_id", "reason", "tags", "buddy"] and form.options("target_id") == ["db"]
    assert form.submit(reason="because").fields["reason"] == "because"

def test_unit(flow, ada, bob, slack):
    x = flow("x")
    event = x.event(by=bob, reason="why", target="db")
    assert event.payload.fields["reason"] == "why" and event.user.email == "bob@acme.test"
    notifications = x.module.get_request_notifications(event)
    assert notifications[1].destinations[0].user_id == ada.id
    assert x.call("get_permissions", event)["approve_deny"] == "member"
""")
    assert code == 0, text
    assert "5 passed" in text


def test_forms_that_code_fills(kit, tmp_path):
    fields = """"prompt_fields": [
        {"name": "ticket", "type": "string", "prefetch": true}, {"name": "host", "type": "string", "visible": false},
        {"name": "size", "type": "string", "allowed_values": ["one", "all"], "on_change": "size.py"},"""
    (tmp_path / "acme.json").write_text(CONFIG.replace('"prompt_fields": [', fields))
    (tmp_path / "impl.py").write_text(FLOW + """
from sym.sdk.annotations import prefetch
from sym.sdk.forms import FieldOption

@prefetch("ticket")
def tickets(event):
    return [FieldOption(value="T-%d" % n, label="Ticket %d of %s" % (n, event.user.email)) for n in range(150)]
""")
    (tmp_path / "size.py").write_text("""
def on_change_size(username, form):
    form.fields["host"].visible = form.fields["size"].value == "all"
    return form
""")
    code, text = kit("""
def test_form(flow, bob):
    form = flow("x").form(by=bob, target="db")
    assert form.fields == ["target_id", "ticket", "size", "reason", "tags", "buddy"]
    assert form.options("ticket", "Ticket 149") == ["Ticket 149 of bob@acme.test"]
    form.fill(size="all", reason="because")
    assert "host" in form.fields
    request = form.submit(ticket="T-149", host="h1")
    assert request.fields["ticket"] == "T-149" and request.fields["host"] == "h1"
    assert request.fields["reason"] == "because" and request.fields["size"] == "all"
""")
    assert code == 0, text


def test_what_fails_is_shown_with_the_log(kit):
    code, text = kit("def test_it(flow, bob):\n    assert flow('x').request(by=bob, reason='INC-9').status == 'denied'\n")
    assert code == 1
    assert "assert 'requested' == 'denied'" in text
    assert "what the server logged" in text and "asked about INC-9" in text


@pytest.mark.parametrize(
    "line, words",
    [
        ("flow('y')", "There is no flow 'y'; there are x."),
        ("flow('x').request(by=bob)", "NotRequested: reason: "),
        ("flow('x').request(by=bob, reson='?')", "The form has no field reson; it has"),
        ("flow('x').request(by=bob, reason='?').approve(by=bob)", "You cannot decide on your own"),
        ("flow('x').call('on_deny', flow('x').event(by=bob, reason='?', target='db'))", "has no on_deny"),
    ],
)
def test_what_is_said_of_a_test_that_is_wrong(kit, line, words):
    code, text = kit("def test_it(flow, bob):\n    answer = {}\n    assert not answer.text, answer.text\n".format(line))
    assert code == 1
    assert words in text


def test_there_must_be_tests(kit):
    code, text = kit()
    assert code == 1 and "There are no tests below" in text
    code, text = kit("def test_it(): pass\n", "--only", "nothing_of_that_name")
    assert code == 1 and "none that match" in text


def test_wrong_usage(kit, tmp_path):
    assert kit("", "--nonsense")[0] == 2
    assert kit(folder=tmp_path / "nowhere")[0] == 2


def test_a_configuration_with_problems(kit, tmp_path):
    (tmp_path / "acme.json").write_text(CONFIG.replace('"flows"', '"flws"'))
    code, text = kit("def test_it(flow): pass\n")
    assert code == 1 and 'Did you mean "flows"?' in text


def test_pytest_that_is_missing(kit, tmp_path):
    bare = tmp_path / "python3"
    bare.write_text("#!/bin/sh\nexit 1\n")
    bare.chmod(0o755)
    code, text = kit("def test_it(): pass\n", python=str(bare))
    assert code == 1 and "apt-get install python3-pytest" in text
    code, text = kit("def test_it(): pass\n", python="/nowhere/python3")
    assert code == 1 and "SYM_PYTHON" in text


@pytest.mark.parametrize("programs, words", [([], "Flows in Python cannot run"), (["python3"], "without a sandbox")])
def test_the_demo_starts_without_python_or_sandbox(tmp_path, programs, words):
    for program in programs:
        (tmp_path / program).symlink_to("/usr/bin/" + program)
    demo = Program(
        "demo", "--listen", "127.0.0.1:0", ready=re.escape(words), environment={"PATH": str(tmp_path), "SYM_PYTHON": ""})
    try:
        assert demo.printed.index("listening on") < demo.printed.index(words)
    finally:
        demo.stop()
