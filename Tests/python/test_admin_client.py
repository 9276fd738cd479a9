"""Our own administrator's client against the real server, and beside Sym's published one on the same server: the same
words, columns, values and exit codes."""

import csv
import json
import subprocess

import pytest

from conftest import executable
from test_sym_cli import (
    API_ERROR, BAD_EXPIRY, BOT_EXISTS, LIMIT_SECONDS, NOT_LOGGED_IN, REFERENCED, UNAUTHORIZED, UNKNOWN_BOT, UNKNOWN_USER,
    USER_EXISTS, Browser, Client, Forms, authorize_url, closed_port, code_for, slack,  # noqa: F401 (a fixture)
)

INVALID_CHOICE = 16


class Ours(Client):
    def start(self, *words):
        return subprocess.Popen(
            [executable(), *words], env=self.environment, cwd=self.home, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


@pytest.fixture
def ours(slack, tmp_path):
    return Ours(slack.server, tmp_path, slack.token)


@pytest.fixture
def published(slack, tmp_path):
    return Client(slack.server, tmp_path, slack.token)


def test_status_and_who_is_not_logged_in(ours, slack, tmp_path):
    assert "Logged in to acme as demo, role admin, by SYM_JWT" in ours.run("status")
    assert json.loads(ours.run("status", "--json"))["organization"] == "acme"
    nobody = Ours(slack.server, tmp_path)
    nobody.run("users", "list", code=NOT_LOGGED_IN)
    nobody.run("status", code=1)
    stranger = Ours(slack.server, tmp_path, "no.such.token")
    stranger.run("users", "list", code=UNAUTHORIZED)
    assert json.loads(stranger.run("--json", "users", "list", code=UNAUTHORIZED))["exit_code"] == UNAUTHORIZED
    stranger.run("status", code=1)


@pytest.fixture
def people(ours):
    """Some of each kind, so that tables have something in every column."""
    ours.api("PATCH", "services", {"service_type": "okta", "external_id": "acme.okta.com", "label": "Our Okta"})
    okta = ["--service-type", "okta", "--external-id", "acme.okta.com"]
    ours.run("users", "create", "carla@else.example")
    ours.run("users", "update-name", "carla@else.example", "carla", "van", "else")
    ours.run("users", "update-identity", "carla@else.example", *okta, "--new-value", "00u1")
    ours.run("bots", "create", "hal")
    ours.run("bots", "update-identity", "hal", *okta, "--new-value", "00u2")
    ours.run("tokens", "issue", "-u", "hal", "-e", "30d", "-l", "nightly")
    yield okta
    ours.run("users", "delete", "carla@else.example", "--force")
    ours.run("bots", "delete", "hal", "--force")
    ours.run("services", "delete", *okta, "--force")


@pytest.mark.parametrize(
    "words", ["users list", "users list-identities", "bots list", "tokens list", "services list", "domains list"])
def test_the_same_table_as_the_published_client(ours, published, people, words):
    def lines(client):
        return [line for line in client.run(*words.split()).splitlines() if line and not line.endswith(":")]
    assert lines(ours) == lines(published)


def test_users(ours):
    ours.run("users", "create", "dora@else.example")
    ours.run("users", "create", "dora@else.example", code=USER_EXISTS)
    ours.run("users", "set-role", "dora@else.example", "--role", "admin")
    ours.run("users", "set-role", "dora@else.example", "--role", "king", code=INVALID_CHOICE)
    ours.run("users", "set-role", "nobody@else.example", "--role", "admin", code=UNKNOWN_USER)
    assert "configuration folder" in ours.run("users", "set-role", "ada@acme.test", "--role", "guest", code=API_ERROR)
    assert "Nothing was changed" in ours.run("users", "delete", "dora@else.example", answers="n\n", code=1)
    ours.run("users", "delete", "dora@else.example", answers="y\n")
    ours.run("users", "delete", "dora@else.example", "--force", code=API_ERROR)


def test_services_in_use_stay(ours, people):
    assert "Identities" in ours.run("services", "delete", *people, "--force", code=REFERENCED)
    assert ["okta", "acme.okta.com", "Our Okta"] in ours.table("services", "list")


def test_users_as_a_sheet(ours, published, tmp_path):
    ours.run("users", "create", "cleo@else.example")
    ours.run("users", "update-name", "cleo@else.example", "Cleo", "Table")
    path, theirs = tmp_path / "users.csv", tmp_path / "theirs.csv"
    ours.run("users", "list-identities", "-o", str(path))
    published.run("users", "list-identities", "-o", str(theirs))
    assert path.read_bytes().splitlines() == theirs.read_bytes().splitlines()
    rows = list(csv.DictReader(path.read_text().splitlines(), quotechar="`"))
    cleo = next(row for row in rows if row["sym:cloud"] == "cleo@else.example")
    cleo["slack:T0ACME"] = "U0CLEO"
    rows.append({**{key: "" for key in cleo}, "sym:cloud": "nora@else.example"})

    def upload(answers=""):
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, cleo.keys(), quotechar="`")
            writer.writeheader()
            writer.writerows(rows)
        return ours.run("users", "update", "-i", str(path), answers=answers)

    assert "2 users written" in upload()
    [user] = ours.api("GET", "users?email=cleo%40else.example")["users"]
    assert {"slack", "sym"} == {identity["service"]["slug"] for identity in user["identities"]}
    assert "Cleo Table" in ours.run("users", "list")
    [nora] = ours.api("GET", "users?email=nora%40else.example")["users"]
    rows[-1]["User ID"] = nora["id"]
    assert "changes nothing" in upload()
    cleo["slack:T0ACME"] = ""
    assert "1 identity deleted" in upload()
    rows = [row for row in rows if not row["sym:cloud"].endswith("@else.example")]
    assert "Nobody is deleted" in upload("n\n")
    assert "2 users deleted" in upload("y\n")
    assert "else.example" not in ours.run("users", "list")


def test_the_sheet_in_an_editor(ours, tmp_path):
    editor = tmp_path / "editor"
    services = ours.run("users", "list-identities").splitlines()[0].split()
    line = ",".join("eve@else.example" if service == "sym:cloud" else "" for service in services) + ","
    editor.touch(0o755)
    ours.environment["EDITOR"] = str(editor)
    editor.write_text(f"#!/bin/sh\necho '{line}' >> \"$1\"\n")
    assert "1 user written" in ours.run("users", "update")
    ours.run("users", "delete", "eve@else.example", "--force")
    editor.write_text("#!/bin/sh\nexit 3\n")
    assert "nothing was changed" in ours.run("users", "update", code=1)


def test_bots_and_tokens(ours, slack, tmp_path):
    ours.run("bots", "create", "rob")
    ours.run("bots", "create", "rob", code=BOT_EXISTS)
    token = ours.run("tokens", "issue", "-u", "rob", "-e", "30d", "-n")
    assert not token.endswith("\n")
    rob = Ours(slack.server, tmp_path, token)
    assert "as rob" in rob.run("status")
    [row] = [row for row in ours.table("tokens", "list") if row[1] == "rob"]
    ours.run("tokens", "issue", "-u", "rob", "-e", "soon", code=BAD_EXPIRY)
    ours.run("tokens", "issue", "-u", "nobody", "-e", "30d", code=API_ERROR)
    ours.run("tokens", "revoke", row[0])
    rob.run("status", code=1)
    ours.run("bots", "delete", "rob", "--force")
    ours.run("bots", "delete", "rob", "--force", code=UNKNOWN_BOT)


def test_the_organisation(ours):
    ours.run("domains", "add", "new.example")
    assert "new.example" in json.loads(ours.run("domains", "list", "--json"))
    ours.run("domains", "remove", "new.example")
    assert "configuration folder" in ours.run("domains", "remove", "acme.test", code=API_ERROR)
    ours.run("organization", "configure-mfa", "true", answers="y\n")


def test_login_and_a_file_that_both_clients_read(slack, tmp_path):
    ada, published = Ours(slack.server, tmp_path), Client(slack.server, tmp_path)
    process = ada.start("login", "--org-id", "acme", "--port", str(closed_port()))
    try:
        browser = Browser().open(authorize_url(process)).submit(email="ada@acme.test")
        browser.submit(code=code_for(slack, "ada"))
        # Another page cannot answer in its place.
        assert Browser().open(browser.location.split("?")[0] + "?code=stolen&state=other").status == 400
        assert "Go back to the terminal" in Browser().open(browser.location).page
        printed, _ = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0 and "Logged in to acme as ada@acme.test" in printed
    assert (tmp_path / "config/symflow/default/config.yml").stat().st_mode & 0o777 == 0o600
    # The address is remembered, too.
    del ada.environment["SYM_API_URL"], ada.environment["SYM_AUTH_URL"]
    assert "as ada@acme.test, role admin, by the login file" in ada.run("status")
    assert "ada@acme.test (role: admin)" in published.run("status")
    assert ada.run("config", "get", "org") == "acme\n"
    ada.run("config", "set", "auth_token.access_token", "x", code=2)
    # Each logs the other out.
    published.run("logout")
    ada.run("status", code=1)
    assert ada.run("config", "get", "org") == "acme\n"


def test_a_login_that_is_cancelled(slack, tmp_path):
    client = Ours(slack.server, tmp_path)
    process = client.start("login", "--org-id", "acme", "--port", str(closed_port()))
    try:
        browser = Browser().open(authorize_url(process))
        Browser().open(Forms(browser.page).links[-1])
        printed, _ = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 1 and "refused" in printed
    assert not (tmp_path / "config").exists()
    client.run("login", "--org-id", "nobodys", "--port", str(closed_port()), code=1)


def test_the_first_configuration(ours, tmp_path):
    """What `init` and `generate` write is valid, and what is there stays."""
    answers = "acme\nt0acme\nprod\nada@acme.test\n\n"
    assert "wrote config/site/organization.json" in ours.run("init", answers=answers)
    assert "already" in ours.run("init", answers=answers, code=1)
    ours.run("generate", "--type", "approval-only", "--flow-name", "second")
    ours.run("generate", "--type", "http", "--flow-name", "db-prod", "--channel", "ops")
    ours.run("generate", "--type", "okta", "--flow-name", "third", code=1)
    ours.run("generate", "--type", "approval-only", "--flow-name", "not a name", code=2)
    assert "3 flows (db-prod, first-approval, second)" in ours.run("check")
    ours.run("init", "--terraform", "--org", "acme", "--slack-workspace-id", "T0ACME", "--environment", "prod")
    ours.run("generate", "--directory", "terraform", "--type", "aws-iam", "--flow-name", "admins")
    names = sorted(str(path.relative_to(tmp_path / "terraform")) for path in (tmp_path / "terraform").rglob("*.*"))
    assert names == [
        "README.md", "aws_iam_admins.tf", "connectors.tf", "environment.tf", "impls/aws_iam_admins_impl.py", "versions.tf"]
    compile((tmp_path / "terraform/impls/aws_iam_admins_impl.py").read_text(), "impl", "exec")
    assert "nothing to migrate" in ours.run("migrate", code=1)


def test_words_are_completed_in_bash(ours, tmp_path):
    script = tmp_path / "completion"
    script.write_text(ours.run("completion", "bash"))

    def complete(*words):
        typed = f'COMP_WORDS=(symflow {" ".join(words)}); COMP_CWORD={len(words)}; _symflow; echo "${{COMPREPLY[*]}}"'
        return subprocess.run(["bash", "-c", f". {script}; {typed}"], capture_output=True, text=True).stdout.split()
    assert complete("to") == ["tokens"]
    assert complete("users", "set") == ["set-role"]
    assert complete("users", "delete", "ada@acme.test", "--fo") == ["--force"]
    ours.run("completion", "fish", code=2)
