"""Places, facilities, what happens to them and the figures of months in PostgreSQL; all but pointers only grows."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from contracts.facilities import COUNTED_FACILITIES, COUNTED_ORGANS, OFFERED
from contracts.rights_taxonomy import Respondent
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.facilities.domain import Content, Entry, Facility, Outage, Place, Verification
from rights_api.facilities.figures import Figures, Indicator, Row, row_of
from rights_api.facilities.rows import content_of, entry_of, facility_of, figures_of, hours_json, outage_of, place_of
from rights_api.refusals import NotFound

_PLACES = """
SELECT o.organ_code, o.region, o.organ_kind, o.version AS place_version, p.name, p.address, p.ended_on
FROM facility_organs o JOIN facility_organ_versions p USING (organ_code, version)"""
_PLACE = text(f"{_PLACES} WHERE o.organ_code = :organ_code")
_LOCK_PLACE = text("SELECT organ_code FROM facility_organs WHERE organ_code = :organ_code FOR UPDATE")
_SEARCH_PLACES = text(f"""{_PLACES}
WHERE (CAST(:region AS text) IS NULL OR o.region = :region)
    AND (CAST(:organ_kind AS text) IS NULL OR o.organ_kind = :organ_kind)
    AND (CAST(:after AS uuid) IS NULL OR o.organ_code > :after)
ORDER BY o.organ_code LIMIT :limit""")
_ADD_PLACE = text("""
INSERT INTO facility_organs (organ_code, region, organ_kind, version)
VALUES (:organ_code, :region, :organ_kind, :version)""")
_SAVE_PLACE = text("UPDATE facility_organs SET version = :version WHERE organ_code = :organ_code")
_ADD_PLACE_VERSION = text("""
INSERT INTO facility_organ_versions (organ_code, version, name, address, ended_on, entered_by, entered_at)
VALUES (:organ_code, :version, :name, :address, :ended_on, :by, :at)""")
# Two officers who register the same organ at once would not see each other's.
_LOCK_NAMES = text("SELECT pg_advisory_xact_lock(729, hashtext(:region))")
_NAMED = text(f"{_PLACES} WHERE o.region = :region AND p.name = :name AND p.address = :address AND p.ended_on IS NULL")

_FACILITIES = """
SELECT f.facility_id, f.version, f.events, f.revision, o.organ_code, o.region, o.organ_kind, o.version AS place_version,
    p.name, p.address, p.ended_on, f.kind, v.status, v.count, v.opened_on, v.from_on, v.hours, v.channels,
    v.not_monitored, v.no_booking_needed, v.security_equal, v.document_number, v.document_date, v.entered_by,
    v.entered_at, c.verified_by, c.verified_on, u.outage_id, u.reason, u.began_at, u.expected_until
FROM facilities f
JOIN facility_organs o USING (organ_code)
JOIN facility_organ_versions p ON p.organ_code = o.organ_code AND p.version = o.version
JOIN facility_versions v ON v.facility_id = f.facility_id AND v.revision = f.revision
LEFT JOIN LATERAL (
    SELECT verified_by, verified_on FROM facility_verifications
    WHERE facility_id = f.facility_id AND revision = f.revision ORDER BY ordinal DESC LIMIT 1
) c ON true
LEFT JOIN LATERAL (
    SELECT u.outage_id, u.reason, u.began_at, u.expected_until FROM facility_outages u
    WHERE u.facility_id = f.facility_id
        AND NOT EXISTS (SELECT FROM facility_outage_ends e WHERE e.outage_id = u.outage_id)
    LIMIT 1
) u ON true"""
_GET = text(f"{_FACILITIES} WHERE f.facility_id = :facility_id")
_LOCK = text("SELECT facility_id FROM facilities WHERE facility_id = :facility_id FOR UPDATE")
_IN_PLACE = text(f"{_FACILITIES} WHERE f.organ_code = :organ_code")
_SEARCH = text(f"""{_FACILITIES}
WHERE (CAST(:region AS text) IS NULL OR o.region = :region)
    AND (CAST(:organ_kind AS text) IS NULL OR o.organ_kind = :organ_kind)
    AND (CAST(:kind AS text) IS NULL OR f.kind = :kind)
    AND (CAST(:status AS text) IS NULL OR v.status = :status)
    AND (CAST(:after AS uuid) IS NULL OR f.facility_id > :after)
ORDER BY f.facility_id LIMIT :limit""")
_EVERY = text(f"""{_FACILITIES}
WHERE p.ended_on IS NULL AND (CAST(:region AS text) IS NULL OR o.region = :region)
    AND (CAST(:organ_kind AS text) IS NULL OR o.organ_kind = :organ_kind)
ORDER BY o.region, o.organ_kind, p.name, o.organ_code, f.kind""")
_ADD = text("""
INSERT INTO facilities (facility_id, organ_code, organ_kind, kind, version, events, revision)
VALUES (:facility_id, :organ_code, :organ_kind, :kind, :version, :events, :revision)
ON CONFLICT (organ_code, kind) DO NOTHING RETURNING facility_id""")
_SAVE = text("""
UPDATE facilities SET version = :version, events = :events, revision = :revision WHERE facility_id = :facility_id""")
_ADD_VERSION = text("""
INSERT INTO facility_versions (facility_id, revision, organ_kind, kind, status, count, opened_on, from_on, hours,
    channels, not_monitored, no_booking_needed, security_equal, document_number, document_date, entered_by, entered_at)
VALUES (:facility_id, :revision, :organ_kind, :kind, :status, :count, :opened_on, :from_on, CAST(:hours AS jsonb),
    CAST(:channels AS jsonb), :not_monitored, :no_booking_needed, :security_equal, :document_number, :document_date,
    :by, :at)""")
_VERSIONS = text("SELECT * FROM facility_versions WHERE facility_id = :facility_id ORDER BY revision DESC LIMIT 200")
_VERIFIED = text("""
INSERT INTO facility_verifications (facility_id, ordinal, revision, entered_by, verified_by, verified_on, recorded_at)
VALUES (:facility_id, :ordinal, :revision, :entered_by, :verified_by, :verified_on, :at)""")
_VERIFICATIONS = text("""
SELECT revision, verified_by, verified_on FROM facility_verifications
WHERE facility_id = :facility_id ORDER BY ordinal""")
_OUTAGE = text("""
INSERT INTO facility_outages (outage_id, facility_id, reason, began_at, expected_until, recorded_by, recorded_at)
VALUES (:outage_id, :facility_id, :reason, :began_at, :expected_until, :by, :at)""")
_OUTAGE_END = text("""
INSERT INTO facility_outage_ends (outage_id, ended_at, recorded_by, recorded_at)
VALUES (:outage_id, :ended_at, :by, :at)""")
_OUTAGES = text("""
SELECT u.*, e.ended_at FROM facility_outages u LEFT JOIN facility_outage_ends e USING (outage_id)
WHERE u.facility_id = :facility_id ORDER BY u.began_at DESC, u.outage_id LIMIT 200""")

_NEWEST = "SELECT DISTINCT ON (organ_code, month) * FROM facility_figures"
_MONTHS = text(f"""{_NEWEST} WHERE organ_code = :organ_code ORDER BY organ_code, month DESC, version DESC LIMIT 120""")
_MONTH = text(
    f"""{_NEWEST} WHERE organ_code = :organ_code AND month = :month ORDER BY organ_code, month, version DESC"""
)
_ADD_MONTH = text("""
INSERT INTO facility_figures (organ_code, month, version, meetings, meetings_in_time, median_wait_hours,
    remote_meetings, file_accesses, file_in_time, file_online, source, entered_by, entered_at)
VALUES (:organ_code, :month, :version, :meetings, :meetings_in_time, :median_wait_hours, :remote_meetings,
    :file_accesses, :file_in_time, :file_online, :source, :by, :at)
ON CONFLICT DO NOTHING RETURNING version""")
_WITHIN = text(f"""
SELECT n.*, o.region, o.organ_kind, p.name
FROM ({_NEWEST} WHERE month BETWEEN :from_month AND :to_month ORDER BY organ_code, month, version DESC) n
JOIN facility_organs o USING (organ_code)
JOIN facility_organ_versions p ON p.organ_code = o.organ_code AND p.version = o.version
WHERE CAST(:region AS text) IS NULL OR o.region = :region
ORDER BY n.organ_code, n.month""")
# An organ of several courts of the same name at other addresses counts by its places: each is where a lawyer goes.
_COVERED = text("""
SELECT o.organ_code, o.region, o.organ_kind, p.name, EXISTS (
    SELECT FROM facilities f JOIN facility_versions v USING (facility_id, revision)
    WHERE f.organ_code = o.organ_code AND f.kind = ANY(:kinds) AND v.status = ANY(:offered)
) AS covered
FROM facility_organs o JOIN facility_organ_versions p USING (organ_code, version)
WHERE p.ended_on IS NULL AND o.organ_kind = ANY(:organs) AND (CAST(:region AS text) IS NULL OR o.region = :region)
ORDER BY o.organ_code""")


class SqlFacilities:
    """Fulfils `Register`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def place(self, organ_code: UUID, *, lock: bool = False) -> Place:
        if lock:
            await self._session.execute(_LOCK_PLACE, {"organ_code": organ_code})
        row = (await self._session.execute(_PLACE, {"organ_code": organ_code})).mappings().first()
        if row is None:
            raise NotFound("没有这一机关场所。", "There is no such place of an organ.")
        return place_of(row)

    async def namesake(self, place: Place) -> bool:
        """Whether another place stands under this name at this address; waits for whoever registers one just now."""
        await self._session.execute(_LOCK_NAMES, {"region": place.region})
        named = {"region": place.region, "name": place.name, "address": place.address}
        rows = (await self._session.execute(_NAMED, named)).mappings()
        return any(row["organ_code"] != place.organ_code for row in rows)

    async def places(
        self, *, region: str | None, organ_kind: Respondent | None, after: UUID | None, limit: int
    ) -> list[Place]:
        asked = {"region": region, "organ_kind": organ_kind and organ_kind.value, "after": after, "limit": limit}
        return [place_of(row) for row in (await self._session.execute(_SEARCH_PLACES, asked)).mappings()]

    async def add_place(self, place: Place, entry: Entry) -> None:
        await self._session.execute(
            _ADD_PLACE,
            {
                "organ_code": place.organ_code,
                "region": place.region,
                "organ_kind": place.organ_kind.value,
                "version": place.version,
            },
        )
        await self._session.execute(_ADD_PLACE_VERSION, _place_version(place, entry))

    async def save_place(self, place: Place, entry: Entry) -> None:
        await self._session.execute(_ADD_PLACE_VERSION, _place_version(place, entry))
        await self._session.execute(_SAVE_PLACE, {"organ_code": place.organ_code, "version": place.version})

    async def get(self, facility_id: UUID, *, lock: bool = False) -> Facility:
        # Locked first: of rows joined to one that was waited for, the statement would still see the old.
        if lock:
            await self._session.execute(_LOCK, {"facility_id": facility_id})
        row = (await self._session.execute(_GET, {"facility_id": facility_id})).mappings().first()
        if row is None:
            raise NotFound("没有这一设施。", "There is no such facility.")
        return facility_of(row)

    async def in_place(self, organ_code: UUID) -> list[Facility]:
        rows = (await self._session.execute(_IN_PLACE, {"organ_code": organ_code})).mappings()
        return [facility_of(row) for row in rows]

    async def search(self, asked: Mapping[str, Any]) -> list[Facility]:
        """By `region`, `organ_kind`, `kind`, `status`, each None for all; `after` an id, `limit`."""
        return [facility_of(row) for row in (await self._session.execute(_SEARCH, dict(asked))).mappings()]

    async def every(self, *, region: str | None, organ_kind: Respondent | None) -> list[Facility]:
        """Of places that are still registered, place by place."""
        asked = {"region": region, "organ_kind": organ_kind and organ_kind.value}
        return [facility_of(row) for row in (await self._session.execute(_EVERY, asked)).mappings()]

    async def add(self, facility: Facility) -> bool:
        """False where the place has one of this kind already."""
        added = await self._session.execute(
            _ADD,
            {
                "facility_id": facility.facility_id,
                "organ_code": facility.place.organ_code,
                "organ_kind": facility.place.organ_kind.value,
                "kind": facility.kind.value,
                "version": facility.version,
                "events": facility.events,
                "revision": facility.revision,
            },
        )
        if added.first() is None:
            return False
        await self._session.execute(_ADD_VERSION, _version(facility))
        return True

    async def save_version(self, facility: Facility) -> None:
        await self._session.execute(_ADD_VERSION, _version(facility))
        await self._save(facility)

    async def save_verification(self, facility: Facility, verification: Verification, *, at: datetime) -> None:
        await self._session.execute(
            _VERIFIED,
            {
                "facility_id": facility.facility_id,
                "ordinal": facility.version,
                "revision": facility.revision,
                "entered_by": facility.entry.by,
                "verified_by": verification.by,
                "verified_on": verification.on,
                "at": at,
            },
        )
        await self._save(facility)

    async def save_outage(self, facility: Facility, outage: Outage, *, by: str, at: datetime) -> None:
        await self._session.execute(
            _OUTAGE,
            {
                "outage_id": outage.outage_id,
                "facility_id": facility.facility_id,
                "reason": outage.reason.value,
                "began_at": outage.began_at,
                "expected_until": outage.expected_until,
                "by": by,
                "at": at,
            },
        )
        await self._save(facility)

    async def save_outage_end(
        self, facility: Facility, outage_id: UUID, ended_at: datetime, *, by: str, at: datetime
    ) -> None:
        ending = {"outage_id": outage_id, "ended_at": ended_at, "by": by, "at": at}
        await self._session.execute(_OUTAGE_END, ending)
        await self._save(facility)

    async def versions(self, facility_id: UUID) -> list[tuple[int, Content, Entry]]:
        """The newest first."""
        rows = (await self._session.execute(_VERSIONS, {"facility_id": facility_id})).mappings()
        return [(row["revision"], content_of(row), entry_of(row)) for row in rows]

    async def verifications(self, facility_id: UUID) -> dict[int, Verification]:
        """The last one of each version."""
        rows = (await self._session.execute(_VERIFICATIONS, {"facility_id": facility_id})).mappings()
        return {row["revision"]: Verification(row["verified_by"], row["verified_on"]) for row in rows}

    async def outages(self, facility_id: UUID) -> list[Outage]:
        rows = (await self._session.execute(_OUTAGES, {"facility_id": facility_id})).mappings()
        return [outage_of(row) for row in rows]

    async def _save(self, facility: Facility) -> None:
        await self._session.execute(
            _SAVE,
            {
                "facility_id": facility.facility_id,
                "version": facility.version,
                "events": facility.events,
                "revision": facility.revision,
            },
        )


class SqlFigures:
    """Fulfils `Months`."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def months(self, organ_code: UUID) -> list[Figures]:
        rows = (await self._session.execute(_MONTHS, {"organ_code": organ_code})).mappings()
        return [figures_of(row) for row in rows]

    async def month(self, organ_code: UUID, month: date) -> Figures | None:
        row = (await self._session.execute(_MONTH, {"organ_code": organ_code, "month": month})).mappings().first()
        return None if row is None else figures_of(row)

    async def add(self, figures: Figures, entry: Entry) -> bool:
        """False where somebody was first."""
        added = await self._session.execute(
            _ADD_MONTH,
            {
                "organ_code": figures.organ_code,
                "month": figures.month,
                "version": figures.version,
                **asdict(figures.counts),
                "source": figures.source,
                "by": entry.by,
                "at": entry.at,
            },
        )
        return added.first() is not None

    async def rows(self, indicator: Indicator, *, from_month: date, to_month: date, region: str | None) -> list[Row]:
        """By organ, then month. Coverage is of today and has no months."""
        return await (
            self._covered(region)
            if indicator is Indicator.COVERAGE
            else self._within(indicator, from_month, to_month, region)
        )

    async def _covered(self, region: str | None) -> list[Row]:
        asked = {
            "kinds": sorted(COUNTED_FACILITIES),
            "offered": sorted(OFFERED),
            "organs": sorted(COUNTED_ORGANS),
            "region": region,
        }
        return [
            Row(
                row["organ_code"],
                row["region"],
                Respondent(row["organ_kind"]),
                row["name"],
                None,
                int(row["covered"]),
                1,
            )
            for row in (await self._session.execute(_COVERED, asked)).mappings()
        ]

    async def _within(self, indicator: Indicator, from_month: date, to_month: date, region: str | None) -> list[Row]:
        asked = {"from_month": from_month, "to_month": to_month, "region": region}
        of, found = row_of(indicator), []
        for row in (await self._session.execute(_WITHIN, asked)).mappings():
            told = of(figures_of(row).counts)
            if told is not None:
                organ = Respondent(row["organ_kind"])
                found.append(Row(row["organ_code"], row["region"], organ, row["name"], row["month"], *told))
        return found


def _place_version(place: Place, entry: Entry) -> dict[str, Any]:
    return {
        "organ_code": place.organ_code,
        "version": place.version,
        "name": place.name,
        "address": place.address,
        "ended_on": place.ended_on,
        "by": entry.by,
        "at": entry.at,
    }


def _version(facility: Facility) -> dict[str, Any]:
    content = facility.content
    channels = [{"kind": each.kind.value, "where": each.where} for each in content.channels]
    return {
        "facility_id": facility.facility_id,
        "revision": facility.revision,
        "organ_kind": facility.place.organ_kind.value,
        "kind": facility.kind.value,
        "status": content.status.value,
        "count": content.count,
        "opened_on": content.opened_on,
        "from_on": content.from_on,
        "hours": orjson.dumps(hours_json(content.hours)).decode(),
        "channels": orjson.dumps(channels).decode(),
        "not_monitored": content.flags.not_monitored,
        "no_booking_needed": content.flags.no_booking_needed,
        "security_equal": content.flags.security_equal,
        "document_number": content.evidence.document_number,
        "document_date": content.evidence.document_date,
        "by": facility.entry.by,
        "at": facility.entry.at,
    }
