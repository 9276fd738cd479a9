"""`symflow bench` measures a server that does what it is measured for."""

import json
import subprocess

from crash_installation import executable


def test_the_bench_measures_clicks_and_whole_lives(tmp_path):
    report = tmp_path / "report.json"
    parts = "start,commands,acknowledgements,lives"
    bench = subprocess.run(
        [executable(), "bench", "--seconds", "1", "--only", parts, "--json", str(report)],
        capture_output=True, text=True, timeout=300,
    )
    assert bench.returncode == 0, bench.stdout + bench.stderr
    figures = json.loads(report.read_text())
    assert figures["start and idle memory, nothing stored"]["start 1"]["pss_mb"] > 1
    measured = [row for rows in figures.values() for row in rows.values() if "failed" in row]
    assert len(measured) == 3 + 1
    for row in measured:
        assert row["requests"] > 0 and row["failed"] == 0, row
        assert 0 < row["p50_ms"] <= row["p99_ms"] <= row["max_ms"], row
    (clicks,) = figures["durable clicks acknowledged, 100 per second"].values()
    assert clicks["requests"] == 100
    (lives,) = figures["whole lives: asked, approved, switched on, taken back, every card shown"].values()
    assert lives["lives"] > 0 and lives["slack_calls_per_life"] >= 4


def test_a_wrong_part_is_wrong_usage():
    bench = subprocess.run([executable(), "bench", "--only", "nonsense"], capture_output=True, text=True, timeout=60)
    assert bench.returncode == 2
    assert "nonsense" in bench.stderr and "acknowledgements" in bench.stderr
