"""A PostgreSQL server of our own: its data in a temporary folder, its socket beside it, no network."""

import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import uuid

ROOT = pathlib.Path("/usr/lib/postgresql")
USER = "symflow"


def program(name: str) -> str:
    """Debian keeps the programs of each version in a folder of its own; the newest counts."""
    versions = sorted((path for path in ROOT.glob("*") if path.name.isdigit()), key=lambda path: -int(path.name))
    found = [str(path / "bin" / name) for path in versions if (path / "bin" / name).exists()]
    assert found, f"there is no {name} below {ROOT}: install the Debian package postgresql"
    return found[0]


class Cluster:
    """`initdb` and `postgres` refuse to run as root, so they run as `nobody` then."""

    def __init__(self):
        # A socket's path may not be long.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="symflow-pg-"))
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
        self.data = str(self.folder / "data")
        self.run(
            "initdb", "--pgdata", self.data, "--username", USER, "--auth", "trust", "--encoding", "UTF8",
            "--locale", "C.UTF-8", "--no-sync")
        self.start()

    def start(self):
        settings = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off -c max_connections=100"
        self.run(
            "pg_ctl", "start", "--pgdata", self.data, "--wait", "--timeout", "60", "--log", str(self.folder / "log"),
            "--options", settings)

    def stop(self, mode: str = "immediate"):
        self.run("pg_ctl", "stop", "--pgdata", self.data, "--mode", mode, "--wait")

    def close(self):
        subprocess.run([*self.unprivileged("pg_ctl"), "stop", "--pgdata", self.data, "--mode", "immediate"],
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, database: str) -> str:
        return f"postgresql:///{database}?host={self.folder}&user={USER}"

    def make_database(self) -> str:
        name = f"test_{uuid.uuid4().hex[:12]}"
        self.query(f"CREATE DATABASE {name}", self.url("postgres"))
        return self.url(name)

    def query(self, text: str, url: str) -> str:
        return self.run(
            "psql", "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--field-separator", "\t",
            "--set", "ON_ERROR_STOP=1", "--command", text, "--dbname", url)

    def dump(self, url: str) -> bytes:
        """`pg_dump`, as an operator makes it."""
        done = subprocess.run(
            [program("pg_dump"), "--format", "custom", "--dbname", url], capture_output=True, cwd="/")
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    def restore(self, dump: bytes) -> str:
        """`pg_restore` into a new database. Returns its URL."""
        url = self.make_database()
        done = subprocess.run(
            [program("pg_restore"), "--exit-on-error", "--no-owner", "--dbname", url], input=dump,
            capture_output=True, cwd="/")
        assert done.returncode == 0, done.stderr.decode()
        return url

    def run(self, name: str, *arguments: str) -> str:
        # Into a file: the server that pg_ctl starts keeps what it inherits.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                [*self.unprivileged(name), *arguments], stdin=subprocess.DEVNULL, stdout=output, stderr=output, cwd="/")
            output.seek(0)
            text = output.read().decode(errors="replace")
        assert done.returncode == 0, f"{name}: {text}"
        return text.strip("\n")

    @staticmethod
    def unprivileged(name: str) -> list:
        setpriv = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        return [*setpriv, program(name)]
