"""Where things are in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PYTHON = ROOT / "Sources" / "HandlersPython" / "Python"
FIXTURES = ROOT / "Fixtures" / "python"
