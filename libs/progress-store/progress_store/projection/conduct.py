"""Discipline and rights events → sanctions, complaints and consultations."""

from collections.abc import Sequence
from uuid import UUID

from asyncpg import Connection
from contracts.discipline_events import SanctionDecided, SanctionPublished, SanctionWithdrawn, SanctionWithheld
from contracts.rights_events import (
    ComplaintAccepted,
    ComplaintClosed,
    ComplaintFiled,
    ComplaintHandedOver,
    ComplaintRefused,
    ComplaintReplied,
    ConsultationHeld,
    EvaluationClosed,
)


class MissingRecord(LookupError):
    """An event continues a case that no earlier event of its key has begun."""


def found(result: str, expected: int, what: str) -> None:
    if result != f"UPDATE {expected}":
        raise MissingRecord(f"{what}: {result} of {expected}")


async def decide_sanctions(connection: Connection, events: Sequence[SanctionDecided]) -> None:
    await connection.copy_records_to_table(
        "sanctions",
        columns=(
            "case_id", "region", "organ_kind", "subject_kind", "penalties", "filed_on", "decision_due_on",
            "decided_on", "served_on", "from_on", "to_on", "publish_due_on",
        ),
        records=[
            (e.case_id, e.region, e.organ_kind, e.subject_kind.value, [p.value for p in e.penalties], e.filed_on,
             e.decision_due_on, e.decided_on, e.served_on, e.from_on, e.to_on, e.publish_due_on)
            for e in events
        ],
    )  # fmt: skip


async def publish_sanctions(connection: Connection, events: Sequence[SanctionPublished]) -> None:
    found(
        await connection.execute(
            "UPDATE sanctions t SET published_on = n.day FROM unnest($1::uuid[], $2::date[]) AS n (id, day) "
            "WHERE t.case_id = n.id",
            [e.case_id for e in events],
            [e.published_on for e in events],
        ),
        len(events),
        "published",
    )


async def withhold_sanctions(connection: Connection, events: Sequence[SanctionWithheld]) -> None:
    found(
        await connection.execute(
            "UPDATE sanctions t SET withheld_on = n.day, withholding_ground = n.ground "
            "FROM unnest($1::uuid[], $2::date[], $3::text[]) AS n (id, day, ground) WHERE t.case_id = n.id",
            [e.case_id for e in events],
            [e.withheld_on for e in events],
            [e.ground for e in events],
        ),
        len(events),
        "withheld",
    )


async def withdraw_sanctions(connection: Connection, events: Sequence[SanctionWithdrawn]) -> None:
    found(
        await connection.execute(
            "UPDATE sanctions t SET withdrawn_on = n.day, withdrawal_ground = n.ground "
            "FROM unnest($1::uuid[], $2::date[], $3::text[]) AS n (id, day, ground) WHERE t.case_id = n.id",
            [e.case_id for e in events],
            [e.withdrawn_on for e in events],
            [e.ground for e in events],
        ),
        len(events),
        "withdrawn",
    )


async def file_complaints(connection: Connection, events: Sequence[ComplaintFiled]) -> None:
    await connection.copy_records_to_table(
        "complaints",
        columns=("complaint_id", "region", "fast_lane", "filed_at", "triage_due_at"),
        records=[(e.complaint_id, e.region, e.fast_lane, e.filed_at, e.triage_due_at) for e in events],
    )


async def _update_complaints(
    connection: Connection, assignments: str, types: str, rows: Sequence[tuple[UUID, object, object]], what: str
) -> None:
    found(
        await connection.execute(
            f"UPDATE complaints t SET {assignments} FROM unnest({types}) AS n (id, first, second) "
            "WHERE t.complaint_id = n.id",
            *map(list, zip(*rows, strict=True)),
        ),
        len(rows),
        what,
    )


async def accept_complaints(connection: Connection, events: Sequence[ComplaintAccepted]) -> None:
    rows = [(e.complaint_id, e.accepted_at, e.due_at) for e in events]
    await _update_complaints(
        connection, "accepted_at = n.first, due_at = n.second", "$1::uuid[], $2::timestamptz[], $3::timestamptz[]",
        rows, "accepted",
    )  # fmt: skip


async def refuse_complaints(connection: Connection, events: Sequence[ComplaintRefused]) -> None:
    rows = [(e.complaint_id, e.refused_at, e.ground) for e in events]
    await _update_complaints(
        connection, "refused_at = n.first, refusal_ground = n.second", "$1::uuid[], $2::timestamptz[], $3::text[]",
        rows, "refused",
    )  # fmt: skip


async def reply_to_complaints(connection: Connection, events: Sequence[ComplaintReplied]) -> None:
    # The first reply counts; a further one follows an objection that was upheld.
    first = {e.complaint_id: e.replied_at for e in reversed(events)}
    rows = [(complaint_id, replied_at, None) for complaint_id, replied_at in first.items()]
    await _update_complaints(
        connection,
        "replied_at = coalesce(t.replied_at, n.first)",
        "$1::uuid[], $2::timestamptz[], $3::text[]",
        rows,
        "replied",
    )


async def close_complaints(connection: Connection, events: Sequence[ComplaintClosed]) -> None:
    rows = [(e.complaint_id, e.closed_at, e.outcome) for e in events]
    await _update_complaints(
        connection, "closed_at = n.first, outcome = n.second", "$1::uuid[], $2::timestamptz[], $3::text[]",
        rows, "closed",
    )  # fmt: skip


async def hand_over_complaints(connection: Connection, events: Sequence[ComplaintHandedOver]) -> None:
    last = {e.complaint_id: e.region for e in events}
    rows = [(complaint_id, region, None) for complaint_id, region in last.items()]
    await _update_complaints(connection, "region = n.first", "$1::uuid[], $2::text[], $3::text[]", rows, "handed over")


async def hold_consultations(connection: Connection, events: Sequence[ConsultationHeld]) -> None:
    await connection.copy_records_to_table(
        "consultations",
        columns=("meeting_id", "region", "body", "parties", "held_on"),
        records=[
            (e.meeting_id, e.region, e.body.value, [party.value for party in e.parties], e.held_on) for e in events
        ],
    )


async def close_evaluations(connection: Connection, events: Sequence[EvaluationClosed]) -> None:
    await connection.copy_records_to_table(
        "evaluations",
        columns=("evaluation_id", "region", "form", "closed_on"),
        records=[(e.evaluation_id, e.region, e.form.value, e.closed_on) for e in events],
    )
