"""Peers that mean harm, or are broken: clients that are slow, silent or talk nonsense, and targets whose answers do not
end. People are served meanwhile, and access is switched on and taken back as it should be."""

import gzip
import pathlib
import resource
import socket
import threading
import time

import pytest

from crash_installation import Installation, call
from people import People, until
from test_operations import wait_until_nothing_is_open

SILENT = 1000
SLOW = 40
# What nobody sends in a header: more than the server reads.
OVERSIZED = 200_000
BOMB_BYTES = 1 << 30
# A server that unpacks the bomb, or keeps what does not end, needs more than this beside what it had.
MEMORY_KIB_MAX = 150_000


@pytest.fixture
def installation(tmp_path):
    installation = Impatient(tmp_path / "installation", killpoint="")
    yield installation
    installation.close()


@pytest.fixture
def people(installation):
    installation.start_server()
    return People(installation)


class Impatient(Installation):
    """Waits for no target longer than it must."""

    def configuration(self):
        document = super().configuration()
        document["strategies"][0]["settings"]["timeout"] = "3s"
        return document


def connect(installation):
    return socket.create_connection(("127.0.0.1", installation.port), timeout=60)


def answers(client):
    """Everything until the server closes the connection, or breaks it off."""
    received = b""
    try:
        while part := client.recv(65536):
            received += part
    except ConnectionError:
        pass
    return received


class Drippers:
    """Clients that send a request a byte at a time, until the server has enough of them."""

    def __init__(self, installation):
        self.open = [connect(installation) for _ in range(SLOW)]
        for client in self.open:
            client.sendall(b"POST /slack/events HTTP/1.1\r\nHost: here\r\nX-Slow: ")
            client.setblocking(False)
        threading.Thread(target=self.drip, daemon=True).start()

    def drip(self):
        while self.open:
            time.sleep(0.05)
            self.open = [client for client in self.open if self.goes_on(client)]

    @staticmethod
    def goes_on(client):
        try:
            client.sendall(b"a")
            # An answer or an end, either way the server is done with it.
            client.recv(1)
        except BlockingIOError:
            return True
        except OSError:
            pass
        client.close()
        return False


def test_people_are_served_among_a_thousand_silent_and_many_slow_connections(installation, people):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    silent = [connect(installation) for _ in range(SILENT)]
    try:
        drippers = Drippers(installation)
        story, card = people.ask("besieged")
        people.approve(story, card)
        people.wait_for("deescalated", story)
        until(lambda: not drippers.open, "the slow ones are cut")
        late, card = people.ask("afterwards", flow="ask_0")
        people.click("deny", late, card)
        people.wait_for("denied", late)
    finally:
        for client in silent:
            client.close()
    assert people.steps() == ["escalate", "deescalate"]


NONSENSE = {
    "bytes": b"\x00\xff\xfe\x16\x03\x01garbage\r\n\r\n" * 2000,
    "behind requests": b"GET /healthz HTTP/1.1\r\nHost: here\r\n\r\n" * 50 + b"\xde\xad\xbe\xef\r\n\r\n" * 2000,
    "two lengths": b"POST /slack/events HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
    "length and chunks": b"POST /slack/events HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n"
                         b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: here\r\n\r\n",
    "endless header": b"GET /healthz HTTP/1.1\r\nHost: here\r\nX-Long: " + b"a" * OVERSIZED + b"\r\n\r\n",
    "endless target": b"GET /" + b"a" * OVERSIZED + b" HTTP/1.1\r\nHost: here\r\n\r\n",
    "many headers": b"GET /healthz HTTP/1.1\r\nHost: here\r\n" + b"X-A: b\r\n" * 20_000 + b"\r\n",
}


@pytest.mark.parametrize("nonsense", NONSENSE)
def test_nonsense_is_refused_and_harms_nobody_else(hardened, nonsense):
    installation, people = hardened
    client = connect(installation)
    writer = threading.Thread(target=send, args=(client, NONSENSE[nonsense]), daemon=True)
    writer.start()
    received = answers(client)
    writer.join(60)
    client.close()
    assert not writer.is_alive()
    heads = [part[:12] for part in received.split(b"HTTP/1.1 ")[1:]]
    fine = [head for head in heads if head.startswith(b"200")]
    assert len(fine) == (50 if nonsense == "behind requests" else 0), heads
    assert b"symflow_" not in received, "a request was read out of another one's body"
    refused = [head for head in heads if head.startswith((b"400", b"414", b"431"))]
    assert len(refused) <= 1 and len(heads) == len(fine) + len(refused), heads
    story, card = people.ask(f"after {list(NONSENSE).index(nonsense)}", flow="ask_0")
    people.approve(story, card)
    people.wait_for("approved", story)
    assert call(installation.port, "GET", "/readyz")[0] == 200


def send(client, data):
    try:
        client.sendall(data)
        client.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture(scope="module")
def hardened(tmp_path_factory):
    """One server for everything that is thrown at it."""
    installation = Installation(tmp_path_factory.mktemp("hostile") / "installation", killpoint="")
    installation.start_server()
    yield installation, People(installation)
    installation.close()


# Targets


def bomb(handler, _):
    """A megabyte that is a gigabyte once it is unpacked."""
    packed = gzip.compress(bytes(BOMB_BYTES // 64), 9) * 64
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Encoding", "gzip")
    handler.send_header("Content-Length", str(len(packed)))
    handler.end_headers()
    handler.wfile.write(packed)


def endless(handler, _):
    """Says that it has done it, and does not stop talking."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    part = b'"' + b"a" * 65534 + b'"'
    try:
        for _ in range(BOMB_BYTES // len(part)):
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
    except OSError:
        pass


def dripping(handler, answer):
    """Says that it has done it, a byte a second."""
    handler.close_connection = True
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(answer)))
    handler.end_headers()
    try:
        for byte in answer:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(1)
    except OSError:
        pass


def peak_kib(process):
    """The most memory that a process has had."""
    lines = pathlib.Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmHWM:")))


@pytest.mark.parametrize("odd", [bomb, endless, dripping])
def test_a_target_whose_answer_does_not_end_gets_each_order_once(installation, people, odd):
    before = peak_kib(installation.server)
    # Both are done, and answered so.
    installation.target.odd |= {"escalate": odd, "deescalate": odd}
    story, card = people.ask("strange-target")
    people.approve(story, card)
    until(lambda: not installation.target.odd, "both strange answers")
    people.wait_for("deescalated", story)
    wait_until_nothing_is_open(installation)
    assert [effect["step"] for effect in installation.target.effects] == ["escalate", "deescalate"]
    keys = {effect["key"] for effect in installation.target.effects}
    assert {order["key"] for order in installation.target.seen} == keys
    if odd is not bomb:
        # An answer that did not come whole leaves open what was done: it is asked for again, under its key.
        assert all(people.steps().count(step) >= 2 for step in ("escalate", "deescalate")), people.steps()
    assert peak_kib(installation.server) - before < MEMORY_KIB_MAX
    assert installation.stop() == 0
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
