"""`symflow bench` measures a server that does what it is measured for."""

import hashlib
import hmac
import json
import subprocess
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import pytest
from crash_installation import executable


def test_the_bench_measures_clicks_and_whole_lives(tmp_path):
    report = tmp_path / "report.json"
    parts = "start,commands,acknowledgements,lives"
    bench = subprocess.run(
        [executable(), "bench", "--seconds", "1", "--only", parts, "--json", str(report)],
        capture_output=True, text=True, timeout=300,
    )
    assert bench.returncode == 0, bench.stdout + bench.stderr
    figures = json.loads(report.read_text())
    assert figures["start and idle memory, nothing stored"]["start 1"]["pss_mb"] > 1
    measured = [row for rows in figures.values() for row in rows.values() if "failed" in row]
    assert len(measured) == 3 + 1
    for row in measured:
        assert row["requests"] > 0 and row["failed"] == 0, row
        assert 0 < row["p50_ms"] <= row["p99_ms"] <= row["max_ms"], row
    (clicks,) = figures["durable clicks acknowledged, 100 per second"].values()
    assert clicks["requests"] == 100
    (lives,) = figures["whole lives: asked, approved, switched on, taken back, every card shown"].values()
    assert lives["lives"] > 0 and lives["slack_calls_per_life"] >= 4


class Peer(BaseHTTPRequestHandler):
    """Answers as servers may: at once, in chunks, in pieces, with the connection closed behind it, not at all well."""

    protocol_version = "HTTP/1.1"
    seen: Counter
    lock: threading.Lock

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        base = b"v0:" + self.headers["X-Slack-Request-Timestamp"].encode() + b":" + body
        expected = "v0=" + hmac.new(b"bench-signing-secret", base, hashlib.sha256).hexdigest()
        with self.lock:
            self.seen["all"] += 1
            number = self.seen["all"]
            self.seen["signed"] += expected == self.headers["X-Slack-Signature"]
        kind = number % 5
        with self.lock:
            self.seen["well"] += kind != 4
        if kind == 0:
            self.wfile.write(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")
        elif kind == 1:
            self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel")
            self.wfile.flush()
            self.wfile.write(b"lo\r\n0\r\n\r\n")
        elif kind == 2:
            self.wfile.write(b"HTTP/1.1 204 No Content\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
            self.close_connection = True
        elif kind == 3:
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok":
                self.wfile.write(bytes([byte]))
        elif number % 2:
            self.wfile.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
        else:
            self.close_connection = True

    def log_message(self, *arguments):
        pass


@pytest.fixture
def peer():
    handler = type("CountingPeer", (Peer,), {"seen": Counter(), "lock": threading.Lock()})
    kind = type("PeerServer", (ThreadingHTTPServer,), {"daemon_threads": True, "request_queue_size": 256})
    server = kind(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_address[1], handler.seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_generator_sends_whole_requests_and_counts_whole_answers(tmp_path, peer):
    port, seen = peer
    report = tmp_path / "report.json"
    bench = subprocess.run(
        [executable(), "bench", "--seconds", "1", "--only", "commands", "--against", f"peer=http://127.0.0.1:{port}",
         "--json", str(report)],
        capture_output=True, text=True, timeout=300,
    )
    assert bench.returncode == 0, bench.stdout + bench.stderr
    rows = json.loads(report.read_text())["signed slash commands"]
    theirs = [row for name, row in rows.items() if name.endswith(", peer")]
    assert len(theirs) == 3
    assert sum(row["requests"] for row in theirs) == seen["all"] == seen["signed"]
    assert sum(row["failed"] for row in theirs) == seen["all"] - seen["well"]
    assert any("ratio to peer" in name and row["per_s"] > 0 for name, row in rows.items())


def test_decided_clicks_are_drawn(tmp_path):
    report, chart = tmp_path / "report.json", tmp_path / "chart.svg"
    bench = subprocess.run(
        [executable(), "bench", "--seconds", "1", "--only", "decisions", "--connections", "1,2", "--json", str(report),
         "--chart", str(chart)],
        capture_output=True, text=True, timeout=300,
    )
    assert bench.returncode == 0, bench.stdout + bench.stderr
    (rows,) = json.loads(report.read_text()).values()
    assert set(rows) == {"1 connections", "2 connections"}
    assert all(row["failed"] == 0 and row["generator_us"] > 0 for row in rows.values()), rows
    texts = [element.text for element in ElementTree.parse(chart).iter("{http://www.w3.org/2000/svg}text")]
    for name, row in rows.items():
        assert name in texts and f"{int(row['per_s'] + 0.5):,}" in texts, texts


def test_a_wrong_part_is_wrong_usage():
    bench = subprocess.run([executable(), "bench", "--only", "nonsense"], capture_output=True, text=True, timeout=60)
    assert bench.returncode == 2
    assert "nonsense" in bench.stderr and "acknowledgements" in bench.stderr
