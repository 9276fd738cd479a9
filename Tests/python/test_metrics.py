"""What an operator watches: `/metrics` is what Prometheus reads, each figure moves when what it is about happens, and
`/readyz` tells the truth."""

import pathlib
import re
import socket
import sqlite3
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from crash_installation import Installation, call
from people import People, until
from postgres_cluster import Cluster
from test_clock import HOUR, Clock

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"
BROKEN = '''
from sym.sdk.annotations import hook

@hook
def on_request(event):
    raise KeyError("reason")
'''


class Watched(Installation):
    """With a flow whose Python fails."""

    def configuration(self):
        (self.folder / "config" / "broken.py").write_text(BROKEN)
        document = super().configuration()
        question = {"name": "why", "type": "string", "label": "Why?"}
        flow = self.flow("ask_broken", [{"channel": "C0N00"}], question)
        document["flows"].append({**flow, "implementation": "broken.py"})
        document["settings"]["python"] = {"sandbox": "none"}
        return document


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.fixture
def installation(tmp_path, clock):
    installation = Watched(
        tmp_path / "installation", killpoint="", more={**clock.environment, "SYM_PYTHON": sys.executable})
    yield installation
    installation.close()


@pytest.fixture
def cluster():
    cluster = Cluster()
    yield cluster
    cluster.close()


def read(port):
    status, text = call(port, "GET", "/metrics")
    assert status == 200
    return list(text_string_to_metric_families(text.decode()))


class Figures(dict):
    """Values by name, or by name and the value of one label."""

    def __init__(self, port):
        super().__init__()
        for family in read(port):
            for sample in family.samples:
                self[sample.name] = self.get(sample.name, 0) + sample.value
                for value in sample.labels.values():
                    self[sample.name, value] = self.get((sample.name, value), 0) + sample.value


def figure(installation, *name):
    key = name[0] if len(name) == 1 else name
    return Figures(installation.port).get(key, 0)


def test_every_figure_says_what_it_is_and_the_readme_knows_those_that_alarm(installation):
    installation.start_server()
    families = read(installation.port)
    names = [family.name for family in families]
    assert len(names) == len(set(names)), "a family comes twice"
    samples = [(sample.name, tuple(sorted(sample.labels.items()))) for family in families for sample in family.samples]
    assert len(samples) == len(set(samples)), "a sample comes twice"
    for family in families:
        assert family.documentation.endswith("."), family
        assert family.type in ("gauge", "counter", "histogram"), family
        for sample in family.samples:
            assert sample.name.endswith("_total") == (family.type == "counter"), sample
        if family.type == "histogram":
            buckets = [sample for sample in family.samples if sample.name.endswith("_bucket")]
            assert family.name.endswith("_seconds")
            assert [sample.value for sample in buckets] == sorted(sample.value for sample in buckets)
            assert buckets[-1].labels["le"] == "+Inf"
    bounds = [
        sample.labels["le"] for family in families if family.name == "symflow_slack_acknowledge_seconds"
        for sample in family.samples if sample.name.endswith("_bucket")]
    assert {"0.005", "0.015", "3"} <= set(bounds)
    known = {sample.name for family in families for sample in family.samples} | set(names)
    rows = [line for line in README.read_text().splitlines() if line.startswith("| `symflow_")]
    named = {name for row in rows for name in re.findall(r"`(symflow_[a-z_]+)", row)}
    assert len(named) >= 12 and named <= known, f"the README names what is not there: {named - known}"


def test_figures_move_with_what_they_are_about(installation, clock):
    people = People(installation)
    installation.start_server()
    before = Figures(installation.port)
    assert before["symflow_database_up"] == before["symflow_replicas"] == 1
    assert before["symflow_requests_open"] == before["symflow_grants_live"] == before["symflow_removals_late"] == 0

    # Slack asks us to wait.
    rule = {"method": "chat.postMessage", "kind": "429", "retry_after": 1, "times": 1}
    installation.emulate("POST", "faults", rule)
    story, card = people.ask("watched")
    assert figure(installation, "symflow_slack_rate_limited_total", "chat.postMessage") == 1
    assert figure(installation, "symflow_requests_open") == 1

    # Access is on, and cannot be taken back when its time has come, which by the clock is soon.
    installation.target.refused.add("deescalate")
    people.approve(story, card)
    until(lambda: figure(installation, "symflow_grants_live") == 1, "a grant")
    failed = ("symflow_strategy_failures_total", "deescalate")
    until(lambda: figure(installation, *failed) >= 1, "a removal that fails")
    assert figure(installation, "symflow_outbox_entries", "removals") == 1
    clock.set(2 * HOUR)
    late = until(lambda: Figures(installation.port).get("symflow_removals_late"), "a late removal")
    assert late == 1
    for name in [("symflow_removal_late_seconds",), ("symflow_outbox_age_seconds", "removals")]:
        assert 2 * HOUR <= figure(installation, *name) < 3 * HOUR, name
    installation.target.refused.clear()
    until(lambda: figure(installation, "symflow_grants_live") == 0, "the end of access")
    after = Figures(installation.port)
    assert after["symflow_removals_late"] == after["symflow_removal_late_seconds"] == 0
    assert after["symflow_removal_lateness_seconds_count"] == 1
    assert after["symflow_removal_lateness_seconds_bucket", "3600"] == 0
    assert after["symflow_removal_lateness_seconds_sum"] >= 2 * HOUR

    # A flow's Python fails.
    ask_broken(installation.emulate)
    until(lambda: figure(installation, "symflow_handler_failures_total", "on_request") >= 1, "a failed handler")

    # Everything was answered, and everything is sealed.
    answered = Figures(installation.port)
    clicks = answered["symflow_slack_requests_total", "2xx"]
    assert answered["symflow_slack_acknowledge_seconds_count"] == clicks >= 5
    assert answered["symflow_slack_requests_total", "4xx"] == 0
    call(installation.port, "POST", "/slack/events", {"forged": True})
    forged = Figures(installation.port)
    assert forged["symflow_slack_requests_total", "4xx"] == 1
    assert forged["symflow_slack_acknowledge_seconds_count"] == clicks
    assert forged["symflow_audit_seal"] > before["symflow_audit_seal"]
    until(lambda: figure(installation, "symflow_audit_unsealed_seconds") == 0, "everything is sealed")


def ask_broken(slack):
    assert slack("POST", "command", {"user": "requester1", "channel": "C0N00", "text": "/sym req ask_broken"})["ok"]
    form = {"user": "requester1", "callback_id": "sym_form", "contains": "Why?"}
    assert slack("POST", "wait", {"until": {"view": form}, "timeout_ms": 60_000}, timeout=70)["ok"]
    slack("POST", "view/submit", {"user": "requester1", "values": {"Why?": "reason-broken"}})


def test_replicas_are_counted_and_a_database_that_is_gone_is_told(tmp_path, cluster):
    first = Installation(tmp_path / "first", killpoint="", cluster=cluster)
    second = Installation(tmp_path / "second", killpoint="", cluster=cluster)
    second.database = first.database
    try:
        first.start_server()
        until(lambda: figure(first, "symflow_replicas") == 1, "one replica")
        second.start_server()
        for replica in (first, second):
            until(lambda replica=replica: figure(replica, "symflow_replicas") == 2, "two replicas")
        second.kill()
        until(lambda: figure(first, "symflow_replicas") == 1, "one replica again")

        assert ready(first) == (200, True)
        cluster.stop()
        until(lambda: ready(first)[0] == 503, "not ready")
        gone = Figures(first.port)
        assert gone["symflow_database_up"] == 0
        assert "symflow_slack_acknowledge_seconds_count" in gone and "symflow_requests_open" not in gone
        assert call(first.port, "GET", "/healthz")[0] == 200
        cluster.start()
        until(lambda: ready(first)[0] == 200, "ready again")
        assert figure(first, "symflow_database_up") == 1
        assert first.stop() == 0
    finally:
        first.close()
        second.close()


def ready(installation):
    status, text = call(installation.port, "GET", "/readyz")
    return status, text.startswith(b"ready\n")


def test_ready_only_with_a_database_as_this_release_needs_it(installation):
    installation.start_server()
    until(lambda: call(installation.port, "GET", "/readyz") == (200, b"ready\n"), "ready, with nothing to add")
    with sqlite3.connect(installation.database) as database:
        ((newest,),) = database.execute("SELECT max(version) FROM schema_version")
    def becomes(statement):
        with sqlite3.connect(installation.database) as database:
            database.execute(statement)
        return call(installation.port, "GET", "/readyz")
    status, text = becomes(f"DELETE FROM schema_version WHERE version = {newest}")
    assert status == 503 and b"start it again" in text, text
    # The next release may bring it one step further while this one runs.
    assert becomes(f"INSERT INTO schema_version VALUES ({newest + 1}, 0, 1)")[0] == 200
    status, text = becomes(f"INSERT INTO schema_version VALUES ({newest + 2}, 0, {newest + 2})")
    assert status == 503 and b"newer release" in text, text


def test_what_is_wrong_elsewhere_is_said_and_does_not_take_the_server_away(tmp_path):
    installation = Watched(tmp_path / "installation", killpoint="", more={"SYM_PYTHON": sys.executable})
    try:
        installation.emulate("POST", "faults", {"method": "auth.test", "kind": "outage"})
        installation.start_server()
        until(lambda: call(installation.port, "GET", "/readyz")[1].startswith(b"ready\nnot known yet: auth.test"),
              "what Slack does not tell")
        assert call(installation.port, "GET", "/readyz")[0] == 200
    finally:
        installation.close()


def test_not_ready_while_it_drains(installation):
    installation.start_server()
    with socket.create_connection(("127.0.0.1", installation.port), timeout=60) as client:
        # A request that is on its way when the order to stop comes.
        client.sendall(b"GET /readyz HTTP/1.1\r\nHost: here\r\nContent-Length: 2\r\n\r\n.")
        until(lambda: figure(installation, "symflow_http_connections") >= 2, "the connection")
        installation.server.terminate()
        log = installation.folder / "start-1.log"
        until(lambda: '"stopping"' in log.read_text(), "draining")
        client.sendall(b".")
        answer = b""
        while part := client.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 503") and b"the server stops" in answer, answer
    installation.server_ended()
    assert installation.server.returncode == 0
