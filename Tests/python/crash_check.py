"""Compares what was acknowledged with what is so: in the store, at the target, on the cards and in the audit trail."""

import json

from crash_installation import ACCESS_SECONDS, CHANNELS, Installation
from crash_load import Load

# How much later than its end access may be taken back, counted while the server was up: what is usual stands in the
# README, this is for a machine that has much else to do.
LATE_SECONDS_MAX = 60


class Findings:
    def __init__(self):
        self.sent = 0
        self.acknowledged = 0
        self.requests = 0
        self.lost = []
        self.doubled = []
        self.wrong_cards = []
        self.doubled_cards = 0
        self.outlived = []
        self.lateness = []

    def add(self, other: "Findings"):
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def runs_by_token(installation: Installation) -> dict:
    runs = {}
    for run, status, approval, document in installation.runs():
        token = document["submission"]["fields"]["why"]["string"]["_0"]
        runs.setdefault(token, []).append({"id": run, "status": status, "approval": approval, "document": document})
    return runs


def facts(installation: Installation) -> dict:
    """The audit trail by run: kind and actor of each record, in order."""
    exported = installation.symflow("audit", "export")
    assert exported.returncode == 0, exported.stderr
    trail = {}
    for line in exported.stdout.splitlines():
        record = json.loads(line)
        trail.setdefault(record["aggregate"].removeprefix("run/"), []).append(record)
    return trail


def check(installation: Installation, load: Load) -> Findings:
    """The server must have been drained and stopped before."""
    findings = Findings()
    verified = installation.symflow("audit", "verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    runs = runs_by_token(installation)
    trail = facts(installation)
    effects = {}
    for effect in installation.target.effects:
        effects.setdefault(effect["run"], []).append(effect)
    cards = messages(installation)
    known = {run["id"] for same in runs.values() for run in same}
    findings.doubled += [f"an order for a run that is not stored: {run}" for run in effects if run not in known]

    for story in load.stories:
        findings.sent += len(story.clicks)
        findings.acknowledged += sum(was for _, _, was in story.clicks)
        found = runs.pop(story.token, [])
        if len(found) > 1:
            findings.doubled.append(f"{story.token}: {len(found)} runs")
        if story.submitted and not found:
            findings.lost.append(f"{story.token}: the acknowledged request is not there")
        for run in found:
            findings.requests += 1
            check_clicks(story, run, trail.get(run["id"], []), findings)
            check_effects(installation, story, run, trail.get(run["id"], []), effects.get(run["id"], []), findings)
            check_cards(story, run, cards.get(story.token, []), findings)
    assert not runs, f"requests that nobody made: {list(runs)}"
    return findings


def check_clicks(story, run, records, findings):
    """Every acknowledged click counts, or was answered by what had been decided before."""
    quorum = 2 if story.flow.startswith("two_") else 1
    verdict = run["document"].get("verdict", {}).get("outcome")
    approvals, denials = story.acknowledged("approve"), story.acknowledged("deny")
    where = f"{story.token} ({run['id']}): {story.clicks}"
    if not story.tried("deny") and len(approvals) >= quorum and verdict != "approved":
        findings.lost.append(f"{where}: approved, and the outcome is {verdict}")
    if denials and not story.tried("approve") and verdict != "denied":
        findings.lost.append(f"{where}: denied, and the outcome is {verdict}")
    if denials and approvals and verdict not in ("approved", "denied"):
        findings.lost.append(f"{where}: decided, and the outcome is {verdict}")
    if verdict == "approved" and not story.tried("approve") or verdict == "denied" and not story.tried("deny"):
        findings.doubled.append(f"{where}: the outcome {verdict} that nobody clicked for")
    if story.acknowledged("revoke") and run["status"] not in ("deescalated",):
        findings.lost.append(f"{where}: handed back, and the status is {run['status']}")
    decided = [record for record in records if record["kind"] in ("approved", "denied", "expired")]
    if len(decided) > 1:
        findings.doubled.append(f"{where}: decided {len(decided)} times")
    votes = [record["actor"] for record in records if record["kind"] == "voted"]
    if len(votes) != len(set(votes)) or len(votes) > quorum:
        findings.doubled.append(f"{where}: votes {votes}")


def check_effects(installation, story, run, records, effects, findings):
    where = f"{story.token} ({run['id']})"
    granted = [effect for effect in effects if effect["step"] == "escalate"]
    removed = [effect for effect in effects if effect["step"] == "deescalate"]
    approved = run["document"].get("verdict", {}).get("outcome") == "approved"
    if story.flow.startswith("ask_") or not approved:
        if effects:
            findings.doubled.append(f"{where}: {len(effects)} effects without approval")
        return
    if run["status"] != "deescalated":
        findings.lost.append(f"{where}: access did not come to its end, but is {run['status']}")
    if len(granted) != 1:
        (findings.lost if not granted else findings.doubled).append(f"{where}: switched on {len(granted)} times")
    if len(removed) != 1:
        (findings.lost if not removed else findings.doubled).append(f"{where}: taken back {len(removed)} times")
    if len(granted) != 1 or len(removed) != 1:
        return
    if removed[0]["at"] < granted[0]["at"]:
        findings.outlived.append(f"{where}: taken back before it was switched on")
    until = [record["details"].get("until") for record in records if record["kind"] == "access_granted"]
    end = until[0] / 1000 if until and until[0] else granted[0]["at"] + ACCESS_SECONDS
    late = installation.seconds_up(end, max(end, removed[0]["at"]))
    findings.lateness.append(late)
    if late > LATE_SECONDS_MAX:
        findings.outlived.append(f"{where}: taken back {late:.1f} s late")


def messages(installation: Installation) -> dict:
    """Every message of the app, by the reason that it names."""
    found = {}
    places = [f"C0N{channel:02}" for channel in range(CHANNELS)]
    for user in installation.emulate("GET", "world")["users"]:
        state = installation.emulate("GET", f"state?user={user['id']}")
        places += [place["id"] for place in state["conversations"] if place["id"].startswith("D")]
    for place in sorted(set(places)):
        for message in installation.emulate("GET", f"messages?channel={place}")["messages"]:
            if message.get("ephemeral"):
                continue
            text = json.dumps(message)
            start = text.find("reason-")
            if start >= 0:
                token = text[start:].split('"')[0].split("\\")[0].split("*")[0].split("<")[0].strip()
                found.setdefault(token, []).append((place, text))
    return found


def check_cards(story, run, cards, findings):
    """Every card says what is so, wherever it stands."""
    words = {
        "denied": "*Denied*", "deescalated": "*Access ended*", "approved": "*Approved*", "expired": "*Expired*",
        "requested": "sym_approve",
    }
    expected = words.get(run["status"])
    where = f"{story.token} ({run['id']}, {run['status']})"
    places = [place for place, _ in cards]
    findings.doubled_cards += len(places) - len(set(places))
    if story.channel not in places:
        findings.wrong_cards.append(f"{where}: no card in {story.channel}")
    for place, text in cards:
        is_approvers = place == story.channel
        if expected is None or (is_approvers or run["status"] != "requested") and expected not in text:
            findings.wrong_cards.append(f"{where}: the card in {place} does not say so: {text[:600]}")
        if run["status"] != "requested" and any(button in text for button in ("sym_approve", "sym_deny", "sym_revoke")):
            findings.wrong_cards.append(f"{where}: the card in {place} still has buttons")
