"""Whatever reads bytes from outside, fed with what libFuzzer makes of our fixtures (Tests/fuzz)."""

import os
import subprocess

import pytest

from conftest import ROOT
from fuzz_seeds import SEEDS, files

LONG = os.environ.get("SYMFLOW_TEST_LONG") == "1"
# A seed makes a short run the same each time; a long one goes by time.
EFFORT = ["-max_total_time=120"] if LONG else ["-runs=30000", "-max_total_time=10", "-seed=1"]
# Each input of these is a life of its own, with an engine around it.
SLOW = {"calls", "entity", "handler-answers", "token", "worker-calls"}
SLOW_EFFORT = EFFORT if LONG else ["-runs=1500", "-max_total_time=10", "-seed=1"]
# What takes so long hangs, also on a machine that has much else to do.
SLOWEST_INPUT_SECONDS = 60
BUILD_SECONDS = 1500
FOUND = 77


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
        [fuzzer, *(SLOW_EFFORT if target in SLOW else EFFORT), f"-timeout={SLOWEST_INPUT_SECONDS}", "-rss_limit_mb=2048", "-max_len=20000",
         *options, f"-artifact_prefix={folder}/", corpus],
        env={**os.environ, "FUZZ_TARGET": target, "SWIFT_BACKTRACE": "enable=no", "ASAN_OPTIONS": "detect_leaks=0"},
        stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace",
    )


@pytest.mark.parametrize("target", sorted(SEEDS))
def test_nothing_from_outside_breaks_it(fuzzer, target, tmp_path):
    # What was found once stays found.
    seeds = list(SEEDS[target]()) + files(f"fuzz/{target}/*")
    assert seeds, "without seeds little is reached"
    run = fuzz(fuzzer, target, tmp_path, seeds)
    assert run.returncode == 0, run.stderr[-4000:]
    assert "Done " in run.stderr


def test_a_planted_error_is_found(fuzzer, tmp_path):
    run = fuzz(fuzzer, "planted", tmp_path, [b"BUT"], "-runs=2000000", "-max_len=8")
    assert run.returncode == FOUND, run.stderr[-2000:]
    assert "planted" in run.stderr
