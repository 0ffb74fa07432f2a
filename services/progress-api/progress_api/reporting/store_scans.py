"""Stamped scans in PostgreSQL: originals, viewing copies and digests; erased at their term, their digests stay."""

import asyncio
import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from common.database import Database
from common.files.copying import Copy
from common.files.kinds import FileKind
from common.files.scanning import Scan as LookedAt
from contracts.plan import plan
from contracts.reporting import Reporter, scan_rule

from progress_api.refusals import NotFound
from progress_api.reporting.domain import Act, Report
from progress_api.reporting.rows import Revision, report_of
from progress_api.reporting.scans import KINDS, Scan, Waiver, check_confirmable, state_of

_KEEP = """
INSERT INTO report_scans (scan_id, report_id, revision, kind, size, pages, sha256, sm3, original, copy, looked_at,
    kept_by, kept_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"""
_COLUMNS = "scan_id, revision, kind, size, pages, sha256, sm3, kept_by, kept_at, erased_at"
_OF_REPORT = f"SELECT {_COLUMNS} FROM report_scans WHERE report_id = $1 ORDER BY kept_at DESC, scan_id"
_LAST = f"""
SELECT {_COLUMNS} FROM report_scans WHERE report_id = $1 AND revision = $2 AND erased_at IS NULL
ORDER BY kept_at DESC, scan_id LIMIT 1"""
_OPEN = f"SELECT {_COLUMNS}, original, copy FROM report_scans WHERE report_id = $1 AND scan_id = $2"
# Sent, and without a scan that is as new as what was sent; the oldest first.
_OWED = """
SELECT r.*, v.by_department, v.submitted_by, v.submitted_at
FROM reports r JOIN report_revisions v ON v.report_id = r.report_id AND v.revision = r.revision
WHERE r.plan_id = $1 AND r.state = 'submitted' AND NOT v.by_department
  AND ($2::text[] IS NULL OR (r.reporter = ANY($2) AND r.region = $3))
  AND NOT EXISTS (
      SELECT FROM report_scans s WHERE s.report_id = v.report_id AND s.revision = v.revision
      AND s.erased_at IS NULL AND s.kept_at >= v.saved_at
  )
  AND ($4::date IS NULL OR (r.until_on, r.report_id) > ($4, $5::uuid))
ORDER BY r.until_on, r.report_id LIMIT $6"""
_WAIVE = "INSERT INTO report_scan_waivers (report_id, revision, reason, given_by, given_at) VALUES ($1, $2, $3, $4, $5)"
_WAIVER = "SELECT reason, given_by, given_at FROM report_scan_waivers WHERE report_id = $1 AND revision = $2"
_ERASE = """
UPDATE report_scans SET original = NULL, copy = NULL, erased_at = $1
WHERE erased_at IS NULL AND kept_at < $1::timestamptz - make_interval(years => $2)"""


class SqlScans:
    """The connection stands in a transaction."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def keep(  # noqa: PLR0917 -- a file, and what is known of it
        self, report: Report, kind: FileKind, original: bytes, copy: Copy, looked_at: LookedAt, act: Act
    ) -> Scan:
        """For the report's newest revision."""
        sha256, sm3 = await asyncio.to_thread(_digests, original)
        scan = Scan(uuid4(), report.revision, kind, len(original), copy.pages, sha256, sm3, act.by, act.at)
        await self._connection.execute(
            _KEEP, scan.scan_id, report.report_id, scan.revision, kind.value, scan.size, scan.pages, sha256, sm3,
            original, copy.data, looked_at.value, scan.kept_by, scan.kept_at,
        )  # fmt: skip
        return scan

    async def of_report(self, report: Report) -> list[Scan]:
        """Of all revisions, the newest first."""
        return [_scan(row) for row in await self._connection.fetch(_OF_REPORT, report.report_id)]

    async def last(self, report: Report) -> Scan | None:
        """Of the newest revision."""
        row = await self._connection.fetchrow(_LAST, report.report_id, report.revision)
        return None if row is None else _scan(row)

    async def opened(self, report: Report, scan_id: UUID, *, original: bool) -> tuple[Scan, bytes]:
        row = await self._connection.fetchrow(_OPEN, report.report_id, scan_id)
        content = None if row is None else row["original" if original else "copy"]
        if row is None or content is None:
            raise NotFound(
                "没有这份盖章件，或已按期销毁。", "There is no such scan, or it has been erased at its term."
            )
        return _scan(row), content

    async def owed(
        self, reporters: Collection[Reporter] | None, region: str, *, after: tuple[Any, ...] | None, limit: int
    ) -> list[tuple[Report, datetime]]:
        """Submitted reports whose scan is not there, without items, and when they were sent; of these reporters in the
        region, or (None) all.
        """
        named = None if reporters is None else [reporter.value for reporter in reporters]
        rows = await self._connection.fetch(_OWED, plan().meta.id, named, region, *(after or (None, None)), limit)
        return [(report_of(row), row["submitted_at"]) for row in rows]

    async def waive(self, report: Report, reason: str, act: Act) -> None:
        await self._connection.execute(_WAIVE, report.report_id, report.revision, reason, act.by, act.at)

    async def waiver(self, report: Report) -> Waiver | None:
        row = await self._connection.fetchrow(_WAIVER, report.report_id, report.revision)
        return None if row is None else Waiver(row["reason"], row["given_by"], row["given_at"])


async def settle_scan(scans: SqlScans, report: Report, newest: Revision, without_scan: str | None, act: Act) -> None:
    """Of a report that is being confirmed. Raises Refused where its scan is owed and no reason is given."""
    state = state_of(newest, await scans.last(report), None)
    check_confirmable(state, without_scan)
    if without_scan is not None and not state.settled:
        await scans.waive(report, without_scan, act)


async def erase_scans(database: Database, now: datetime) -> int:
    """A timer's task: what has been kept for its term."""
    async with database.begin() as tx:
        status = await (await tx.raw()).execute(_ERASE, now, scan_rule().kept_years)
    return int(status.rpartition(" ")[2])


def _digests(original: bytes) -> tuple[bytes, bytes]:
    return hashlib.sha256(original).digest(), hashlib.new("sm3", original).digest()


def _scan(row: Mapping[str, Any]) -> Scan:
    return Scan(
        scan_id=row["scan_id"],
        revision=row["revision"],
        kind=next(kind for kind in KINDS if kind.value == row["kind"]),
        size=row["size"],
        pages=row["pages"],
        sha256=row["sha256"],
        sm3=row["sm3"],
        kept_by=row["kept_by"],
        kept_at=row["kept_at"],
        erased_at=row["erased_at"],
    )
