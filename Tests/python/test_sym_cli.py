"""Sym's own published command line client, 8.1.0, against the real server: each of its commands that calls the API.

It stands in a venv of its own, with a Python that it supports; what else it would talk to on the internet is behind a
closed port. `symflow` below is that client, not ours.
"""

import csv
import html.parser
import http.cookiejar
import json
import os
import pathlib
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import ROOT, Program, Slack

CLIENT = ROOT / ".venv-cli" / "bin" / "symflow"
LIMIT_SECONDS = 60

# What the client exits with (sym-api.md 12).
UNKNOWN_USER, UNKNOWN_BOT, USER_EXISTS, BOT_EXISTS, NOT_LOGGED_IN = 9, 10, 11, 12, 13
REFERENCED, BAD_EXPIRY, UNAUTHORIZED, API_ERROR = 18, 19, 22, 24


def closed_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Client:
    """The client with a home of its own, and a token or none."""

    def __init__(self, server, home, token=None):
        self.server = server
        self.home = home
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config"), "LANG": "C.UTF-8",
            "HTTPS_PROXY": f"http://127.0.0.1:{closed_port()}", "NO_PROXY": "127.0.0.1,localhost",
            "SYM_API_URL": f"{server}/api/v1", "SYM_AUTH_URL": server, "BROWSER": "/bin/true", "COLUMNS": "250",
        }
        if token:
            self.environment["SYM_JWT"] = token

    def start(self, *words):
        return subprocess.Popen(
            [CLIENT, *words], env=self.environment, cwd=self.home, text=True, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *words, answers="", code=0):
        """What it prints, when it exits with `code`."""
        process = self.start(*words)
        try:
            printed, _ = process.communicate(answers, LIMIT_SECONDS)
        finally:
            process.kill()
        assert process.returncode == code, f"symflow {' '.join(words)}: exit {process.returncode}\n{printed}"
        return printed

    def table(self, *words):
        """The rows that it prints below a header and a rule, as lists of cells."""
        lines = self.run(*words).splitlines()
        rule = next(index for index, line in enumerate(lines) if re.fullmatch(r"-+(\s+-+)*", line.strip() or "x"))
        columns = [match.span() for match in re.finditer(r"-+", lines[rule])]
        columns = [(start, columns[index + 1][0] if index + 1 < len(columns) else None)
                   for index, (start, _) in enumerate(columns)]
        return [[line[start:end].strip() for start, end in columns] for line in lines[rule + 1:] if line.strip()]

    def api(self, method, path, body=None):
        """The same API without the client."""
        request = urllib.request.Request(
            f"{self.server}/api/v1/{path}", None if body is None else json.dumps(body).encode(), method=method,
            headers={"Authorization": "Bearer " + self.environment["SYM_JWT"], "Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def slack(tmp_path_factory):
    """`symflow demo` for all tests here; its administrator's token stands in a file."""
    database = tmp_path_factory.mktemp("demo") / "symflow.db"
    program = Program(
        "demo", "--listen", "127.0.0.1:0", "--database", f"sqlite:{database}", ready=r"target system on .*\n")
    slack = Slack(program.address("slack emulator on "))
    slack.server = program.address("listening on ")
    slack.token = pathlib.Path(f"{database}.token").read_text().strip()
    yield slack
    program.stop()


@pytest.fixture
def sym(slack, tmp_path):
    assert CLIENT.exists(), "the client is not installed: config/test does that"
    return Client(slack.server, tmp_path, slack.token)


def test_status_and_who_is_not_logged_in(sym, slack, tmp_path):
    assert "logged in to acme as demo" in sym.run("status")
    nobody = Client(slack.server, tmp_path)
    nobody.run("users", "list", code=NOT_LOGGED_IN)
    stranger = Client(slack.server, tmp_path, "no.such.token")
    stranger.run("users", "list", code=UNAUTHORIZED)
    stranger.run("status", code=1)


def test_users(sym):
    sym.run("users", "create", "carla@else.example")
    sym.run("users", "create", "carla@else.example", code=USER_EXISTS)
    sym.run("users", "update-name", "carla@else.example", "Carla", "van", "Else")
    sym.run("users", "set-role", "carla@else.example", "--role", "admin")
    rows = {row[1]: row for row in sym.table("users", "list")}
    assert rows["carla@else.example"][0] == "Carla Van Else" and rows["carla@else.example"][2] == "admin"
    assert rows["ada@acme.test"][2] == "admin"
    assert not any("demo" in row[1] for row in rows.values())
    sym.run("users", "set-role", "nobody@else.example", "--role", "admin", code=UNKNOWN_USER)
    # The folder's administrator is the folder's.
    assert "configuration folder" in sym.run("users", "set-role", "ada@acme.test", "--role", "guest", code=API_ERROR)
    sym.run("users", "delete", "carla@else.example", "--force")
    sym.run("users", "delete", "carla@else.example", "--force", code=API_ERROR)


def test_identities_and_services(sym):
    sym.run("users", "create", "ida@else.example")
    # Services come with integrations; here is one without.
    sym.api("PATCH", "services", {"service_type": "okta", "external_id": "acme.okta.com", "label": None})
    okta = ["--service-type", "okta", "--external-id", "acme.okta.com"]
    sym.run("services", "update", *okta, "--label", "Our Okta")
    assert ["okta", "acme.okta.com", "Our Okta"] in sym.table("services", "list")
    assert ["sym", "cloud", "Sym"] in sym.table("services", "list")
    sym.run("users", "update-identity", "ida@else.example", *okta, "--new-value", "00u1")
    assert "Identities" in sym.run("services", "delete", *okta, "--force", code=REFERENCED)
    assert any("00u1" in row and "ida@else.example" in row for row in sym.table("users", "list-identities"))
    sym.run("users", "delete-identity", "ida@else.example", *okta, "--force")
    sym.run("services", "delete", *okta, "--force")
    assert not any(row[0] == "okta" for row in sym.table("services", "list"))
    sym.run("users", "delete", "ida@else.example", "--force")


def test_users_as_a_table(sym, tmp_path):
    sym.run("users", "create", "cleo@else.example")
    sym.run("users", "update-name", "cleo@else.example", "Cleo", "Table")
    path = tmp_path / "users.csv"
    sym.run("users", "list-identities", "-o", str(path))
    with open(path, newline="") as file:
        rows = list(csv.DictReader(file))
    cleo = next(row for row in rows if row["sym:cloud"] == "cleo@else.example")
    assert cleo["slack:T0ACME"] == "" and cleo["User ID"]
    cleo["slack:T0ACME"] = "U0CLEO"
    rows.append({**{key: "" for key in cleo}, "sym:cloud": "nora@else.example"})

    def upload():
        with open(path, "w", newline="") as file:
            writer = csv.DictWriter(file, cleo.keys(), quotechar="`")
            writer.writeheader()
            writer.writerows(rows)
        sym.run("users", "update", "-i", str(path), answers="y\ny\ny\n")

    upload()
    [user] = sym.api("GET", "users?email=cleo%40else.example")["users"]
    assert {"slack", "sym"} == {identity["service"]["slug"] for identity in user["identities"]}
    # The client sends an empty profile along: names stay.
    assert "Cleo Table" in sym.run("users", "list")
    [nora] = sym.api("GET", "users?email=nora%40else.example")["users"]
    cleo["slack:T0ACME"] = ""
    rows = [row for row in rows if row["sym:cloud"] != "nora@else.example"]
    rows.append({**{key: "" for key in cleo}, "sym:cloud": "nora@else.example", "User ID": nora["id"]})
    upload()
    [user] = sym.api("GET", "users?email=cleo%40else.example")["users"]
    assert [identity["service"]["slug"] for identity in user["identities"]] == ["sym"]
    rows = [row for row in rows if not row["sym:cloud"].endswith("@else.example")]
    upload()
    assert "else.example" not in sym.run("users", "list")


def test_bots_and_tokens(sym, slack, tmp_path):
    sym.run("bots", "create", "hal")
    sym.run("bots", "create", "hal", code=BOT_EXISTS)
    token = sym.run("tokens", "issue", "-u", "hal", "-e", "30d", "-l", "nightly").split()[-1]
    row = next(row for row in sym.table("tokens", "list") if row[1] == "hal")
    assert row[2] == "demo" and row[5] == "nightly"
    hal = Client(slack.server, tmp_path, token)
    assert "logged in to acme as hal" in hal.run("status")
    sym.run("bots", "update-identity", "hal", "--service-type", "slack", "--external-id", "T0ACME", "--new-value", "U0HAL")
    assert any(row[0] == "hal" and row[1] == "1" for row in sym.table("bots", "list"))
    sym.run("bots", "delete-identity", "hal", "--service-type", "slack", "--external-id", "T0ACME", "--force")
    sym.run("tokens", "issue", "-u", "nobody", "-e", "30d", code=API_ERROR)
    sym.run("tokens", "issue", "-u", "hal", "-e", "soon", code=BAD_EXPIRY)
    # A bot can be less than an administrator.
    [user] = [user for user in sym.api("GET", "users?type=bot")["users"] if "hal" in json.dumps(user)]
    sym.api("POST", f"users/{user['id']}/set-role", {"role": "member"})
    assert "role" in hal.run("users", "list", code=API_ERROR)
    sym.run("tokens", "revoke", row[0])
    hal.run("status", code=1)
    sym.run("bots", "delete", "hal", answers="y\n")
    sym.run("bots", "delete", "hal", answers="y\n", code=UNKNOWN_BOT)


def test_the_organisation(sym):
    sym.run("domains", "add", "new.example")
    assert "new.example" in sym.run("domains", "list")
    sym.run("domains", "remove", "new.example")
    assert "new.example" not in sym.run("domains", "list")
    assert "configuration folder" in sym.run("domains", "remove", "acme.test", code=API_ERROR)
    sym.run("organization", "configure-mfa", "true", answers="y\n")


class Forms(html.parser.HTMLParser):
    """The fields of a page's form, and where it goes."""

    def __init__(self, page):
        super().__init__()
        self.action, self.fields, self.links = None, {}, []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        if tag == "form":
            self.action = attributes["action"]
        elif tag == "input":
            self.fields[attributes["name"]] = attributes.get("value", "")
        elif tag == "a":
            self.links.append(attributes["href"])


class Browser:
    """As much of a browser as a log-in needs: cookies, forms, and answers that lead on."""

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def __init__(self):
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), urllib.request.ProxyHandler({}), self.Stay())

    def open(self, url, form=None):
        data = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            with self.opener.open(url, data, timeout=20) as answer:
                self.url, self.status, self.page, self.location = url, answer.status, answer.read().decode(), None
        except urllib.error.HTTPError as error:
            self.url, self.status, self.page = url, error.code, error.read().decode()
            self.location = error.headers["Location"]
        return self

    def submit(self, **values):
        form = Forms(self.page)
        return self.open(urllib.parse.urljoin(self.url, form.action), {**form.fields, **values})


def authorize_url(process):
    """What the client prints for those whose browser it could not open."""
    for line in process.stdout:
        if found := re.search(r"http://\S+/authorize\?\S+", line):
            return found.group(0)
    raise AssertionError("the client prints no address to log in at")


def back_to_client(url):
    """Sends the browser on to the client, which prints its address before it listens."""
    end = time.monotonic() + 10
    while True:
        try:
            return Browser().open(url)
        except urllib.error.URLError:
            assert time.monotonic() < end, "the client does not listen"
            time.sleep(0.1)


def code_for(slack, user):
    """The eight digits that the app sent to somebody."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        codes = re.findall(r"Your code for[^*]*\*(\d{4} \d{4})\*", json.dumps(slack.get(f"state?user={user}")))
        if codes:
            return codes[-1]
        time.sleep(0.1)
    raise AssertionError(f"{user} got no code")


def test_login(slack, tmp_path):
    dana = Client(slack.server, tmp_path)
    process = dana.start("login", "--org-id", "acme", "--port", str(closed_port()))
    try:
        browser = Browser().open(authorize_url(process))
        assert browser.status == 200
        browser.submit(email="dana@acme.test")
        assert "direct message" in browser.page
        code = code_for(slack, "dana")
        wrong = "0000 0000" if code != "0000 0000" else "1111 1111"
        assert "4 tries are left" in browser.submit(code=wrong).page
        browser.submit(code=code)
        assert browser.status == 303 and browser.location.startswith("http://localhost:")
        # The client answers with where its own closing page is.
        assert back_to_client(browser.location).status == 301
        printed, _ = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0 and "Login succeeded" in printed
    assert "dana@acme.test (role: member)" in dana.run("status")
    # A member does not administer.
    assert "role" in dana.run("users", "list", code=API_ERROR)
    dana.run("logout")
    dana.run("status", code=1)


def test_a_login_that_is_cancelled(slack, tmp_path):
    client = Client(slack.server, tmp_path)
    process = client.start("login", "--org-id", "acme", "--port", str(closed_port()))
    try:
        browser = Browser().open(authorize_url(process))
        back_to_client(Forms(browser.page).links[-1])
        printed, _ = process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
    assert process.returncode != 0 and "cancelled in the browser" in printed


def test_login_of_an_administrator(slack, tmp_path):
    """And with the token that the log-in gave, the administrator administers."""
    ada = Client(slack.server, tmp_path)
    process = ada.start("login", "--org-id", "ACME", "--port", str(closed_port()))
    try:
        browser = Browser().open(authorize_url(process)).submit(email="Ada@acme.test")
        browser.submit(code=code_for(slack, "ada"))
        back_to_client(browser.location)
        process.communicate(timeout=LIMIT_SECONDS)
    finally:
        process.kill()
    assert process.returncode == 0
    assert any(row[1] == "ada@acme.test" for row in ada.table("users", "list"))
    ada.run("login", "--org-id", "nobodys", "--port", str(closed_port()), code=API_ERROR)
