"""Tests of hotfix.py. Run them with `symflow test config/demo`."""

import pytest
from symflow_testing import NotRequested


def test_an_emergency_is_let_through_and_announced(flow, bob, slack, target):
    request = flow("hotfix").request(
        by=bob, target="orders-db", urgency="Emergency", incident="INC-7", duration="1h"
    )
    assert request.status == "escalated"
    assert request.reason == "Emergency: bob works on Orders database (INC-7)."
    assert request.decided_by == []
    assert request.transitions == ["request", "approve", "escalate"]
    assert any(request.reason in message for message in slack.channel("#security"))
    assert target.has("bob@acme.test", "orders-db")
    assert request.reason in slack.dm(bob)[-1]


def test_it_ends_by_itself(flow, bob, clock, target):
    request = flow("hotfix").request(by=bob, target="orders-db", urgency="Emergency", incident="INC-7", duration="1h")
    clock.advance(minutes=59)
    assert request.status == "escalated"
    clock.advance(minutes=1)
    assert request.status == "deescalated"
    assert target.grants == []


@pytest.mark.parametrize("urgency, duration", [("Normal", "30m"), ("Emergency", "4h")])
def test_everything_else_is_asked(flow, bob, dana, target, urgency, duration):
    request = flow("hotfix").request(
        by=bob, target="billing-db", urgency=urgency, incident="INC-8", duration=duration
    )
    assert request.status == "requested"
    assert request.destinations == ["#db-access"]
    assert request.permissions.level == "member" and not request.permissions.self_approval
    assert target.grants == []
    request.approve(by=dana)
    assert request.status == "escalated" and request.decided_by == ["@dana"]


def test_the_incident_is_named(flow, bob):
    with pytest.raises(NotRequested) as refusal:
        flow("hotfix").request(by=bob, target="orders-db", urgency="Emergency")
    assert "incident" in refusal.value.errors


def test_the_hook_by_itself(flow, bob):
    hotfix = flow("hotfix")
    normal = hotfix.event("request", by=bob, target="orders-db", incident="INC-9")
    assert hotfix.module.on_request(normal) is None
    urgent = hotfix.event("request", by=bob, target="orders-db", incident="INC-9", urgency="Emergency")
    assert hotfix.module.summary(urgent) == "Emergency: bob works on Orders database (INC-9)."
    assert hotfix.call("on_request", urgent)["transition"] == "approve"
