"""`symflow check` loads Python files and says what is wrong with them, in the words of its other problems."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, executable

GOOD = "from sym.sdk import *\n@reducer\ndef get_permissions(event): pass\n"


@pytest.fixture
def check(tmp_path):
    def run(source, environment=None, **flow):
        (tmp_path / "impl.py").write_text(source)
        flow = {
            "name": "x", "environment": "main", "implementation": "impl.py",
            "params": {"prompt_fields": [{"name": "reason", "type": "string"}]}, **flow,
        }
        (tmp_path / "acme.json").write_text(json.dumps({
            "organization": {"slug": "acme", "users": [{"email": "ada@acme.test", "role": "admin"}]},
            "integrations": [{"type": "slack", "name": "slack", "external_id": "T0ACME"}],
            "environments": [{"name": "main", "integrations": {"slack": "slack"}}], "flows": [flow],
        }))
        finished = subprocess.run(
            [executable(), "check", str(tmp_path)], capture_output=True, text=True, timeout=60,
            env={**os.environ, "SYM_PYTHON": sys.executable, **(environment or {})})
        return finished.returncode, finished.stdout + finished.stderr.replace(str(tmp_path) + "/", "")

    return run


def test_what_is_right(check):
    code, text = check(GOOD)
    assert code == 0 and "1 Python file that loads" in text


@pytest.mark.parametrize(
    "source, line, words",
    [
        ("def f(:\n", "line 1", "what is no Python"),
        (GOOD + "import nothing_of_that_name\n", "line 4", "nothing_of_that_name, which is not installed"),
        (GOOD + "from sym.sdk.integrations import slak\n", "line 4", "slak"),
        (GOOD + "@hook\ndef on_aprove(event): pass\n", "line 5", "Did you mean on_approve?"),
        (GOOD + "@hook\ndef on_deny(): pass\n", "line 5", "found on_deny(), expected on_deny(event)"),
        (GOOD + "@prefetch('reson')\ndef options(event): pass\n", "line 5", "Did you mean reason?"),
        (GOOD + "1 / 0\n", "line 4", "ZeroDivisionError"),
        (GOOD + "import os\nprint('so long')\nos._exit(7)\n", "impl.py:", "exit status 7"),
        ("x = 1\n", "impl.py:", "no reducer get_permissions"),
    ],
)
def test_what_is_wrong(check, source, line, words):
    code, text = check(source)
    assert code == 1
    (found,) = [each for each in text.splitlines() if each.startswith("impl.py:")]
    assert line in found and words in found and "expected" in found


def test_rules_stand_in_for_the_reducer(check):
    rules = [{"name": "ask", "then": {"ask": {"notify": [{"channel": "#approvals"}]}}}]
    assert check("from sym.sdk import *\n@hook\ndef on_deny(event): pass\n", rules=rules)[0] == 0


def test_what_handlers_reach_is_a_sandbox(check):
    code, text = check(GOOD + "assert not __import__('os').path.exists({!r})\n".format(str(ROOT / "README.md")))
    assert code == 0, text


def test_python_that_is_missing(check):
    code, text = check(GOOD, {"SYM_PYTHON": "/nowhere/python3"})
    assert code == 1 and "there is no /nowhere/python3" in text
