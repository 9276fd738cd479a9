"""A PostgreSQL primary with a synchronous standby, and three servers on it, each with a network of its own that can be
cut."""

import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import time

from crash_installation import Call, Installation, call
from crash_proxy import Forwarder, Forwarders

REPLICAS = 3
# Everything that somebody waits for comes within this, however busy the machine is.
PATIENCE_SECONDS = 90


def program(name: str) -> str:
    """Debian keeps the programs of each version in a folder of its own; the newest counts."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    assert found, f"there is no {name}: install the Debian package postgresql"
    return str(found[-1])


class Node:
    """One PostgreSQL server: its data and its socket in a folder of its own, no network."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.data = folder / "data"
        folder.mkdir()
        folder.chmod(0o700)
        if os.getuid() == 0:
            # It refuses to run as root.
            nobody = pwd.getpwnam("nobody")
            os.chown(folder, nobody.pw_uid, nobody.pw_gid)

    @property
    def socket(self) -> pathlib.Path:
        return self.folder / ".s.PGSQL.5432"

    def url(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&user=symflow"

    def run(self, name: str, *arguments) -> str:
        words = [program(name), *map(str, arguments)]
        if os.getuid() == 0:
            words = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *words]
        # What stays running must not inherit a pipe that somebody reads to its end.
        with open(self.folder / "output", "w+") as output:
            done = subprocess.run(
                words, stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
            )
            output.seek(0)
            text = output.read()
        assert done.returncode == 0, f"{name}: {text}"
        return text.strip()

    def make_primary(self):
        self.run(
            "initdb", "--pgdata", self.data, "--username", "symflow", "--auth", "trust", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-sync"
        )
        self.start()

    def make_standby(self, of: "Node"):
        shutil.rmtree(self.data, ignore_errors=True)
        self.run(
            "pg_basebackup", "--pgdata", self.data, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync",
            "--dbname", of.url("postgres") + "&application_name=standby"
        )
        self.start()
        of.query("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
        of.query("SELECT pg_reload_conf()")
        deadline = time.time() + PATIENCE_SECONDS
        while of.query("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") != "1":
            assert time.time() < deadline, "the standby does not become synchronous"
            time.sleep(0.1)

    def start(self):
        settings = {
            "listen_addresses": "", "unix_socket_directories": self.folder, "max_connections": 200,
            "shared_buffers": "64MB", "wal_level": "replica", "hot_standby": "on", "fsync": "off",
        }
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        self.run(
            "pg_ctl", "start", "--pgdata", self.data, "--wait", "--timeout", "90", "--log", self.folder / "log",
            "--options", options
        )

    def stop(self):
        """As if its power was cut."""
        if (self.data / "postmaster.pid").exists():
            self.run("pg_ctl", "stop", "--pgdata", self.data, "--mode", "immediate", "--wait")

    def promote(self):
        self.run("pg_ctl", "promote", "--pgdata", self.data, "--wait", "--timeout", "90")
        # It was the standby of one that is gone, and has none itself.
        self.query("ALTER SYSTEM RESET synchronous_standby_names")
        self.query("SELECT pg_reload_conf()")

    def query(self, text: str, database: str = "postgres") -> str:
        return self.run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1", "--command",
            text, "--dbname", self.url(database)
        )


class Replica:
    def __init__(self, networks: list):
        # To each node of the database one.
        self.networks = networks
        self.process = None
        self.port = 0


class ReplicatedInstallation(Installation):
    """Slack and a target as ever; three servers behind a front that spreads what Slack sends, and two database nodes."""

    def __init__(self, folder: pathlib.Path):
        self.forwarders = Forwarders()
        # Paths of sockets must be short, and the folder readable for PostgreSQL.
        self.database_folder = pathlib.Path(tempfile.mkdtemp(prefix="symflow-crash-"))
        self.database_folder.chmod(0o711)
        self.nodes = [Node(self.database_folder / name) for name in ("one", "two")]
        self.primary, self.standby = self.nodes
        self.replicas = []
        super().__init__(folder, killpoint="")
        self.primary.make_primary()
        self.primary.query("CREATE DATABASE symflow")
        self.standby.make_standby(self.primary)
        self.front = self.forwarders.forwarder()
        self.replicas = [Replica([self.network(node) for node in self.nodes]) for _ in range(REPLICAS)]
        self.deliver_to(self.front.port)

    def network(self, node: Node) -> Forwarder:
        network = self.forwarders.forwarder()
        network.backends = [node.socket]
        return network

    @property
    def database_url(self) -> str:
        return self.primary.url("symflow")

    def start_replica(self, replica: Replica) -> float:
        """Returns the seconds until it listened."""
        hosts = ",".join(f"127.0.0.1:{network.port}" for network in replica.networks)
        environment = self.environment() | {
            "SYM_DATABASE_URL": f"postgresql://symflow@{hosts}/symflow", "SYM_LISTEN": "127.0.0.1:0",
        }
        began = time.time()
        replica.process, replica.port = self.start(["serve"], environment)
        self.spread()
        return time.time() - began

    def kill_replica(self, replica: Replica):
        replica.process.kill()
        replica.process.wait()
        replica.port = 0
        self.spread()

    def spread(self):
        self.front.backends = [replica.port for replica in self.replicas if replica.port]

    def fail_over(self):
        """The primary dies, and the standby takes its place."""
        self.primary.stop()
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def all_ready(self) -> bool:
        try:
            return all(call(replica.port, "GET", "/readyz")[0] == 200 for replica in self.replicas)
        except Call:
            return False

    def wait_until_ready(self):
        deadline = time.time() + PATIENCE_SECONDS
        while not self.all_ready():
            assert time.time() < deadline, "a server does not become ready again"
            time.sleep(0.1)

    def stop_all(self) -> list:
        for replica in self.replicas:
            replica.process.terminate()
        return [replica.process.wait(PATIENCE_SECONDS) for replica in self.replicas]

    def close(self):
        super().close()
        for node in self.nodes:
            node.stop()
        self.forwarders.close()
        shutil.rmtree(self.database_folder, ignore_errors=True)

    # What stands in the database

    def documents(self, query: str) -> list:
        return json.loads(self.primary.query(f"SELECT coalesce(json_agg(r), '[]') FROM ({query}) r", "symflow"))

    def runs(self) -> list:
        rows = self.documents("SELECT id, status, approval_status, convert_from(state, 'UTF8')::json AS state FROM runs")
        return [(row["id"], row["status"], row["approval_status"], row["state"]) for row in rows]

    def unended(self) -> list:
        return self.documents("SELECT id, status FROM runs WHERE NOT is_over AND status <> 'requested'")

    def work_left(self) -> list:
        return self.documents("SELECT lane, run, attempt, last_error FROM outbox")

    def seconds_up(self, since: float, until: float) -> float:
        """Some server is always there; what the database's failures cost counts as well."""
        return max(0.0, until - since)
