"""Tests of billing_admin.py. Run them with `symflow test config/demo`."""

from datetime import timedelta

import pytest


@pytest.fixture
def request_of_bob(flow, bob):
    return flow("billing_admin").request(by=bob, target="billing-db", reason="Month's end")


def test_the_channel_is_asked_and_then_dana(request_of_bob, dana, slack, clock):
    minutes = timedelta(minutes=1)
    assert [stage.forward_after for stage in request_of_bob.stages] == [15 * minutes, 60 * minutes]
    assert request_of_bob.destinations == ["#approvals", "@dana"]
    assert not any("Month's end" in message for message in slack.dm(dana))
    clock.advance(minutes=15)
    assert "Month's end" in slack.dm(dana)[-1]
    assert request_of_bob.status == "requested"


def test_it_expires_when_nobody_answers(request_of_bob, bob, slack, clock):
    clock.advance(minutes=74)
    assert request_of_bob.status == "requested"
    clock.advance(minutes=2)
    assert request_of_bob.status == "expired"
    assert request_of_bob.transitions == ["request", "request_forward", "request_expire"]


def test_omar_reads_along_but_does_not_approve(request_of_bob, omar, dana, target):
    answer = request_of_bob.approve(by=omar)
    assert "Only these can approve this: dana@acme.test, ada@acme.test." in answer.text
    assert request_of_bob.status == "requested"
    assert target.grants == []
    request_of_bob.approve(by=dana, message="Month's end it is")
    assert request_of_bob.status == "escalated"
    assert request_of_bob.reason == "Month's end it is"


def test_omar_may_deny(request_of_bob, omar):
    request_of_bob.deny(by=omar)
    assert request_of_bob.status == "denied"


def test_nobody_approves_for_themselves(flow, dana):
    request = flow("billing_admin").request(by=dana, target="billing-db", reason="Mine")
    assert request.approve(by=dana).text
    assert request.status == "requested"


def test_whose_approval_counts(flow, bob, omar, ada):
    billing = flow("billing_admin")
    event = billing.event("approve", by=bob, actor=ada, target="billing-db", reason="Month's end")
    assert billing.module.on_approve(event) is None
    event = billing.event("approve", by=bob, actor=omar, target="billing-db", reason="Month's end")
    assert billing.module.on_approve(event).step == "ignore"
