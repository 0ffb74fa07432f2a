"""What becomes of the other tests where one ends its process, as pytest ends one that hangs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCHEDULER = """
from tests.support.shares import Shares

def pytest_xdist_make_scheduler(config, log):
    return Shares(config, log)
"""
FATAL = """
import time

def test_before(): pass

def test_that_hangs(): time.sleep(600)

def test_after(): pass
"""


@pytest.mark.parametrize("processes", [1, 2])
def test_one_that_hangs_fails_once_and_all_others_are_run(processes, tmp_path):
    (tmp_path / "conftest.py").write_text(SCHEDULER)
    for name in ("test_a", "test_b", "test_d", "test_e"):
        (tmp_path / f"{name}.py").write_text("def test_good(): pass\n")
    (tmp_path / "test_c.py").write_text(FATAL)
    limits = ["-o", "faulthandler_timeout=1", "-o", "faulthandler_exit_on_timeout=true"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", str(processes), "-p", "no:cacheprovider", *limits, "--rootdir", "."],
        cwd=tmp_path, env={"PATH": "", "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
        timeout=120,
    )  # fmt: skip
    assert "1 failed, 6 passed" in done.stdout, done.stdout + done.stderr
    assert re.findall(r"crashed while running '(.+)'", done.stdout) == ["test_c.py::test_that_hangs"]
