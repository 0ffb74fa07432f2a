"""Prometheus and its promtool, and others: from the PATH, or unpacked from Debian's package without installing it."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from yulu_local.jars import cache_dir


def program(name: str, *, package: str = "prometheus", folder: str = "usr/bin") -> Path | None:
    """Such as `prometheus` or `promtool`; None where this machine has neither them nor a way to Debian's packages."""
    found = shutil.which(name)
    if found:
        return Path(found)
    kept = cache_dir().parent / package
    path = kept / folder / name
    if not path.exists():
        _unpack(package, kept)
    return path if path.exists() else None


def _unpack(package: str, kept: Path) -> None:
    if not (shutil.which("apt-get") and shutil.which("dpkg-deb")):
        return
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
        # The package alone, nothing installed: it needs no right of root and leaves the machine as it is.
        told = subprocess.run(["apt-get", "download", package], cwd=folder, capture_output=True, check=False)  # noqa: S607
        packages = list(Path(folder).glob(f"{package}_*.deb"))
        if told.returncode or not packages:
            return
        subprocess.run(["dpkg-deb", "-x", str(packages[0]), str(Path(folder) / "out")], check=True)  # noqa: S607
        try:
            (Path(folder) / "out").replace(kept)
        except OSError:
            if not kept.is_dir():  # else another process of the tests was faster, with the same
                raise
