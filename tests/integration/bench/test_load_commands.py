"""The measuring commands of docs/handbook/sizing.md that take hours, in small: each does all of its acts and counts."""

import json
import subprocess
import sys
from pathlib import Path

from tests.load.assumptions import province

ROOT = Path(__file__).parents[3]


def told_by(module: str, out: Path, *arguments: str) -> tuple[dict, str]:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments, "--out", str(out)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert out.exists(), done.stdout[-2000:] + done.stderr[-4000:]
    return json.loads(out.read_text("utf-8")), done.stdout


def test_every_kind_of_visitor_does_what_he_comes_for_and_everything_is_caught_up(tmp_path):
    """Of memory a minute says nothing: that is judged after an hour."""
    told, said = told_by(
        "tests.load.run", tmp_path / "load.json",
        "--minutes", "0.3", "--idle-minutes", "0.1", "--lawyers", "600", "--data", str(tmp_path / "data"),
    )  # fmt: skip
    assert not told["failed"], told["failed"]
    assert set(told["hourly"]) == {kind.kind for kind in province().kinds}
    assert told["arrived"] == sum(kind["number"] for kind in told["kinds"].values()) > 100
    assert told["audience"]["broken"] == {}
    assert told["settled_seconds"] <= province().limits.settled_seconds
    assert "no sample" not in said
    assert all(sample["uses"] and sample["lag_seconds"] for sample in told["samples"])


def test_a_register_and_a_feed_are_made_asked_verified_projected_and_rebuilt(tmp_path):
    told, _ = told_by("tests.load.scale", tmp_path / "scale.json", "--lawyers", "400", "--events", "2000")
    assert told["figures"].keys() >= {
        "register made, s", "search by name over HTTP, p50 ms", "verified from outside, s", "projected from nothing, s",
        "rebuilt beside the live one, s",
    }  # fmt: skip
    assert min(told["figures"].values()) > 0
