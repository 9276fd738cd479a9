"""Tests for flows: pytest files beside ``impl.py``, run by ``symflow test``.

Each test that uses one of the fixtures gets an installation of its own: the real server with its database, a Slack
with the people of the configuration, and a target system in which access is switched on. Handlers run as they do in
production, in a worker, in its sandbox. Nothing leaves the machine, and nothing is left behind.

    def test_dana_is_asked(flow, bob, dana, slack, clock):
        request = flow("prod_db").request(by=bob, target="orders-db", duration="1h", reason="INC-7")
        assert request.destinations == ["#db-access", "@dana"]
        request.approve(by=dana)
        assert request.status == "escalated"
        clock.advance(hours=1)
        assert request.status == "deescalated"
        assert "over" in slack.dm(bob)[-1].text

Fixtures
--------

    flow("name")      a ``Flow``: makes requests, shows the form, makes events, calls single handlers
    ada, bob, …       one fixture for each person in Slack, under the name there: ``Person``
    people            all of them by name
    slack             a ``Slack``: what people see, and what goes wrong on demand
    clock             a ``Clock``: ``clock.advance(hours=1)``; everything that falls due on the way happens
    target            a ``Target``: who has access now in the target system
    site              all of it: ``Site``

Whatever a test does returns when everything that it leads to has happened: there is nothing to wait for.

What a handler prints, and everything else that the server logs, is shown with a test that fails.

One handler at a time
---------------------

    def test_urgent_requests_are_fast(flow, bob):
        hotfix = flow("hotfix")
        event = hotfix.event("request", by=bob, target="orders-db", urgency="Emergency", incident="INC-7")
        assert hotfix.module.on_request(event).step == "approve"  # here, as a plain function
        assert hotfix.call("on_request", event)["transition"] == "approve"  # in a worker, as the server does

Functions of the SDK work in both: they are carried out by the server, with the emulated Slack.
"""

from symflow_testing._people import Person
from symflow_testing._request import Answer, Request, Stage
from symflow_testing._flow import Flow, Form, NotRequested
from symflow_testing._site import Site, SiteError
from symflow_testing._slack import Message, Slack
from symflow_testing._world import Clock, Target

__all__ = [
    "Answer",
    "Clock",
    "Flow",
    "Form",
    "Message",
    "NotRequested",
    "Person",
    "Request",
    "Site",
    "SiteError",
    "Slack",
    "Stage",
    "Target",
]
