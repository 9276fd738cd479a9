"""Three servers on PostgreSQL under load: killed, cut off from their database, and the database's primary killed.

Every click that was acknowledged is compared with the state, the effects at the target, the cards and the audit trail.
"""

import os
import random
import time

from crash_check import check
from crash_cluster import PATIENCE_SECONDS, ReplicatedInstallation
from crash_load import Load
from crash_proxy import Forwarder

LONG = os.environ.get("SYMFLOW_TEST_LONG") == "1"
PEOPLE = 6 if LONG else 5
# So many times each, in an order of their own each time.
KILLS = 40 if LONG else 3
CUTS = 40 if LONG else 3
ALL_KILLED = 4 if LONG else 1
FAIL_OVERS = 4 if LONG else 1
SEED = int(os.environ.get("SYMFLOW_SEED", "1"))


class Campaign:
    def __init__(self, installation: ReplicatedInstallation, load: Load):
        self.installation = installation
        self.load = load
        self.random = random.Random(SEED)
        self.done = {"kill": 0, "kill all": 0, "stall": 0, "close": 0, "reset": 0, "fail over": 0}
        self.starts = []
        self.recoveries = []

    def run(self):
        plan = [self.kill] * KILLS + [self.kill_all] * ALL_KILLED + [self.cut] * CUTS + [self.fail_over] * FAIL_OVERS
        self.random.shuffle(plan)
        for act in plan:
            if self.load.failures:
                break
            time.sleep(self.random.uniform(0, 1.5))
            act()

    def kill(self):
        replica = self.random.choice(self.installation.replicas)
        self.installation.kill_replica(replica)
        time.sleep(self.random.uniform(0, 0.5))
        self.starts.append(self.installation.start_replica(replica))
        self.done["kill"] += 1

    def kill_all(self):
        died = time.time()
        for replica in self.installation.replicas:
            self.installation.kill_replica(replica)
        for replica in self.installation.replicas:
            self.starts.append(self.installation.start_replica(replica))
        self.recovers(died, "kill all")

    def cut(self):
        """One server, or all of them, cannot reach the database for a while."""
        mode = self.random.choice([Forwarder.STALL, Forwarder.CLOSE, Forwarder.RESET])
        number = self.random.choice([1, 1, len(self.installation.replicas)])
        replicas = self.random.sample(self.installation.replicas, number)
        networks = [network for replica in replicas for network in replica.networks]
        for network in networks:
            network.set(mode)
        time.sleep(self.random.uniform(0.1, 6 if LONG else 2))
        for network in networks:
            network.set(Forwarder.PASS)
        self.done[mode] += 1
        self.installation.wait_until_ready()

    def fail_over(self):
        died = time.time()
        self.installation.fail_over()
        self.recovers(died, "fail over")
        self.installation.wait_until_ready()
        self.installation.standby.make_standby(self.installation.primary)

    def recovers(self, died: float, kind: str):
        """Waits for the first click that is acknowledged again."""
        while not self.load.acknowledged_since(died):
            assert time.time() < died + PATIENCE_SECONDS, f"nothing is acknowledged after: {kind}"
            assert not self.load.failures, self.load.failures[0]
            time.sleep(0.01)
        self.recoveries.append(self.load.acknowledged_since(died)[0] - died)
        self.done[kind] += 1


def drain(installation: ReplicatedInstallation):
    """Until nothing waits to be done and no access is on."""
    deadline = time.time() + 2 * PATIENCE_SECONDS
    left = None
    while time.time() < deadline:
        left = installation.work_left() + installation.unended()
        if not left:
            return
        time.sleep(0.5)
    raise AssertionError(f"there is still work: {left}")


def test_three_servers_keep_every_acknowledged_click_and_do_nothing_twice(tmp_path, capsys):
    began = time.time()
    installation = ReplicatedInstallation(tmp_path / "installation")
    try:
        for replica in installation.replicas:
            installation.start_replica(replica)
        load = Load(installation, PEOPLE, SEED)
        load.start()
        campaign = Campaign(installation, load)
        campaign.run()
        load.finish()
        drain(installation)
        assert installation.stop_all() == [0, 0, 0], "a server did not stop in order"
        findings = check(installation, load)
    finally:
        installation.close()
    recoveries = sorted(campaign.recoveries)
    late = sorted(findings.lateness)
    with capsys.disabled():
        print(
            f"\n{time.time() - began:.0f} s: {campaign.done}; {findings.requests} requests, {findings.sent} clicks sent,"
            f" {findings.acknowledged} acknowledged, {len(findings.lost)} lost, {len(findings.doubled)} doubled,"
            f" {len(findings.wrong_cards)} cards wrong, {findings.doubled_cards} cards posted twice,"
            f" {len(findings.outlived)} accesses outlived their time; taken back at most {late[-1] if late else 0:.1f} s"
            f" late, half of them {late[len(late) // 2] if late else 0:.1f} s; a killed server listened again after at"
            f" most {max(campaign.starts):.1f} s; after the loss of all servers or of the primary the first click was"
            f" acknowledged after {recoveries[0]:.1f} to {recoveries[-1]:.1f} s"
        )
    assert not findings.lost, findings.lost[:5]
    assert not findings.doubled, findings.doubled[:5]
    assert not findings.outlived, findings.outlived[:5]
    assert not findings.wrong_cards, findings.wrong_cards[:5]
    assert findings.acknowledged > 0, "nothing was going on"
    assert all(campaign.done[kind] for kind in ("kill", "kill all", "fail over")), campaign.done
