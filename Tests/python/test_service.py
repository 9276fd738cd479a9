"""The systemd unit is valid, and as closed as flows in Python allow."""

import re
import subprocess

from conftest import ROOT

UNIT = ROOT / "config/symflow.service"
# systemd calls up to 3.0 "OK"; user namespaces for the handlers' sandbox cost 0.9 of it.
EXPOSURE_MAX = 3.0


def analyze(tmp_path, *arguments):
    # A program that exists in the place of the one that will be installed.
    unit = tmp_path / "symflow.service"
    unit.write_text(UNIT.read_text().replace("/opt/symflow/bin/symflow", "/bin/true"))
    return subprocess.run(["systemd-analyze", *arguments, unit], capture_output=True, text=True)


def test_systemd_has_nothing_to_say_about_the_unit(tmp_path):
    verified = analyze(tmp_path, "verify")
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


def test_the_unit_is_closed(tmp_path):
    report = analyze(tmp_path, "security", "--offline=true").stdout
    exposure = re.search(r"Overall exposure level for \S+: ([0-9.]+)", report)
    assert exposure and float(exposure.group(1)) <= EXPOSURE_MAX, report


def test_every_variable_of_the_unit_is_one_of_ours():
    readme = (ROOT / "README.md").read_text()
    names = re.findall(r"^Environment=(\w+)=", UNIT.read_text(), re.M)
    assert len(names) > 4
    for name in names:
        assert f"`{name.removesuffix('_FILE')}`" in readme, name
