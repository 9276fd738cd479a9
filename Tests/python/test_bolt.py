"""An unchanged app on Slack's Bolt works against `symflow emulate`: command, modal, button, home, events and all."""

import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest

from conftest import START_SECONDS, Program, Slack

HERE = pathlib.Path(__file__).parent
SECRET = "bolt-signing-secret"


@pytest.fixture
def slack(workspace):
    program = Program("emulate", "--listen", "127.0.0.1:0", "--workspace", workspace, ready=r"listening on .*\n",
                      environment={"SLACK_SIGNING_SECRET": SECRET})
    slack = Slack(program.address("listening on "))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    app = subprocess.Popen([sys.executable, HERE / "bolt_app.py", str(port)], stdout=subprocess.DEVNULL, env={
        **os.environ, "SLACK_BOT_TOKEN": "xoxb-test", "SLACK_SIGNING_SECRET": SECRET, "SLACK_API_URL": slack.url + "/api/"})
    try:
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert time.monotonic() < end and app.poll() is None, "the app did not start"
                time.sleep(0.05)
        slack.post("app", request_url=f"http://127.0.0.1:{port}/slack/events")
        yield slack
    finally:
        app.terminate()
        app.wait()
        program.stop()


def test_a_command_opens_a_modal_whose_message_has_a_button_that_edits_it(slack):
    answer = slack.post("command", user="ada", channel="#lunch", text="/lunch")
    assert answer["ok"], answer
    slack.wait(view={"user": "ada", "callback_id": "lunch"})

    missing = slack.post("view/submit", user="ada", values={"Where?": "Zum Hirsch"})
    assert missing["error"] == "invalid_input" and list(missing["errors"]) == ["day"]
    short = slack.post("view/submit", user="ada", values={"Where?": "Z", "When?": "monday"})
    assert short["errors"] == {"place": "Too short to be found."}
    offered = slack.post("options", user="ada", action_id="dishes", query="p")
    assert [option["value"] for option in offered["options"]] == ["pasta", "pizza", "soup"]
    done = slack.post("view/submit", user="ada", values={"Where?": "Zum Hirsch", "What?": "pizza", "When?": "monday"})
    assert done["ok"], done
    assert [view["callback_id"] for view in done["views"]] == ["done"]

    posted = slack.wait(message={"channel": "#lunch", "contains": "Zum Hirsch", "from_app": True})["message"]
    assert "<@U1ADA> plans lunch at *Zum Hirsch* on monday: pizza" == posted["blocks"][0]["text"]["text"]
    clicked = slack.post("click", user="bob", channel="#lunch", ts=posted["ts"], label="Join")
    assert clicked["ok"], clicked
    slack.wait(message={"channel": "#lunch", "ts": posted["ts"], "contains": "<@U1BOB> joins"})
    slack.wait(message={"channel": "#lunch", "user": "bob", "ephemeral": True, "contains": "You joined."})
    slack.wait(no_message={"channel": "#lunch", "user": "ada", "ephemeral": True})
    assert [call for call in slack.get("calls")["calls"] if not call["ok"]] == []


def test_closing_help_shortcut_home_and_words_reach_the_app(slack):
    slack.post("command", user="ada", channel="#lunch", text="/lunch")
    slack.wait(view={"user": "ada", "callback_id": "lunch"})
    slack.post("view/close", user="ada")
    slack.wait(message={"channel": "#lunch", "user": "ada", "ephemeral": True, "contains": "No lunch, then."})
    slack.post("command", user="ada", channel="#lunch", text="/lunch help")
    slack.wait(message={"channel": "#lunch", "user": "ada", "ephemeral": True, "contains": "to plan one"})
    assert slack.post("shortcut", user="bob", callback_id="lunch_shortcut")["ok"]
    slack.wait(message={"channel": "@app", "user": "bob", "contains": "in a channel"})
    assert slack.post("home", user="bob")["ok"]
    slack.wait(view={"user": "bob", "home": True, "contains": "Lunches"})
    said = slack.post("message", user="bob", channel="#lunch", text="I am hungry")
    slack.wait(message={"channel": "#lunch", "thread_ts": said["ts"], "contains": "try `/lunch`"})


def test_the_framework_turns_forged_and_old_requests_away(slack):
    for kind in ("wrong_signature", "stale_timestamp"):
        slack.post("faults", delivery="command", kind=kind, times=1)
        answer = slack.post("command", user="ada", channel="#lunch", text="/lunch")
        assert not answer["ok"] and answer["deliveries"][0]["status"] == 401
    assert slack.get("views?user=ada")["views"] == []
    assert slack.post("command", user="ada", channel="#lunch", text="/lunch")["ok"]
