"""Where a scanner for malware is connected: until it releases a file, nobody reads it.

No scanner comes with this system; `clamd` speaks to ClamAV's. Without one, NoScanner marks every file 未扫描.
"""

from collections.abc import AsyncIterator
from typing import Protocol

from common.files.kinds import FileKind
from common.labels import LabelledEnum


class Scan(LabelledEnum):
    """What is known of a file's harmlessness; only the two in the middle let it be read."""

    WAITING = "waiting", "待扫描", "waiting to be scanned"
    NOT_SCANNED = "not-scanned", "未扫描", "not scanned"
    CLEAN = "clean", "已扫描，未发现威胁", "scanned, nothing found"
    INFECTED = "infected", "发现威胁，不得打开", "something was found; it is not to be opened"

    @property
    def released(self) -> bool:
        return self in (Scan.NOT_SCANNED, Scan.CLEAN)


class ScannerAway(Exception):
    """The scanner does not answer: the file waits, and the timer asks again."""


class Scanner(Protocol):
    async def scan(self, kind: FileKind, original: bytes) -> Scan:
        """NOT_SCANNED, CLEAN or INFECTED; raises ScannerAway."""


class BlockScanner(Protocol):
    async def scan_blocks(self, blocks: AsyncIterator[bytes]) -> Scan:
        """The same of a file too large to be held."""


class NoScanner:
    async def scan(self, kind: FileKind, original: bytes) -> Scan:  # noqa: ARG002 -- looks at nothing, and says so
        return Scan.NOT_SCANNED
