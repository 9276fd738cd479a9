"""A small app on Slack's own framework, written as for Slack. Only the address of the Web API is the emulator's.

    SLACK_BOT_TOKEN=xoxb-… SLACK_SIGNING_SECRET=… SLACK_API_URL=http://127.0.0.1:3001/api/ python bolt_app.py 3100
"""

import os
import sys

from slack_bolt import App
from slack_sdk import WebClient

app = App(
    client=WebClient(token=os.environ["SLACK_BOT_TOKEN"], base_url=os.environ["SLACK_API_URL"]),
    signing_secret=os.environ["SLACK_SIGNING_SECRET"],
)

DAYS = ["Monday", "Tuesday", "Wednesday"]


@app.command("/lunch")
def lunch(ack, body, client, respond):
    ack()
    if body["text"] == "help":
        respond("Type `/lunch` to plan one.")
        return
    client.views_open(trigger_id=body["trigger_id"], view={
        "type": "modal", "callback_id": "lunch", "private_metadata": body["channel_id"], "notify_on_close": True,
        "title": {"type": "plain_text", "text": "Lunch"}, "submit": {"type": "plain_text", "text": "Plan it"},
        "blocks": [
            {"type": "input", "block_id": "place", "label": {"type": "plain_text", "text": "Where?"},
             "element": {"type": "plain_text_input", "action_id": "text"}},
            {"type": "input", "block_id": "dish", "label": {"type": "plain_text", "text": "What?"}, "optional": True,
             "element": {"type": "external_select", "action_id": "dishes", "min_query_length": 0}},
            {"type": "input", "block_id": "day", "label": {"type": "plain_text", "text": "When?"},
             "element": {"type": "radio_buttons", "action_id": "day", "options": [
                 {"text": {"type": "plain_text", "text": day}, "value": day.lower()} for day in DAYS]}},
        ],
    })


@app.options("dishes")
def dishes(ack, payload):
    found = [dish for dish in ("Pasta", "Pizza", "Soup") if payload["value"].lower() in dish.lower()]
    ack(options=[{"text": {"type": "plain_text", "text": dish}, "value": dish.lower()} for dish in found])


@app.view("lunch")
def planned(ack, body, client, view):
    values = view["state"]["values"]
    place = values["place"]["text"]["value"]
    if len(place) < 3:
        ack(response_action="errors", errors={"place": "Too short to be found."})
        return
    ack(response_action="update", view={
        "type": "modal", "callback_id": "done", "title": {"type": "plain_text", "text": "Lunch"},
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "It is planned."}}]})
    dish = values["dish"]["dishes"]["selected_option"]
    client.chat_postMessage(channel=view["private_metadata"], text=f"Lunch at {place}", blocks=[
        {"type": "section", "block_id": "plan", "text": {"type": "mrkdwn", "text":
            f"<@{body['user']['id']}> plans lunch at *{place}* on {values['day']['day']['selected_option']['value']}"
            + (f": {dish['value']}" if dish else "")},
         "accessory": {"type": "button", "action_id": "join", "value": place, "text": {"type": "plain_text", "text": "Join"}}}])


@app.view_closed("lunch")
def closed(ack, body, client):
    ack()
    client.chat_postEphemeral(channel=body["view"]["private_metadata"], user=body["user"]["id"], text="No lunch, then.")


@app.action("join")
def join(ack, body, action, client, respond):
    ack()
    client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="Lunch", blocks=[
        {"type": "section", "text": {"type": "mrkdwn", "text": f"Lunch at *{action['value']}*, <@{body['user']['id']}> joins"}}])
    respond(text="You joined.", replace_original=False)


@app.shortcut("lunch_shortcut")
def shortcut(ack, body, client):
    ack()
    direct = client.conversations_open(users=body["user"]["id"])["channel"]["id"]
    client.chat_postMessage(channel=direct, text="Type `/lunch` in a channel.")


@app.event("app_home_opened")
def home(event, client):
    client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [
        {"type": "header", "text": {"type": "plain_text", "text": "Lunches"}}]})


@app.message("hungry")
def hungry(message, say):
    say(text=f"<@{message['user']}>, try `/lunch`.", thread_ts=message["ts"])


if __name__ == "__main__":
    app.start(port=int(sys.argv[1]), path="/slack/events")
