"""The peer of `symflow bench --against`: a slack_bolt application that verifies the same signed slash command, answers
it, and stores nothing.

    python3 -m venv .venv-bench && .venv-bench/bin/pip install -r Tests/bench/requirements.txt
    cd Tests/bench
    gunicorn --workers 2 --threads 8 --bind 127.0.0.1:3100 app:threaded
    uvicorn --workers 2 --port 3100 --no-access-log --log-level warning app:asynchronous
    symflow bench --only commands --against http://127.0.0.1:3100

BOLT_BEFORE_RESPONSE=1 lets Bolt run the listener before it answers, which spares it the 10 ms steps in which it waits
for ack() otherwise. Quote both.
"""

import os

from slack_bolt import App
from slack_bolt.adapter.asgi.async_handler import AsyncSlackRequestHandler
from slack_bolt.adapter.wsgi import SlackRequestHandler
from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

SETTINGS = {
    "signing_secret": "bench-signing-secret",
    "process_before_response": os.environ.get("BOLT_BEFORE_RESPONSE") == "1",
}
ANSWER = "`/sym req` asks for access, `/sym list` shows your requests, `/sym whoami` says who you are here."


def who() -> AuthorizeResult:
    """Nothing is looked up in Slack."""
    return AuthorizeResult(
        enterprise_id=None, team_id="T0BENCH", bot_token="xoxb-bench", bot_id="B0BENCH", bot_user_id="U0BOT"
    )


def authorize(**_) -> AuthorizeResult:
    return who()


async def authorize_later(**_) -> AuthorizeResult:
    return who()


app = App(authorize=authorize, **SETTINGS)
later = AsyncApp(authorize=authorize_later, **SETTINGS)


@app.command("/sym")
def answer(ack):
    ack(ANSWER)


@later.command("/sym")
async def answer_later(ack):
    await ack(ANSWER)


threaded = SlackRequestHandler(app, path="/slack/events")
asynchronous = AsyncSlackRequestHandler(later, path="/slack/events")
