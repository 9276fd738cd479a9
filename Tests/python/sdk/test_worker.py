"""A worker process as the server sees it: questions, requests, output, and every way to fail."""

import os
import signal
import socket
import struct
import time

import pytest
from . import samples
from .server import Server, WorkerProcess
from symflow_worker.protocol import ANSWER_BYTES_MAX, FRAME_BYTES_MAX, PRINT_CALL_CHARS_MAX, PRINT_CHARS_MAX

HEAD = "from sym.sdk import *\nfrom sym.sdk.integrations import *\n"


def handler(body, name="on_request", decorator="hook"):
    lines = "".join("    {}\n".format(line) for line in body.splitlines())
    return "{}@{}\ndef {}(event):\n{}".format(HEAD, decorator, name, lines)


def ask(worker, body, name="on_request", decorator="hook", **load):
    """Loads a handler with this body and calls it."""
    loaded = worker.load(handler(body, name, decorator), **load)
    assert loaded["type"] == "loaded", loaded
    return worker.call(name, event=samples.event())


def failure(answer, kind):
    assert answer["type"] == "failed", answer
    assert answer["error"]["kind"] == kind, answer
    return answer["error"]


def test_the_worker_speaks_first(worker):
    import pydantic

    hello = worker.hello
    assert (hello["type"], hello["protocol"], hello["isolation"], hello["problem"]) == ("hello", 1, "none", None)
    assert hello["pydantic"] == pydantic.VERSION and hello["pid"] == worker.process.pid
    worker.connection.close()
    assert worker.wait() == 0


def test_load_and_call(worker):
    source = HEAD + "@hook\ndef on_request(evt):\n    return ApprovalTemplate.approve(reason='ok', duration=60, more=[1])"
    assert worker.load(source)["handlers"] == [
        {
            "name": "on_request",
            "decorator": "hook",
            "field": None,
            "function": "on_request",
            "line": 3,
            "parameters": ["evt"],
        }
    ]
    transition = {"transition": "approve", "reason": "ok", "message": None, "target": None, "duration": 60}
    for _ in range(3):
        assert worker.value("on_request", event=samples.event()) == dict(transition, extra={"more": [1]})


def test_nothing_returned(worker):
    assert ask(worker, "pass")["value"] is None


def test_requests_while_a_call_is_open(worker):
    worker.answers["slack.user"] = {"user_id": "U0ADA"}
    worker.answers["templates.get_step_output"] = lambda arguments: {"step": arguments["step"]}
    body = (
        "from sym.sdk.templates import get_step_output\nfrom sym.sdk.runtime import current_call\n"
        "text = slack.mention('@Ada')\nslack.send_message(slack.channel('#x'), text)\n"
        "output = get_step_output('escalate')\n"
        "return ApprovalTemplate.ignore(message=text, output=output, key=current_call().idempotency_key)"
    )
    value = ask(worker, body)["value"]
    assert (value["transition"], value["message"]) == ("ignore", "<@U0ADA>")
    assert value["extra"] == {"output": {"step": "escalate"}, "key": "run-1/request/1"}
    assert [name for name, _ in worker.requests] == ["slack.user", "slack.send_message", "templates.get_step_output"]


def test_errors_of_requests_can_be_caught(worker):
    worker.answers["okta.is_user_in_group"] = {"code": "Okta:NOT_AVAILABLE", "message": "Okta is not available."}
    body = (
        "from sym.sdk.exceptions import SymException\ntry:\n    okta.is_user_in_group(event.user, group_id='x')\n"
        "except SymException as error:\n    return ApprovalTemplate.deny(reason=str(error), code=error.error_code)"
    )
    value = ask(worker, body)["value"]
    assert value["reason"] == "Okta is not available." and value["extra"] == {"code": "Okta:NOT_AVAILABLE"}


def test_errors_of_requests_that_are_not_caught(worker):
    worker.answers["okta.is_user_in_group"] = {"code": "Okta:NOT_AVAILABLE", "message": "Okta is not available."}
    error = failure(ask(worker, "okta.is_user_in_group(event.user, group_id='x')"), "exception")
    assert (error["exception"], error["code"]) == ("OktaError", "Okta:NOT_AVAILABLE")
    assert error["message"] == "Okta is not available."
    assert error["traceback"] == [{"file": "impl.py", "line": 5, "function": "on_request"}]


def test_exceptions_name_file_and_line(worker):
    source = HEAD + "def helper(x):\n    return 1 / x\n\n@hook\ndef on_request(event):\n    helper(0)\n"
    worker.load(source, file_name="flows/impl.py")
    error = worker.error("on_request", event=samples.event())
    assert (error["kind"], error["exception"], error["message"]) == ("exception", "ZeroDivisionError", "division by zero")
    assert error["traceback"] == [
        {"file": "flows/impl.py", "line": 8, "function": "on_request"},
        {"file": "flows/impl.py", "line": 4, "function": "helper"},
    ]
    assert worker.call("on_request", event=samples.event())["type"] == "failed"


def test_exceptions_without_a_usable_text(worker):
    body = "class Odd(Exception):\n    def __str__(self):\n        raise ValueError()\nraise Odd()"
    assert "Odd" in failure(ask(worker, body), "exception")["message"]


def test_long_messages_and_tracebacks_are_cut(worker):
    worker.load(HEAD + "@hook\ndef on_request(event):\n    raise ValueError('x' * 100000)\n@hook\ndef on_deny(event):\n    on_deny(event)")
    assert len(worker.error("on_request", event=samples.event())["message"]) == 4000
    error = worker.error("on_deny", event=samples.event())
    assert error["exception"] == "RecursionError" and len(error["traceback"]) == 50


def test_sys_exit_fails_the_call_alone(worker):
    error = failure(ask(worker, "import sys\nsys.exit(3)"), "exit")
    assert error["message"] == "sys.exit(3) was called."
    assert worker.ask("ping")["type"] == "pong"


def test_os_exit_ends_the_worker(worker):
    assert ask(worker, "import os\nos._exit(7)") is None
    assert worker.wait() == 7


def test_a_crash_ends_the_worker(worker):
    assert ask(worker, "import ctypes\nctypes.string_at(0)") is None
    assert worker.wait() in (-signal.SIGSEGV, -signal.SIGBUS)


def test_an_endless_loop_ends_when_it_is_killed(worker):
    worker.load(handler("while True:\n    pass"))
    worker.connection.settimeout(0.3)
    with pytest.raises(socket.timeout):
        worker.call("on_request", event=samples.event())
    assert worker.kill() == -signal.SIGKILL
    worker.connection.settimeout(5)
    assert worker.receive() is None


def test_cpu_time_is_limited_per_question(worker):
    source = handler("import time\nend = time.process_time() + 0.7\nwhile time.process_time() < end: pass")
    source += "\n@hook\ndef on_deny(event):\n    while True: pass\n"
    assert worker.load(source, limits={"cpu_seconds": 1})["type"] == "loaded"
    for _ in range(4):
        assert worker.call("on_request", event=samples.event())["type"] == "result"
    assert worker.call("on_deny", event=samples.event()) is None
    assert worker.wait() == -signal.SIGXCPU


def test_memory_is_limited(worker):
    error = failure(ask(worker, "x = bytearray(1 << 31)", limits={"address_space_bytes": 1 << 30}), "memory")
    assert error["traceback"][0]["line"] == 5
    assert worker.ask("ping")["type"] == "pong"


def test_files_are_limited(worker):
    body = (
        "import resource, tempfile\nassert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)\n"
        "with tempfile.TemporaryFile() as file:\n    file.write(b'x' * 5000)\n    file.flush()"
    )
    error = failure(ask(worker, body, limits={"file_size_bytes": 1000, "open_files": 64}), "exception")
    assert error["exception"] == "OSError"
    source = "import os\nfiles = [os.open('/dev/null', 0) for _ in range(100)]"
    other = WorkerProcess()
    error = failure(other.load(source, limits={"open_files": 64}), "load")
    assert "Too many open files" in error["message"]
    other.close()


@pytest.mark.parametrize("limits", [{"open_files": "many"}, {"cpu_seconds": -1}, {"processes": True}, 7])
def test_limits_that_are_none(worker, limits):
    assert failure(worker.load("x = 1", limits=limits), "protocol")


def test_print_is_sent_line_by_line(worker):
    ask(worker, "import sys\nprint('one'); print('two', end='')\nprint('three')\nprint('bad', file=sys.stderr)\nprint('end', end='')")
    assert worker.printed == [("stdout", "one"), ("stdout", "twothree"), ("stderr", "bad"), ("stdout", "end")]


def test_print_while_loading(worker):
    worker.load("print('loading')")
    assert worker.printed == [("stdout", "loading")]


def test_a_lot_of_output_is_cut(worker):
    answer = ask(worker, "for _ in range(1000):\n    print('x' * (1 << 20))\nprint('gone')")
    assert answer["type"] == "result"
    texts = [text for _, text in worker.printed]
    assert "left out" in texts[-1] and max(len(text) for text in texts) <= PRINT_CHARS_MAX
    assert PRINT_CALL_CHARS_MAX - 100 <= sum(len(text) for text in texts[:-1]) <= PRINT_CALL_CHARS_MAX
    worker.printed.clear()
    worker.call("on_request", event=samples.event())
    assert len(worker.printed) == len(texts)


def test_output_beside_print_does_not_reach_the_connection(worker):
    assert ask(worker, "import os\nos.write(1, b'x' * 100)\nos.write(2, b'x')")["type"] == "result"
    assert worker.printed == []


def test_values_that_do_not_fit(worker):
    body = "return [FieldOption(value=str(n), label='x' * 55) for n in range(20000)]"
    worker.load(HEAD + "@prefetch('a')\ndef options(event):\n    " + body)
    error = worker.error("prefetch", event=samples.event(), field="a")
    assert error["kind"] == "too_large" and str(FRAME_BYTES_MAX) in error["message"]


def test_arguments_of_requests_that_do_not_fit(worker):
    error = failure(ask(worker, "slack.send_thread_message('x' * 2000000)"), "exception")
    assert error["code"] == "SymSDK:TOO_LARGE" and worker.requests == []


def test_large_answers_arrive(worker):
    worker.answers["slack.list_users"] = [{"id": "U" + "0" * 100} for _ in range(40000)]
    value = ask(worker, "return ApprovalTemplate.deny(reason=str(len(slack.list_users())))")["value"]
    assert value["reason"] == "40000"


def test_text_of_any_kind_arrives(worker):
    worker.answers["slack.get_user_info"] = lambda arguments: {"name": "Zoë 🦊 \ud800"}
    value = ask(worker, "return ApprovalTemplate.deny(reason=slack.get_user_info(event.user)['name'])")["value"]
    assert value["reason"] == "Zoë 🦊 \ud800"


def test_the_environment_is_only_what_was_given(worker):
    other = WorkerProcess(environment={"SECRET": "hunter2", "PATH": os.environ["PATH"]})
    body = "import os, sys\nreturn ApprovalTemplate.deny(env=dict(os.environ), argv=sys.argv, read=sys.stdin.read())"
    answer = ask(other, body, environment={"LANG": "C.UTF-8"})
    assert answer["value"]["extra"] == {"env": {"LANG": "C.UTF-8"}, "argv": ["impl.py"], "read": ""}
    other.close()


def test_the_module_is_found_by_those_that_look(worker):
    body = (
        "import dataclasses, inspect\n@dataclasses.dataclass\nclass Point:\n    x: 'int' = 1\n"
        "return ApprovalTemplate.deny(file=__file__, line=inspect.getsource(on_request).splitlines()[0], x=Point().x)"
    )
    assert ask(worker, body, file_name="json.py")["value"]["extra"] == {"file": "json.py", "line": "@hook", "x": 1}


def test_a_fork_of_user_code_stays_silent(worker):
    body = (
        "import os\npid = os.fork()\nif pid == 0:\n    print('child')\n    slack.send_thread_message('child')\n"
        "os.waitpid(pid, 0)\nprint('parent')"
    )
    assert ask(worker, body)["type"] == "result"
    assert worker.printed == [("stdout", "parent")] and worker.requests == []
    assert worker.ask("ping")["type"] == "pong"


def test_threads_may_ask_until_the_handler_returns(worker):
    body = (
        "import threading, time\nresults = event.flow.vars\n"
        "threads = [threading.Thread(target=slack.send_thread_message, args=(str(n),)) for n in range(8)]\n"
        "[t.start() for t in threads]; [t.join() for t in threads]"
    )
    source = HEAD + "late = []\n@hook\ndef on_request(event):\n" + "".join("    %s\n" % line for line in body.split("\n"))
    source += (
        "def later():\n    import time\n    time.sleep(0.2)\n    print('never seen')\n"
        "    try:\n        slack.send_thread_message('late')\n    except Exception as error:\n        late.append(error.error_code)\n"
        "@hook\ndef on_deny(event):\n    import threading\n    threading.Thread(target=later, daemon=True).start()\n"
        "@hook\ndef on_approve(event):\n    return ApprovalTemplate.deny(late=late)\n"
    )
    worker.load(source)
    assert worker.call("on_request", event=samples.event())["type"] == "result"
    assert sorted(arguments["message"] for _, arguments in worker.requests) == [str(n) for n in range(8)]
    worker.call("on_deny", event=samples.event())
    time.sleep(0.5)
    assert worker.value("on_approve", event=samples.event())["extra"] == {"late": ["SymSDK:NOT_ASKED"]}
    assert len(worker.requests) == 8 and worker.printed == []


def test_a_background_thread_does_not_keep_the_worker(worker):
    ask(worker, "import threading, time\nthreading.Thread(target=time.sleep, args=(600,)).start()")
    worker.connection.close()
    assert worker.wait() == 0


# Faults of the server


def test_questions_in_the_wrong_state(worker):
    assert failure(worker.call("on_request", event=samples.event()), "protocol")
    assert failure(worker.ask("dance"), "protocol")
    assert failure(worker.ask("load", source="x = 1"), "protocol")
    assert failure(worker.ask("kill", pid=1), "protocol")
    assert failure(worker.ask("fork"), "protocol")


def test_only_one_source_is_loaded(worker):
    assert worker.load("x = 1")["type"] == "loaded"
    assert failure(worker.load("x = 2"), "protocol")
    assert failure(worker.inspect("x = 2"), "protocol")
    assert failure(worker.ask("fork"), "protocol")
    assert failure(worker.call("on_request", event=samples.event()), "unknown")


def test_arguments_that_are_none(worker):
    worker.load(handler("pass"))
    error = worker.error("on_request")
    assert error["kind"] == "arguments" and "on_request" in error["message"]


@pytest.mark.parametrize(
    "data",
    [
        struct.pack(">I", 5) + b"[1,2]",
        struct.pack(">I", 3) + b"\xff\xff\xff",
        struct.pack(">I", 2) + b"{}",
        struct.pack(">I", ANSWER_BYTES_MAX + 1),
        struct.pack(">I", 100000) + b"[" * 100000,
    ],
)
def test_what_is_no_frame_ends_the_worker(worker, data):
    worker.send_bytes(data)
    assert worker.receive() is None
    assert worker.wait() == 2


def test_a_server_that_goes_away_while_it_is_asked(worker):
    worker.load(handler("slack.send_thread_message('x')"))
    worker.send({"type": "call", "id": 9, "handler": "on_request", "arguments": {"event": samples.event()}})
    assert worker.receive()["type"] == "request"
    worker.connection.close()
    assert worker.wait() == 0


def test_frames_in_pieces(worker):
    body = b'{"type":"ping","id":1}'
    for piece in (struct.pack(">I", len(body))[:2], struct.pack(">I", len(body))[2:] + body[:5], body[5:]):
        worker.send_bytes(piece)
        time.sleep(0.02)
    pong = worker.receive()
    assert (pong["type"], pong["id"]) == ("pong", 1) and pong["max_rss_bytes"] > 1 << 20 and pong["cpu_seconds"] > 0


def test_wrong_usage():
    import subprocess
    import sys

    from .places import PYTHON

    for arguments in (["--fd"], ["--fd", "x"], ["3"], ["--fd", "0"]):
        command = [sys.executable, "-I", str(PYTHON / "symflow_worker_main.py"), *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
        assert done.returncode == 64 and done.stderr


def test_a_python_without_pydantic_says_so(tmp_path):
    import subprocess
    import sys

    import pydantic
    from .places import PYTHON

    site = os.path.dirname(os.path.dirname(pydantic.__file__))
    ours, theirs = socket.socketpair()
    code = "import sys; sys.path = [p for p in sys.path if p != {!r}]; sys.path.insert(0, {!r}); import symflow_worker.start as s; sys.exit(s.main(['--fd', '{}']))"
    command = [sys.executable, "-I", "-c", code.format(site, str(PYTHON), theirs.fileno())]
    process = subprocess.Popen(command, pass_fds=[theirs.fileno()])
    theirs.close()
    hello = Server(ours).receive()
    assert hello["pydantic"] is None and "python3-pydantic" in hello["problem"]
    assert process.wait(30) == 2
    ours.close()


# Syntax and loading


def test_syntax_errors_name_the_line(worker):
    error = failure(worker.load("x = 1\ndef on_request(event:\n    pass\n"), "syntax")
    assert error["traceback"][0]["file"] == "impl.py" and error["traceback"][0]["line"] in (2, 3)


def test_errors_while_loading_name_the_line(worker):
    error = failure(worker.load("x = 1\nimport nothing_of_that_name\n"), "load")
    assert error["exception"] == "ModuleNotFoundError"
    assert error["traceback"] == [{"file": "impl.py", "line": 2, "function": "<module>"}]


def test_exit_while_loading():
    worker = WorkerProcess()
    assert failure(worker.load("import sys\nsys.exit()"), "exit")
    worker.close()


@pytest.mark.parametrize("source", ["x = '\0'", "(" * 5000 + ")" * 5000], ids=["null", "deep"])
def test_sources_that_cannot_be_read(worker, source):
    assert failure(worker.load(source), "syntax")


def test_sources_of_an_unknown_kind(worker):
    assert failure(worker.load("x = 1", kind="poem"), "arguments")
