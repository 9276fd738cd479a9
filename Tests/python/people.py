"""People who take requests through their lives, one step after the other."""

import time

from crash_load import Load, Story

PATIENCE_SECONDS = 60


def until(condition, what):
    """Waits, on the clock that nobody sets, until something is so."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.02)
    raise AssertionError(f"it has not become so: {what}")


class People:
    """Who ask and click, one after the other."""

    def __init__(self, installation):
        self.installation = installation
        self.load = Load(installation, 0, seed=0)

    def ask(self, name, flow="access_0"):
        """Returns the request, and its card in the approvers' channel."""
        story = Story(f"reason-{name}", flow, "requester0", "C0N00")
        assert self.load.ask(story) and story.submitted
        card = self.load.card(story)
        assert card, "there is no card"
        return story, card

    def click(self, action, story, card, person="approver0"):
        self.load.click(story, story.channel, card, action, person)

    def approve(self, story, card):
        self.click("approve", story, card)
        assert story.acknowledged("approve"), "the click was not acknowledged"

    def status(self, story):
        """Of the run, as the store has it."""
        ((found,),) = self.installation.rows(
            f"SELECT status FROM runs WHERE CAST(state AS TEXT) LIKE '%{story.token}%'")
        return found

    def wait_for(self, status, story):
        until(lambda: self.status(story) == status, f"{story.token} is {status}")

    def steps(self):
        """What was ordered of the target, in order, every repetition included."""
        return [order["step"] for order in self.installation.target.seen]
