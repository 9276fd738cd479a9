"""One symflow server with an emulated Slack and a target system, made to be killed."""

import base64
import contextlib
import http.client
import http.server
import json
import os
import pathlib
import shutil
import signal
import socketserver
import sqlite3
import subprocess
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SIGNING_SECRET = "crash-signing-secret"
SECRET_KEY = base64.b64encode(bytes(range(32))).decode()
ACCESS_SECONDS = 2
REQUESTERS = 6
APPROVERS = 4
CHANNELS = 12
# What a test holds back goes on after this long at last.
RELEASE_SECONDS = 60
# A server that does not listen after this long has failed.
START_SECONDS = 30


def executable() -> str:
    """The program under test: what SYMFLOW_EXECUTABLE says, else what was built last."""
    if named := os.environ.get("SYMFLOW_EXECUTABLE"):
        return named
    built = [ROOT / ".build" / kind / "symflow" for kind in ("release", "debug")]
    built = [path for path in built if path.exists()]
    assert built, "symflow is not built: swift build"
    return str(max(built, key=lambda path: path.stat().st_mtime))


def build_killpoint(folder: pathlib.Path) -> str:
    """Compiles the library that kills the server at a chosen point."""
    return build_shim(folder, "killpoint")


def build_shim(folder: pathlib.Path, name: str) -> str:
    """Compiles a library of Tests/crash that is preloaded into the server."""
    library = folder / f"{name}.so"
    source = ROOT / "Tests" / "crash" / f"{name}.c"
    compiler = shutil.which("cc") or shutil.which("clang")
    assert compiler, "there is no C compiler; Swift's toolchain brings clang"
    subprocess.run([compiler, "-O2", "-Wall", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return str(library)


class Target:
    """A target system that honours idempotency keys and remembers every order that reached it."""

    def __init__(self):
        self.lock = threading.Lock()
        self.answers = {}
        # What took effect: one entry for each key.
        self.effects = []
        # Every order as it came, also those that were refused.
        self.seen = []
        # Steps that are refused with 503.
        self.refused = set()
        # How the next order of a step is answered that was carried out: a function of the request's handler and the
        # answer.
        self.odd = {}
        # Answers wait for it, with what was ordered done.
        self.released = threading.Event()
        self.released.set()
        self.orders = 0
        target = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, answer = target.take(json.loads(body), self.headers["Idempotency-Key"])
                target.released.wait(RELEASE_SECONDS)
                with target.lock:
                    odd = target.odd.pop(json.loads(body)["step"], None)
                if odd:
                    return odd(self, answer)
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):
                # A caller that was killed in the middle of a call is what this test is about.
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/grants"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self, order: dict, key: str) -> tuple:
        with self.lock:
            self.orders += 1
            self.seen.append({"step": order["step"], "run": order["run"]["id"], "key": key})
            if order["step"] in self.refused:
                return 503, b'{"error": "not now"}'
            if key not in self.answers:
                self.effects.append({"at": time.time(), "step": order["step"], "run": order["run"]["id"], "key": key})
                self.answers[key] = json.dumps({"output": {"grant": key}}).encode()
            return 200, self.answers[key]

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Call(Exception):
    """The other side could not be reached, or did not answer."""


def call(port: int, method: str, path: str, body=None, timeout: float = 10):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json"} if data else {})
        response = connection.getresponse()
        return response.status, response.read()
    except OSError as error:
        raise Call(str(error)) from error
    except http.client.HTTPException as error:
        raise Call(repr(error)) from error
    finally:
        connection.close()


class Installation:
    """Server, Slack and target. Kills of the server are counted; Slack and target live through them."""

    def __init__(self, folder: pathlib.Path, killpoint: str, cluster=None, more: dict = {}):
        """`cluster`: keeps everything in a database of that PostgreSQL cluster. `more`: variables of all programs."""
        self.folder = folder
        self.cluster = cluster
        self.more = more
        self.killpoint = killpoint
        folder.mkdir(parents=True, exist_ok=True)
        self.target = Target()
        self.processes = []
        (folder / "config").mkdir()
        (folder / "config" / "flows.json").write_text(json.dumps(self.configuration()))
        (folder / "workspace.json").write_text(json.dumps(self.workspace()))
        # Of SQLite a path, of PostgreSQL a URL.
        self.database = cluster.make_database() if cluster else folder / "symflow.db"
        environment = {**os.environ, "SLACK_SIGNING_SECRET": SIGNING_SECRET, **more}
        self.emulator, self.emulator_port = self.start(
            ["emulate", "--listen", "127.0.0.1:0", "--workspace", str(folder / "workspace.json")], environment
        )
        # From the second start on the server keeps its port, so that Slack finds it again.
        self.port = 0
        self.server = None
        self.started = []

    # Processes

    def start(self, arguments, environment):
        path = self.folder / f"start-{len(self.processes)}.log"
        with open(path, "wb") as output:
            process = subprocess.Popen(
                [executable(), *arguments], env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        self.processes.append(process)
        deadline = time.time() + START_SECONDS
        while time.time() < deadline:
            for line in path.read_text(errors="replace").splitlines():
                if line.startswith("listening on http://"):
                    return process, int(line.rsplit(":", 1)[1])
            if process.poll() is not None:
                # Killed while it started: that, too, is a point to be hit.
                if process.returncode == -signal.SIGKILL:
                    return process, 0
                break
            time.sleep(0.005)
        process.kill()
        process.wait()
        raise AssertionError("the program did not start:\n" + path.read_text(errors="replace")[-3000:])

    @property
    def database_url(self) -> str:
        return self.database if self.cluster else f"sqlite:{self.database}"

    def environment(self) -> dict:
        """Of a server, but for the address that it listens on."""
        return {key: value for key, value in os.environ.items() if not key.startswith(("SYM_", "SLACK_"))} | {
            "SYM_CONFIG": str(self.folder / "config"), "SYM_DATABASE_URL": self.database_url,
            "SYM_SECRET_KEY": SECRET_KEY, "SYM_LOG": "info", "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_BOT_TOKEN": "xoxb-crash", "SLACK_APP_ID": "A0SYM",
            "SLACK_API_URL": f"http://127.0.0.1:{self.emulator_port}/api/", "CRASH_TARGET_SECRET": "target-secret",
        }

    def deliver_to(self, port: int):
        """Lets Slack send what people do to this port."""
        url = f"http://127.0.0.1:{port}/slack/events"
        self.emulate("POST", "app", {"request_url": url, "retry_delay_factor": 0.01})

    def start_server(self, kill_at: int = 0, kinds: str = "wsmn", more: dict = {}) -> float:
        """Starts the server, perhaps with the order to die before an event, and with more variables. Returns the
        seconds until it listened."""
        environment = self.environment() | {"SYM_LISTEN": f"127.0.0.1:{self.port}"}
        if kill_at:
            environment |= {
                "LD_PRELOAD": self.killpoint, "KILLPOINT_AT": str(kill_at), "KILLPOINT_KINDS": kinds,
                "KILLPOINT_LOG": str(self.folder / "points.log"),
            }
        environment |= self.more | more
        began = time.time()
        self.server, port = self.start(["serve"], environment)
        if port and not self.port:
            self.port = port
            self.deliver_to(port)
        self.started.append((time.time(), None))
        return time.time() - began

    def server_ended(self):
        """Call once the server is dead: closes the interval in which it was up."""
        self.server.wait()
        began, _ = self.started.pop()
        self.started.append((began, time.time()))

    def kill(self):
        self.server.send_signal(signal.SIGKILL)
        self.server_ended()

    def stop(self) -> int:
        self.server.terminate()
        self.server_ended()
        return self.server.returncode

    def seconds_up(self, since: float, until: float) -> float:
        """For how long the server was up within an interval."""
        total = 0.0
        for began, ended in self.started:
            total += max(0.0, min(until, ended or until) - max(since, began))
        return total

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.target.close()

    def symflow(self, *arguments) -> subprocess.CompletedProcess:
        environment = {**os.environ, "SYM_SECRET_KEY": SECRET_KEY, "SYM_DATABASE_URL": self.database_url}
        return subprocess.run([executable(), *arguments], env=environment, capture_output=True, text=True)

    def rows(self, query: str) -> list:
        """What a query finds, which both kinds of database understand; as texts."""
        if self.cluster:
            lines = self.cluster.query(query, self.database).splitlines()
            return [line.split("\t") for line in lines]
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True)) as database:
            return [["" if value is None else str(value) for value in row] for row in database.execute(query)]

    def runs(self) -> list:
        """Every stored run: its id, both statuses, and its document."""
        with contextlib.closing(sqlite3.connect(self.readable(), uri=True)) as database:
            rows = database.execute("SELECT id, status, approval_status, state FROM runs").fetchall()
        return [(run, status, approval, json.loads(state)) for run, status, approval, state in rows]

    def unended(self) -> list:
        """Runs that neither wait for an answer nor have come to an end."""
        with contextlib.closing(sqlite3.connect(self.readable(), uri=True)) as database:
            return database.execute(
                "SELECT id, status FROM runs WHERE is_over = 0 AND status <> 'requested'"
            ).fetchall()

    def readable(self) -> str:
        return f"file:{self.database}?mode=ro"

    # Slack

    def emulate(self, method: str, path: str, body=None, timeout: float = 15):
        status, answer = call(self.emulator_port, method, f"/emulator/{path}", body, timeout)
        parsed = json.loads(answer)
        assert status == 200, (path, body, status, parsed)
        return parsed

    # What is configured

    def configuration(self) -> dict:
        question = {"name": "why", "type": "string", "label": "Why?"}
        flows = []
        for channel in range(CHANNELS):
            notify = [{"channel": f"C0N{channel:02}"}]
            flows.append(self.flow(f"access_{channel}", notify, question, strategy="crash-http"))
            flows.append(self.flow(f"two_{channel}", notify, question, strategy="crash-http", quorum=2))
            flows.append(self.flow(f"ask_{channel}", notify, question))
        return {
            "organization": {"slug": "crash", "domains": ["crash.test"]},
            "integrations": [{"type": "slack", "name": "slack", "external_id": "T0CRASH"}],
            "environments": [{"name": "main", "integrations": {"slack": "slack"}}],
            "secrets": [{"name": "signing", "path": "CRASH_TARGET_SECRET"}],
            "strategies": [
                {
                    "type": "http", "name": "crash-http", "targets": ["database"],
                    "settings": {"signing_secret": "signing"},
                }
            ],
            "targets": [{"type": "http", "name": "database", "settings": {"url": self.target.url}}],
            "settings": {"duration_default": f"{ACCESS_SECONDS}s"},
            "flows": flows,
        }

    @staticmethod
    def flow(name, notify, question, strategy=None, quorum=1) -> dict:
        params = {"prompt_fields": [question]}
        if strategy:
            params["strategy"] = strategy
        return {
            "name": name, "label": name, "environment": "main", "params": params, "quorum": quorum, "notify": notify
        }

    @staticmethod
    def workspace() -> dict:
        people = [f"requester{number}" for number in range(REQUESTERS)] + [
            f"approver{number}" for number in range(APPROVERS)
        ]
        users = [
            {
                "id": f"U0{name.upper()}", "workspace": "crash", "name": name, "real_name": name.title(),
                "email": f"{name}@crash.test", "kind": "member",
            }
            for name in people
        ]
        return {
            "app": {
                "id": "A0SYM", "name": "Sym", "messages_tab": True, "home_tab": True,
                "commands": [
                    {"command": "/sym", "description": "Request access", "usage_hint": "req", "should_escape": False}
                ],
            },
            "workspaces": [{"id": "T0CRASH", "name": "Crash", "domain": "crash"}],
            "installations": [
                {
                    "workspace": "crash", "token": "xoxb-crash",
                    "bot_user": "U0SYM", "bot_id": "B0SYM", "bot_name": "sym",
                    "scopes": [
                        "commands", "chat:write", "im:write", "mpim:write", "users:read", "users:read.email",
                        "usergroups:read", "channels:read", "groups:read", "im:read", "mpim:read", "channels:join",
                        "team:read", "channels:history", "groups:history", "im:history", "mpim:history",
                    ],
                }
            ],
            "users": users,
            "channels": [
                {
                    "id": f"C0N{channel:02}", "name": f"approvals-{channel}", "workspace": "crash",
                    "members": people + ["sym"],
                }
                for channel in range(CHANNELS)
            ],
        }
