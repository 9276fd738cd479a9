"""People who ask, approve, deny and hand back while the server is being killed, and remember what was acknowledged."""

import itertools
import random
import threading
import time

from crash_installation import ACCESS_SECONDS, APPROVERS, CHANNELS, Call, Installation

# How long somebody waits for a card before doing something else.
CARD_SECONDS = 12


class Story:
    """One request, as the people in it remember it."""

    def __init__(self, token: str, flow: str, requester: str, channel: str):
        self.token = token
        self.flow = flow
        self.requester = requester
        self.channel = channel
        self.submitted = False
        # (action, person, whether the click was acknowledged), in the order in which they were made.
        self.clicks = []

    def acknowledged(self, action: str) -> set:
        return {person for made, person, was in self.clicks if made == action and was}

    def tried(self, action: str) -> set:
        return {person for made, person, _ in self.clicks if made == action}


class Load:
    """A few people at work at once, each with a Slack window of their own."""

    def __init__(self, installation: Installation, people: int, seed: int):
        self.installation = installation
        self.stories = []
        self.lock = threading.Lock()
        self.ending = threading.Event()
        self.numbers = itertools.count()
        self.threads = [
            threading.Thread(
                target=self.work, args=(f"requester{number}", random.Random(f"{seed}/{number}")), daemon=True
            )
            for number in range(people)
        ]
        self.failures = []
        # When clicks were acknowledged.
        self.times = []

    def acknowledged_since(self, then: float) -> list:
        """When clicks that were sent after `then` were acknowledged."""
        with self.lock:
            return [at for sent, at in self.times if sent > then]

    def start(self):
        for thread in self.threads:
            thread.start()

    def finish(self):
        self.ending.set()
        for thread in self.threads:
            thread.join(60)
            assert not thread.is_alive(), "somebody still waits for Slack"
        assert not self.failures, self.failures[0]

    def work(self, requester: str, random: random.Random):
        try:
            while not self.ending.is_set():
                try:
                    self.one(requester, random)
                except Call:
                    time.sleep(0.05)
        except BaseException as failure:
            self.failures.append(failure)
            raise

    def one(self, requester: str, random: random.Random):
        number = random.randrange(CHANNELS)
        kind = random.choice(["access", "access", "access", "two", "ask"])
        story = Story(f"reason-{next(self.numbers)}-{requester}", f"{kind}_{number}", requester, f"C0N{number:02}")
        if not self.ask(story):
            time.sleep(0.05)
            return
        card = self.card(story)
        if card is None:
            return
        approvers = random.sample(range(APPROVERS), 3)
        first, second, third = (f"approver{approver}" for approver in approvers)
        plan = random.choice(["one", "both", "both", "deny", "race", "twice"])
        if kind == "two":
            self.together(story, card, [("approve", first), ("approve", second), ("approve", third)])
        elif plan == "one":
            self.together(story, card, [("approve", first)])
        elif plan == "both":
            self.together(story, card, [("approve", first), ("approve", second)])
        elif plan == "deny":
            self.together(story, card, [("deny", first)])
        elif plan == "race":
            self.together(story, card, [("approve", first), ("deny", second)])
        else:
            self.together(story, card, [("approve", first), ("approve", first)])
        if kind != "ask" and random.random() < 0.3:
            self.hand_back(story)

    def ask(self, story: Story) -> bool:
        slack = self.installation.emulate
        slack("POST", "view/close", {"user": story.requester, "all": True})
        words = f"/sym req {story.flow}" + ("" if story.flow.startswith("ask") else " database")
        if not slack("POST", "command", {"user": story.requester, "channel": story.channel, "text": words})["ok"]:
            return False
        form = {"user": story.requester, "callback_id": "sym_form", "contains": "Why?"}
        if not slack("POST", "wait", {"until": {"view": form}, "timeout_ms": 2500})["ok"]:
            return False
        with self.lock:
            self.stories.append(story)
        answer = slack("POST", "view/submit", {"user": story.requester, "values": {"Why?": story.token}})
        story.submitted = answer["ok"] and all(delivery["status"] == 200 for delivery in answer["deliveries"])
        # Even what was not acknowledged may have been kept.
        return True

    def card(self, story: Story):
        until = {"message": {"channel": story.channel, "contains": story.token, "from_app": True}}
        deadline = time.time() + CARD_SECONDS
        while time.time() < deadline and not self.ending.is_set():
            answer = self.installation.emulate("POST", "wait", {"until": until, "timeout_ms": 1000})
            if answer["ok"]:
                return answer["message"]["ts"]
            if not story.submitted:
                return None
        return None

    def together(self, story: Story, ts: str, clicks: list):
        """Several people click at the same moment."""
        threads = [
            threading.Thread(target=self.click, args=(story, story.channel, ts, action, person))
            for action, person in clicks
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def click(self, story: Story, channel: str, ts: str, action: str, person: str):
        order = {"user": person, "channel": channel, "ts": ts, "action_id": f"sym_{action}"}
        was = False
        sent = time.time()
        try:
            answer = self.installation.emulate("POST", "click", order)
            if answer.get("error") in ("no_such_element", "message_not_found"):
                # Somebody was quicker, and the button is gone: nobody clicked.
                return
            deliveries = answer.get("deliveries", [])
            was = bool(deliveries) and all(delivery["status"] == 200 for delivery in deliveries)
        except Call:
            pass
        with self.lock:
            story.clicks.append((action, person, was))
            if was:
                self.times.append((sent, time.time()))

    def hand_back(self, story: Story):
        told = {"channel": "@app", "user": story.requester, "contains": story.token, "from_app": True}
        until = {"message": {**told, "ephemeral": False}}
        answer = self.installation.emulate("POST", "wait", {"until": until, "timeout_ms": 500})
        if not answer["ok"]:
            return
        time.sleep(ACCESS_SECONDS / 4)
        message = answer["message"]
        self.click(story, message["channel"], message["ts"], "revoke", story.requester)
