"""Slack's own Python SDK against `symflow emulate`: every method it serves, with the documented errors."""

import http.server
import json
import threading
import urllib.parse

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier
from slack_sdk.webhook import WebhookClient

from conftest import Program, Slack

SECRET = "sdk-signing-secret"

# Every method of the emulator; a test at the end sees to it that each was called with success.
SERVED = {
    "api.test", "auth.test", "auth.revoke", "chat.postMessage", "chat.postEphemeral", "chat.update", "chat.delete",
    "chat.getPermalink", "conversations.open", "conversations.info", "conversations.list", "conversations.members",
    "conversations.history", "conversations.replies", "conversations.join", "conversations.invite",
    "users.conversations", "users.info", "users.list", "users.lookupByEmail", "users.profile.get", "usergroups.list",
    "usergroups.users.list", "team.info", "views.open", "views.push", "views.update", "views.publish",
}

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
BUTTON = {"type": "actions", "block_id": "row", "elements": [
    {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}, "value": "1"}]}


def modal(title="A modal", **more):
    return {"type": "modal", "title": {"type": "plain_text", "text": title}, "blocks": [SECTION, BUTTON], **more}


class App:
    """The other side: keeps what Slack delivers and answers 200, with signatures checked by the SDK."""

    def __init__(self):
        app = self
        self.received = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                is_valid = SignatureVerifier(SECRET).is_valid_request(body, dict(self.headers))
                form = dict(urllib.parse.parse_qsl(body))
                app.received.append((is_valid, json.loads(form["payload"]) if "payload" in form else form))
                self.send_response(200 if is_valid else 401)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/slack/events"

    @property
    def last(self):
        is_valid, payload = self.received[-1]
        assert is_valid
        return payload


@pytest.fixture(scope="module")
def app():
    app = App()
    yield app
    app.server.shutdown()
    app.server.server_close()


@pytest.fixture(scope="module")
def slack(app, tmp_path_factory):
    from conftest import WORKSPACE
    path = tmp_path_factory.mktemp("sdk") / "workspace.json"
    path.write_text(json.dumps(WORKSPACE))
    program = Program("emulate", "--listen", "127.0.0.1:0", "--workspace", str(path), "--app-url", app.url,
                      ready=r"listening on .*\n", environment={"SLACK_SIGNING_SECRET": SECRET})
    slack = Slack(program.address("listening on "))
    yield slack
    program.stop()


@pytest.fixture
def client(slack):
    slack.post("token", state="valid")
    return WebClient("xoxb-test", base_url=slack.url + "/api/")


def refused(error, function, *arguments, **more):
    with pytest.raises(SlackApiError) as caught:
        function(*arguments, **more)
    assert caught.value.response["error"] == error
    assert caught.value.response.status_code == 200
    return caught.value.response


def test_who_am_i_and_bad_tokens(slack, client):
    assert client.api_test()["ok"]
    answer = client.auth_test()
    assert (answer["team_id"], answer["user_id"], answer["bot_id"]) == ("T1HOME", "U1BOT", "B1BOT")
    assert "chat:write" in answer.headers["X-OAuth-Scopes"]
    refused("invalid_auth", WebClient("xoxb-wrong", base_url=client.base_url).auth_test)
    refused("not_authed", WebClient(base_url=client.base_url).auth_test)
    refused("unknown_method", client.api_call, "no.such.method")
    slack.post("token", state="revoked")
    refused("token_revoked", client.auth_test)
    slack.post("token", state="account_inactive")
    refused("account_inactive", client.auth_test)


def test_a_token_is_revoked(slack, client):
    assert client.auth_revoke(test=True)["revoked"] is False
    assert client.auth_test()["ok"]
    assert client.auth_revoke()["revoked"] is True
    refused("token_revoked", client.auth_test)


def test_messages_are_posted_changed_and_deleted(client):
    posted = client.chat_postMessage(channel="C1LUNCH", text="first", blocks=[SECTION])
    assert posted["channel"] == "C1LUNCH" and posted["message"]["text"] == "first"
    changed = client.chat_update(channel="C1LUNCH", ts=posted["ts"], text="second", blocks=[])
    assert changed["text"] == "second" and "blocks" not in changed["message"]
    assert client.chat_getPermalink(channel="C1LUNCH", message_ts=posted["ts"])["permalink"].startswith("http")
    reply = client.chat_postMessage(channel="C1LUNCH", text="reply", thread_ts=posted["ts"])
    assert reply["message"]["thread_ts"] == posted["ts"]
    assert [one["text"] for one in client.conversations_replies(channel="C1LUNCH", ts=posted["ts"])["messages"]] == ["second", "reply"]
    assert client.chat_delete(channel="C1LUNCH", ts=posted["ts"])["ok"]
    refused("message_not_found", client.chat_update, channel="C1LUNCH", ts=posted["ts"], text="third")
    refused("message_not_found", client.chat_delete, channel="C1LUNCH", ts=posted["ts"])
    refused("message_not_found", client.chat_getPermalink, channel="C1LUNCH", message_ts="1.000001")


def test_messages_that_slack_refuses(client):
    refused("channel_not_found", client.chat_postMessage, channel="C0NOWHERE", text="x")
    refused("channel_not_found", client.chat_postMessage, channel="C1DARK", text="x")
    refused("not_in_channel", client.chat_postMessage, channel="C1OTHER", text="x")
    refused("is_archived", client.chat_postMessage, channel="C1GONE", text="x")
    refused("no_text", client.chat_postMessage, channel="C1LUNCH", text="")
    long = refused("invalid_blocks", client.chat_postMessage, channel="C1LUNCH", text="x", blocks=[
        {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}])
    assert "[json-pointer:/blocks/0/text/text]" in long["response_metadata"]["messages"][0]
    refused("invalid_blocks", client.chat_postMessage, channel="C1LUNCH", text="x", blocks=[SECTION] * 51)
    refused("invalid_blocks", client.chat_postMessage, channel="C1LUNCH", text="x", blocks=[{"type": "no_such_block"}])
    refused("markdown_text_conflict", client.chat_postMessage, channel="C1LUNCH", text="x", markdown_text="x")
    refused("too_many_attachments", client.chat_postMessage, channel="C1LUNCH", text="x", attachments=[{"text": "x"}] * 101)
    refused("thread_not_found", client.conversations_replies, channel="C1LUNCH", ts="1.000001")


def test_metadata_comes_back_with_the_history(client):
    metadata = {"event_type": "test", "event_payload": {"id": "7"}}
    posted = client.chat_postMessage(channel="C1LUNCH", text="with metadata", metadata=metadata)
    found = client.conversations_history(channel="C1LUNCH", include_all_metadata=True, oldest=posted["ts"], inclusive=True)
    assert found["messages"][0]["metadata"] == metadata
    plain = client.conversations_history(channel="C1LUNCH", oldest=posted["ts"], inclusive=True)
    assert "metadata" not in plain["messages"][0]
    refused("not_in_channel", client.conversations_history, channel="C1OTHER")
    refused("channel_not_found", client.conversations_history, channel="C0NOWHERE")


def test_ephemeral_messages(slack, client):
    assert client.chat_postEphemeral(channel="C1LUNCH", user="U1BOB", text="only you")["message_ts"]
    slack.wait(message={"channel": "#lunch", "user": "bob", "ephemeral": True, "contains": "only you"})
    slack.wait(no_message={"channel": "#lunch", "user": "ada", "contains": "only you"})
    refused("user_not_in_channel", client.chat_postEphemeral, channel="C1LUNCH", user="U1GWEN", text="x")
    refused("not_in_channel", client.chat_postEphemeral, channel="C1OTHER", user="U1ADA", text="x")


def test_direct_messages(client):
    opened = client.conversations_open(users="U1ADA")["channel"]["id"]
    assert opened.startswith("D")
    assert client.conversations_open(users=["U1ADA"], return_im=True)["channel"]["user"] == "U1ADA"
    assert client.chat_postMessage(channel="U1ADA", text="to a person")["channel"] == opened
    assert client.conversations_open(users="U1ADA,U1BOB")["channel"]["id"] != opened
    refused("user_not_found", client.conversations_open, users="U0NOBODY")
    refused("users_list_not_supplied", client.conversations_open, users="")
    refused("user_disabled", client.conversations_open, users="U1OLD")


def test_conversations(client):
    assert client.conversations_info(channel="C1SHARED")["channel"]["is_ext_shared"] is True
    refused("channel_not_found", client.conversations_info, channel="C1DARK")
    listed = [one["id"] for page in client.conversations_list(limit=2, exclude_archived=True) for one in page["channels"]]
    assert sorted(listed) == ["C1LUNCH", "C1OTHER", "C1SHARED"]
    refused("invalid_types", client.conversations_list, types="secret")
    refused("invalid_cursor", client.conversations_list, cursor="nonsense")
    refused("invalid_limit", client.conversations_list, limit=5000)
    assert set(client.conversations_members(channel="C1LUNCH")["members"]) >= {"U1ADA", "U1BOB", "U1BOT"}
    mine = {one["id"] for one in client.users_conversations()["channels"]}
    assert "C1LUNCH" in mine and "C1DARK" not in mine


def test_joining_and_inviting(client):
    assert client.conversations_join(channel="C1OTHER")["channel"]["is_member"] is True
    assert client.conversations_join(channel="C1OTHER")["warning"] == "already_in_channel"
    refused("is_archived", client.conversations_join, channel="C1GONE")
    refused("channel_not_found", client.conversations_join, channel="C1DARK")
    assert client.conversations_invite(channel="C1OTHER", users="U1BOB")["channel"]["id"] == "C1OTHER"
    refused("already_in_channel", client.conversations_invite, channel="C1OTHER", users="U1BOB")
    refused("no_user", client.conversations_invite, channel="C1OTHER", users=",")


def test_people(slack, client):
    ada = client.users_info(user="U1ADA", include_locale=True)["user"]
    assert ada["is_admin"] and ada["profile"]["email"] == "ada@home.test" and ada["locale"]
    gwen = client.users_info(user="U1GWEN")["user"]
    assert gwen["team_id"] == "T1AWAY" and "email" not in gwen["profile"]
    refused("user_not_found", client.users_info, user="U0NOBODY")
    assert client.users_lookupByEmail(email="bob@home.test")["user"]["id"] == "U1BOB"
    refused("users_not_found", client.users_lookupByEmail, email="gwen@away.test")
    slack.post("limits", short_pages=True)
    listed = [one["id"] for page in client.users_list(limit=2) for one in page["members"]]
    slack.post("limits", short_pages=False)
    assert len(listed) == len(set(listed)) and {"U1ADA", "U1BOB", "U1OLD"} <= set(listed) and "U1GWEN" not in listed
    assert client.users_profile_get(user="U1ADA")["profile"]["real_name"] == "Ada"
    refused("user_not_found", client.users_profile_get, user="U0NOBODY")


def test_groups_and_the_team(client):
    groups = client.usergroups_list(include_users=True, include_count=True)["usergroups"]
    assert [(one["handle"], one["users"]) for one in groups] == [("cooks", ["U1BOB"])]
    assert client.usergroups_users_list(usergroup="S1COOKS")["users"] == ["U1BOB"]
    refused("no_such_subteam", client.usergroups_users_list, usergroup="S0NONE")
    assert client.team_info()["team"]["domain"] == "home"
    refused("team_not_found", client.team_info, team="T0NOWHERE")


def test_modals(slack, client, app):
    assert slack.post("command", user="ada", channel="#lunch", text="/lunch")["ok"]
    trigger = app.last["trigger_id"]
    opened = client.views_open(trigger_id=trigger, view=modal(external_id="mine", callback_id="first"))["view"]
    assert opened["root_view_id"] == opened["id"]
    refused("exchanged_trigger_id", client.views_open, trigger_id=trigger, view=modal())
    refused("invalid_trigger_id", client.views_open, trigger_id="1.2.abc", view=modal())
    changed = client.views_update(view_id=opened["id"], hash=opened["hash"], view=modal("Changed", external_id="mine"))["view"]
    assert changed["title"]["text"] == "Changed"
    refused("hash_conflict", client.views_update, view_id=opened["id"], hash=opened["hash"], view=modal())
    refused("not_found", client.views_update, view_id="V0NONE", view=modal())
    assert client.views_update(external_id="mine", view=modal("By external id", external_id="mine"))["view"]["id"] == opened["id"]
    long = refused("invalid_arguments", client.views_update, view_id=opened["id"], view=modal("x" * 25))
    assert "[json-pointer:/view/title/text]" in long["response_metadata"]["messages"][0]

    for depth in (2, 3):
        assert slack.post("view/action", user="ada", action_id="go")["ok"]
        pushed = client.views_push(trigger_id=app.last["trigger_id"], view=modal(f"Depth {depth}"))["view"]
        assert pushed["root_view_id"] == opened["id"]
    assert slack.post("view/action", user="ada", action_id="go")["ok"]
    refused("push_limit_reached", client.views_push, trigger_id=app.last["trigger_id"], view=modal())

    slack.post("command", user="ada", channel="#lunch", text="/lunch")
    slack.post("clock", advance=4)
    refused("expired_trigger_id", client.views_open, trigger_id=app.last["trigger_id"], view=modal())


def test_the_home_tab(slack, client):
    home = {"type": "home", "blocks": [SECTION]}
    view = client.views_publish(user_id="U1ADA", view=home)["view"]
    assert view["type"] == "home"
    assert client.views_publish(user_id="U1ADA", hash=view["hash"], view=home)["view"]["id"] == view["id"]
    refused("hash_conflict", client.views_publish, user_id="U1ADA", hash=view["hash"], view=home)
    refused("user_not_found", client.views_publish, user_id="U0NOBODY", view=home)
    refused("invalid_arguments", client.views_publish, user_id="U1ADA", view=modal())


def test_response_urls(slack, client, app):
    slack.post("command", user="bob", channel="#lunch", text="/lunch now")
    assert app.last["text"] == "now"
    hook = WebhookClient(app.last["response_url"])
    for number in range(5):
        assert hook.send(text=f"answer {number}").status_code == 200
    late = hook.send(text="one too many")
    assert late.status_code == 404 and "used_url" in late.body
    slack.post("command", user="bob", channel="#lunch", text="/lunch later")
    hook = WebhookClient(app.last["response_url"])
    slack.post("clock", advance=31 * 60)
    late = hook.send(text="too late")
    assert late.status_code == 404 and "expired_url" in late.body


def test_missing_scopes_are_named(tmp_path):
    from conftest import WORKSPACE
    small = json.loads(json.dumps(WORKSPACE))
    small["installations"][0]["scopes"] = ["chat:write"]
    path = tmp_path / "workspace.json"
    path.write_text(json.dumps(small))
    program = Program("emulate", "--listen", "127.0.0.1:0", "--workspace", str(path), ready=r"listening on .*\n")
    try:
        client = WebClient("xoxb-test", base_url=program.address("listening on ") + "/api/")
        answer = refused("missing_scope", client.users_info, user="U1ADA")
        assert (answer["needed"], answer["provided"]) == ("users:read", "chat:write")
        assert client.chat_postMessage(channel="C1LUNCH", text="allowed")["ok"]
    finally:
        program.stop()


def test_rates_and_outages(slack, client):
    slack.post("faults", method="chat.postMessage", kind="429", retry_after=7, times=1)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel="C1LUNCH", text="x")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "7"
    assert caught.value.response["error"] == "ratelimited"
    slack.post("limits", strict=True)
    with pytest.raises(SlackApiError) as caught:
        for _ in range(10):
            client.chat_postMessage(channel="C1LUNCH", text="too fast")
    assert caught.value.response.status_code == 429
    slack.post("limits", strict=False)
    assert client.chat_postMessage(channel="C1LUNCH", text="well again")["ok"]


def test_every_method_that_is_served_was_called_with_success(slack):
    calls = slack.get("calls?kind=call")["calls"]
    assert SERVED - {call["method"] for call in calls if call["ok"]} == set()
