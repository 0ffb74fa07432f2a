"""A real file system of a few megabytes, which becomes full as a disk does."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


class Disk:
    def __init__(self, path: Path) -> None:
        self.path = path

    def resize(self, size: int) -> None:
        """bytes"""
        self._mount(f"remount,size={size}")

    def fill(self, leaving: int = 0) -> Path:
        """Somebody else's file, until so many bytes are free."""
        other = self.path / "others"
        with other.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(1 << 16))
            except OSError:
                file.truncate(max(0, file.tell() - leaving))
        return other

    def _mount(self, options: str) -> None:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(self.path)],  # noqa: S607
            check=True, capture_output=True, text=True,
        )  # fmt: skip


@contextmanager
def small_disk(path: Path, size: int) -> Iterator[Disk]:
    """size: bytes. Skips where nobody may mount anything."""
    path.mkdir()
    disk = Disk(path)
    try:
        disk._mount(f"size={size},mode=0755")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no file system can be mounted here: {getattr(error, 'stderr', error)}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", str(path)], check=True)  # noqa: S607
