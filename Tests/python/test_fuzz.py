"""Whatever reads bytes from outside, fed with what libFuzzer makes of our fixtures (Tests/fuzz)."""

import hashlib
import hmac
import json
import os
import pathlib
import struct
import subprocess

import pytest

from conftest import ROOT

LONG = os.environ.get("SYMFLOW_TEST_LONG") == "1"
# A seed makes a short run the same each time; a long one goes by time.
EFFORT = ["-max_total_time=120"] if LONG else ["-runs=30000", "-max_total_time=20", "-seed=1"]
SLOWEST_INPUT_SECONDS = 5
BUILD_SECONDS = 1500
FIXTURES = ROOT / "Fixtures"
FOUND = 77


def files(*patterns):
    return [path.read_bytes() for pattern in patterns for path in sorted(FIXTURES.glob(pattern)) if path.is_file()]


def frames():
    for message in [{"type": "ready"}, {"type": "call", "id": 1, "arguments": {"x": [1, None, "ü"]}}]:
        body = json.dumps(message).encode()
        yield struct.pack(">I", len(body)) + body
        yield (struct.pack(">I", len(body)) + body) * 3


def signatures():
    code = hmac.new(b"other", b"v0:1770000000:token=x", hashlib.sha256).hexdigest()
    yield f"1770000000\nv0={code}\ntoken=x".encode()
    yield f"1770000301\nv0={code}\n".encode()


def zones():
    return [pathlib.Path("/usr/share/zoneinfo", name).read_bytes() for name in ("Europe/Berlin", "Asia/Kolkata", "UTC")]


CORPUS = {
    "form": lambda: files("slack/inbound/*.form") + [b"a=%41+b&c&=d&%zz=%"],
    "json": lambda: files("slack/**/*.json")[:20] + [b'{"a":[1,-0.5e3,"\\ud83d\\ude00",null,true]}'],
    "lenient-json": lambda: files("flows/good/*.json") + [b'// x\n{"a":[1,],/* y */}'],
    "slack": lambda: files("slack/inbound/*"),
    "signature": signatures,
    "text": lambda: [b"*a* <!channel> <@U1|x> &amp; \xf0\x9f\x98\x80", b"1h30m"],
    "configuration": lambda: files("flows/**/*.json"),
    "zone": zones,
    "frames": frames,
    "stored-run": lambda: files("stored/*.json") + [b"{}"],
}


@pytest.fixture(scope="session")
def fuzzer():
    """Builds the instrumented driver."""
    built = subprocess.run([ROOT / "Tests/fuzz/build"], capture_output=True, text=True, timeout=BUILD_SECONDS)
    assert built.returncode == 0, built.stdout + built.stderr
    return built.stdout.strip().splitlines()[-1]


def fuzz(fuzzer, target, folder, seeds, *options):
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, seed in enumerate(seeds):
        (corpus / str(number)).write_bytes(seed)
    return subprocess.run(
        [fuzzer, *EFFORT, f"-timeout={SLOWEST_INPUT_SECONDS}", "-rss_limit_mb=2048", "-max_len=20000",
         *options, f"-artifact_prefix={folder}/", corpus],
        env={**os.environ, "FUZZ_TARGET": target, "SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "detect_leaks=0"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
    )


@pytest.mark.parametrize("target", sorted(CORPUS))
def test_nothing_from_outside_breaks_it(fuzzer, target, tmp_path):
    seeds = list(CORPUS[target]())
    assert seeds, "without seeds little is reached"
    run = fuzz(fuzzer, target, tmp_path, seeds)
    assert run.returncode == 0, run.stderr[-4000:]
    assert "Done " in run.stderr


def test_a_planted_error_is_found(fuzzer, tmp_path):
    run = fuzz(fuzzer, "planted", tmp_path, [b"BUT"], "-runs=2000000", "-max_len=8")
    assert run.returncode == FOUND, run.stderr[-2000:]
    assert "planted" in run.stderr
