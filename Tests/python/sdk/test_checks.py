"""`inspect`: what is wrong with a source, with file and line."""

import pytest
from symflow_worker.checks import inspect_source

HEAD = "from sym.sdk import *\n"
PERMISSIONS = "@reducer\ndef get_permissions(event):\n    pass\n"


def problems(source, kind="implementation", fields=None, head=HEAD, tail=PERMISSIONS):
    found = inspect_source(kind, head + source + (tail if kind == "implementation" else ""), "impl.py", fields)[1]
    assert all(problem["file"] == "impl.py" for problem in found)
    return [(problem["severity"], problem["code"], problem["line"]) for problem in found]


def texts(source, kind="implementation", fields=None, tail=PERMISSIONS):
    return " ".join(problem["message"] for problem in inspect_source(kind, HEAD + source + tail, "impl.py", fields)[1])


def test_nothing_is_wrong():
    source = (
        "@hook\ndef on_request(evt): pass\n@hook\ndef after_request_forward(event, context): pass\n"
        "@hook\ndef on_request_forward(event): pass\n@hook\ndef on_expire(event, more=None): pass\n"
        "@reducer\ndef get_identity(event, service_type, external_id, user): pass\n"
        "@prefetch('ticket')\ndef tickets(event): pass\ndef helper(a, b): pass\n"
    )
    assert problems(source, fields=["ticket"]) == []
    handlers = inspect_source("implementation", HEAD + source + PERMISSIONS, "impl.py", None)[0]
    assert [(each["name"], each["field"], each["function"]) for each in handlers] == [
        ("on_request", None, "on_request"),
        ("after_request_forward", None, "after_request_forward"),
        ("on_request_forward", None, "on_request_forward"),
        ("on_request_expire", None, "on_expire"),
        ("get_identity", None, "get_identity"),
        ("prefetch", "ticket", "tickets"),
        ("get_permissions", None, "get_permissions"),
    ]


@pytest.mark.parametrize("names", ["get_permissions", "get_approvers", "get_approver"])
def test_one_reducer_is_wanted(names):
    assert problems("@reducer\ndef {}(event): pass\n".format(names), tail="") == []
    assert problems("x = 1\n", tail="") == [("warning", "missing_reducer", None)]
    assert problems("@reducer\ndef get_flows(user, flows, flows_filter_vars): pass\n", tail="") == []


@pytest.mark.parametrize(
    "source, line, text",
    [
        ("@hook\ndef on_aprove(event): pass\n", 3, "Did you mean on_approve?"),
        ("@reducer\ndef get_permission(event): pass\n", 3, "Did you mean get_permissions?"),
        ("@reducer\ndef something(event): pass\n", 3, "There is no reducer something."),
    ],
)
def test_unknown_handlers(source, line, text):
    assert problems(source) == [("error", "unknown_handler", line)]
    assert text in texts(source)


def test_decorators_that_do_not_fit():
    assert problems("@reducer\ndef on_deny(event): pass\n") == [("error", "wrong_decorator", 3)]
    assert problems("x = 1\n@hook\ndef get_approvers(event): pass\n") == [("error", "wrong_decorator", 4)]
    assert problems("def on_deny(event): pass\n") == [("warning", "undecorated", 2)]


@pytest.mark.parametrize(
    "source",
    [
        "@hook\ndef on_request(): pass\n",
        "@hook\ndef on_request(event, more): pass\n",
        "@hook\ndef on_request(*, event): pass\n",
        "@hook\nasync def on_request(event): pass\n",
        "@hook\ndef on_request(event): yield 1\n",
        "@hook\ndef on_request_forward(a, b, c): pass\n",
        "@reducer\ndef get_identity(event, user): pass\n",
        "@reducer\ndef get_flows(user, flows): pass\n",
        "@prefetch('x')\ndef tickets(): pass\n",
    ],
)
def test_signatures(source):
    assert problems(source) == [("error", "signature", 3)]


def test_signatures_of_other_kinds():
    assert problems("def on_change_x(form): pass\n", "on_change") == [("error", "signature", 2)]
    assert problems("def on_change_x(a, b): pass\n", "on_change") == []
    strategy = (
        "from sym.sdk.strategies import AccessStrategy\nclass A(AccessStrategy):\n"
        "    def fetch_remote_identity(self, user): pass\n    def escalate(self, target_id, event): pass\n"
        "    def deescalate(self, target_id{}): pass\n"
    )
    assert problems(strategy.format(", event"), "strategy") == []
    assert [each[:2] for each in problems(strategy.format(""), "strategy")] == [("error", "signature")]
    assert "deescalate is called with (target_id, event)" in texts(strategy.format(""), "strategy", tail="")
    override = "    def __init__(self, integration): pass\n"
    assert problems(strategy.format(", event") + override, "strategy") == [("error", "final", 7)]


def test_fields():
    source = "@prefetch('tiket')\ndef tickets(event): pass\n"
    assert problems(source, fields=["ticket", "reason"]) == [("error", "unknown_field", 3)]
    assert "Did you mean ticket?" in texts(source, fields=["ticket"])
    assert problems(source, fields=None) == []
    change = "def on_change_how_many(username, form): pass\n"
    assert problems(change, "on_change", fields=["how-many"]) == []
    assert problems(change, "on_change", fields=["many"]) == [("error", "unknown_field", 2)]
    assert problems("@prefetch\ndef tickets(event): pass\n") == [("error", "unknown_field", 3)]
    assert problems("import sym.sdk as s\n@s.prefetch\ndef tickets(event): pass\n") == [("error", "unknown_field", 4)]
    assert problems("@prefetch(7)\ndef tickets(event): pass\n") == [("error", "unknown_field", 3)]


def test_things_that_are_there_twice():
    twice = "@hook\ndef on_deny(event): pass\n"
    assert problems(twice + twice) == [("warning", "redefined", 5)]
    options = "@prefetch('x')\ndef one(event): pass\n@prefetch('x')\ndef two(event): pass\n"
    assert problems(options) == [("warning", "redefined", 5)]


def test_sources_that_do_not_load():
    assert problems("def on_deny(event:\n", tail="")[0][:2] == ("error", "syntax")
    assert problems("import nothing_of_that_name\n") == [("error", "load", 2)]
    assert problems("def f():\n    return 1 / 0\nf()\n") == [("error", "load", 3)]
    assert problems("raise SystemExit(1)\n") == [("error", "load", 2)]
    assert problems("x = 1\n", "strategy") == [("error", "load", None)]
    assert problems("x = 1\n", "on_change") == [("error", "load", None)]
    both = "from sym.sdk.strategies import AccessStrategy\nclass A(AccessStrategy): pass\n"
    assert "lacks deescalate, escalate, fetch_remote_identity" in texts(both, "strategy", tail="")


def test_inspect_by_a_worker(worker):
    answer = worker.inspect("print('seen')\nfrom sym.sdk import *\n@hook\ndef on_aprove(event): pass\n", fields=[])
    assert answer["type"] == "inspected" and worker.printed == [("stdout", "seen")]
    assert [problem["code"] for problem in answer["problems"]] == ["missing_reducer", "unknown_handler"]
    assert answer["handlers"][0]["name"] == "on_aprove"
