"""Programmes, inspections, findings and what happened to them in PostgreSQL."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson
from common.database import Tx
from contracts.inspections import FindingSeverity
from contracts.reporting import Reporter
from sqlalchemy import text

from progress_api.inspections.domain import (
    Act,
    Finding,
    FindingState,
    Inspection,
    Programme,
    Report,
    State,
    Step,
    StepKind,
)
from progress_api.organisations import Organisation
from progress_api.references import Reference, ReferenceKind
from progress_api.refusals import NotFound
from progress_api.reporting.store import owes_report

_ADD_PROGRAMME = text("""
INSERT INTO inspection_programmes (year, document_number, issued_on, entered_by, entered_at)
VALUES (:year, :document_number, :issued_on, :by, :at) ON CONFLICT DO NOTHING RETURNING year""")
_PROGRAMMES = text("""
SELECT * FROM inspection_programmes WHERE CAST(:year AS integer) IS NULL OR year = :year ORDER BY year DESC""")
_ADD = text("""
INSERT INTO region_inspections (inspection_id, year, state, version, events, region, planned_on, team, measures,
    planned_by, planned_at)
VALUES (:inspection_id, :year, :state, :version, :events, :region, :planned_on, CAST(:team AS jsonb), :measures,
    :by, :at)""")
_SAVE = text("""
UPDATE region_inspections SET state = :state, version = :version, events = :events, held_on = :held_on,
    report_number = :report_number, reported_on = :reported_on, completed_on = :completed_on,
    cancelled_reason = :cancelled_reason
WHERE inspection_id = :inspection_id""")
_GET = text("SELECT * FROM region_inspections WHERE inspection_id = :inspection_id")
_LOCK = text("SELECT * FROM region_inspections WHERE inspection_id = :inspection_id FOR UPDATE")
_SEARCH = text("""
SELECT * FROM region_inspections
WHERE (CAST(:region AS text) IS NULL OR region = :region) AND (CAST(:state AS text) IS NULL OR state = :state)
    AND (CAST(:year AS integer) IS NULL OR year = :year)
    AND (CAST(:after_on AS date) IS NULL OR (planned_on, inspection_id) < (:after_on, CAST(:after_id AS uuid)))
ORDER BY planned_on DESC, inspection_id DESC LIMIT :limit""")
_FINDINGS = text("""
SELECT * FROM inspection_findings WHERE inspection_id = ANY(:inspection_ids) ORDER BY inspection_id, ordinal""")
_ADD_FINDING = text("""
INSERT INTO inspection_findings (finding_id, inspection_id, ordinal, state, responsible, measure, severity, text,
    recorded_by, recorded_at, due_on)
VALUES (:finding_id, :inspection_id, :ordinal, :state, :responsible, :measure, :severity, :text, :by, :at, :due_on)""")
_SAVE_FINDING = text("UPDATE inspection_findings SET state = :state, due_on = :due_on WHERE finding_id = :finding_id")
_ADD_STEP = text("""
INSERT INTO finding_steps (finding_id, ordinal, kind, by, at, due_on, due_zh, due_en, text, evidence)
SELECT :finding_id, coalesce(max(ordinal), 0) + 1, :kind, :by, :at, :due_on, :due_zh, :due_en, :text,
    CAST(:evidence AS jsonb)
FROM finding_steps WHERE finding_id = :finding_id""")
_STEPS = text("""
SELECT s.* FROM finding_steps s JOIN inspection_findings f USING (finding_id)
WHERE f.inspection_id = :inspection_id ORDER BY s.finding_id, s.ordinal""")


class SqlInspections:
    """Fulfils `Inspections`."""

    def __init__(self, tx: Tx) -> None:
        self._tx, self._session = tx, tx.session

    async def add_programme(self, programme: Programme, act: Act) -> bool:
        added = await self._session.execute(
            _ADD_PROGRAMME,
            {
                "year": programme.year,
                "document_number": programme.document_number,
                "issued_on": programme.issued_on,
                "by": act.by,
                "at": act.at,
            },
        )
        return added.first() is not None

    async def programmes(self, year: int | None = None) -> list[Programme]:
        rows = (await self._session.execute(_PROGRAMMES, {"year": year})).mappings()
        return [Programme(row["year"], row["document_number"], row["issued_on"]) for row in rows]

    async def programme(self, year: int) -> Programme | None:
        return next(iter(await self.programmes(year)), None)

    async def get(self, inspection_id: UUID, *, lock: bool = False) -> Inspection:
        """Its findings change under the lock of the inspection alone."""
        asked = {"inspection_id": inspection_id}
        row = (await self._session.execute(_LOCK if lock else _GET, asked)).mappings().first()
        if row is None:
            raise missing()
        return (await self._with_findings([row]))[0]

    async def search(self, asked: Mapping[str, Any]) -> list[Inspection]:
        """The latest first. By `region`, `state`, `year` (None: all), after `after_on` and `after_id`, `limit`."""
        return await self._with_findings((await self._session.execute(_SEARCH, dict(asked))).mappings().all())

    async def steps(self, inspection_id: UUID) -> dict[UUID, list[Step]]:
        """By finding."""
        found: dict[UUID, list[Step]] = {}
        for row in (await self._session.execute(_STEPS, {"inspection_id": inspection_id})).mappings():
            found.setdefault(UUID(int=row["finding_id"].int), []).append(_step(row))
        return found

    async def add(self, inspection: Inspection, act: Act) -> None:
        await self._session.execute(
            _ADD,
            _changing(inspection)
            | {
                "year": inspection.year,
                "region": inspection.region,
                "planned_on": inspection.planned_on,
                "team": orjson.dumps([[each.kind, each.region] for each in inspection.team]).decode(),
                "measures": list(inspection.measures),
                "by": act.by,
                "at": act.at,
            },
        )

    async def save(self, inspection: Inspection) -> None:
        await self._session.execute(_SAVE, _changing(inspection))

    async def add_finding(self, inspection: Inspection, finding: Finding, act: Act) -> None:
        await self._session.execute(
            _ADD_FINDING,
            {
                "finding_id": finding.finding_id,
                "inspection_id": inspection.inspection_id,
                "ordinal": len(inspection.findings),
                "state": finding.state.value,
                "responsible": finding.responsible.kind.value,
                "measure": finding.measure,
                "severity": finding.severity.value,
                "text": finding.text,
                "by": act.by,
                "at": act.at,
                "due_on": finding.due_on,
            },
        )

    async def save_finding(self, finding: Finding) -> None:
        await self._session.execute(
            _SAVE_FINDING,
            {"finding_id": finding.finding_id, "state": finding.state.value, "due_on": finding.due_on},
        )

    async def add_step(self, finding_id: UUID, step: Step) -> None:
        evidence = None
        if step.evidence is not None:
            evidence = orjson.dumps([[each.kind, each.reference] for each in step.evidence]).decode()
        await self._session.execute(
            _ADD_STEP,
            {
                "finding_id": finding_id,
                "kind": step.kind.value,
                "by": step.by,
                "at": step.at,
                "due_on": step.due_on,
                "due_zh": step.due_zh,
                "due_en": step.due_en,
                "text": step.text,
                "evidence": evidence,
            },
        )

    async def owes_report(self, report_id: UUID, organisation: Organisation) -> bool:
        return await owes_report(await self._tx.raw(), report_id, organisation)

    async def _with_findings(self, rows: Sequence[Any]) -> list[Inspection]:
        findings: dict[UUID, list[Finding]] = {}
        regions = {row["inspection_id"]: row["region"] for row in rows}
        asked = {"inspection_ids": list(regions)}
        for row in (await self._session.execute(_FINDINGS, asked)).mappings():
            found = _finding(row, regions[row["inspection_id"]])
            findings.setdefault(row["inspection_id"], []).append(found)
        return [_inspection(row, findings.get(row["inspection_id"], ())) for row in rows]


def missing() -> NotFound:
    return NotFound("没有这次督查。", "There is no such inspection.")


def _changing(inspection: Inspection) -> dict[str, Any]:
    return {
        "inspection_id": inspection.inspection_id,
        "state": inspection.state.value,
        "version": inspection.version,
        "events": inspection.events,
        "held_on": inspection.held_on,
        "report_number": inspection.report and inspection.report.number,
        "reported_on": inspection.report and inspection.report.issued_on,
        "completed_on": inspection.completed_on,
        "cancelled_reason": inspection.cancelled_reason,
    }


def _inspection(row: Any, findings: Sequence[Finding]) -> Inspection:
    team = orjson.loads(row["team"]) if isinstance(row["team"], str) else row["team"]
    return Inspection(
        inspection_id=UUID(int=row["inspection_id"].int),
        year=row["year"],
        region=row["region"],
        planned_on=row["planned_on"],
        team=tuple(Organisation(Reporter(kind), region) for kind, region in team),
        measures=tuple(row["measures"]),
        state=State(row["state"]),
        version=row["version"],
        events=row["events"],
        held_on=row["held_on"],
        report=None if row["report_number"] is None else Report(row["report_number"], row["reported_on"]),
        completed_on=row["completed_on"],
        cancelled_reason=row["cancelled_reason"],
        findings=tuple(findings),
    )


def _finding(row: Any, region: str) -> Finding:
    return Finding(
        finding_id=UUID(int=row["finding_id"].int),
        responsible=Organisation(Reporter(row["responsible"]), region),
        measure=row["measure"],
        severity=FindingSeverity(row["severity"]),
        text=row["text"],
        recorded_at=row["recorded_at"],
        due_on=row["due_on"],
        state=FindingState(row["state"]),
    )


def _step(row: Any) -> Step:
    evidence = orjson.loads(row["evidence"]) if isinstance(row["evidence"], str) else row["evidence"]
    return Step(
        kind=StepKind(row["kind"]),
        by=row["by"],
        at=row["at"],
        due_on=row["due_on"],
        due_zh=row["due_zh"],
        due_en=row["due_en"],
        text=row["text"],
        evidence=None if evidence is None else tuple(Reference(ReferenceKind(k), v) for k, v in evidence),
    )
