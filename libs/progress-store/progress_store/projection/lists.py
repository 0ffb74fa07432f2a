"""Events of lists, of yearly assessments and of supervisors → recognitions, published grades, appointments."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from asyncpg import Connection
from contracts.registry_list_events import (
    AssessmentPublished,
    RecognitionGranted,
    RecognitionWithdrawn,
    SupervisorAppointed,
    SupervisorEnded,
)

from progress_store.projection.register import MissingInterval


async def grant_recognitions(connection: Connection, events: Sequence[RecognitionGranted]) -> None:
    await connection.execute(
        "INSERT INTO recognitions (recognition_id, kind, member_id, region, from_on, to_on, field) "
        "SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::date[], $6::date[], $7::text[])",
        [e.recognition_id for e in events],
        [e.kind.value for e in events],
        [e.member_id for e in events],
        [e.region for e in events],
        [e.from_on for e in events],
        [e.to_on for e in events],
        [None if e.field is None else e.field.value for e in events],
    )


async def withdraw_recognitions(connection: Connection, events: Sequence[RecognitionWithdrawn]) -> None:
    result = await connection.execute(
        "UPDATE recognitions t SET to_on = n.to_on FROM unnest($1::uuid[], $2::date[]) AS n (id, to_on) "
        "WHERE t.recognition_id = n.id",
        [e.recognition_id for e in events],
        [e.withdrawn_on for e in events],
    )
    if result != f"UPDATE {len(events)}":
        raise MissingInterval("a recognition is withdrawn that was never granted")


async def publish_assessments(connection: Connection, events: Sequence[AssessmentPublished]) -> None:
    # The last word within the batch: one statement cannot touch a row twice. The day stays that of the first one: a
    # corrected grade is what the year's assessment was from then on.
    latest: dict[UUID, AssessmentPublished] = {event.assessment_id: event for event in events}
    first: dict[UUID, date] = {event.assessment_id: event.published_on for event in reversed(events)}
    await connection.execute(
        "INSERT INTO assessments (assessment_id, year, kind, subject_id, region, grade, published_on, version) "
        "SELECT * FROM unnest($1::uuid[], $2::smallint[], $3::text[], $4::uuid[], $5::text[], $6::text[], "
        "$7::date[], $8::bigint[]) "
        "ON CONFLICT (assessment_id) DO UPDATE SET grade = excluded.grade, version = excluded.version",
        list(latest),
        [e.year for e in latest.values()],
        [e.kind.value for e in latest.values()],
        [e.subject_id for e in latest.values()],
        [e.region for e in latest.values()],
        [None if e.grade is None else e.grade.value for e in latest.values()],
        [first[assessment_id] for assessment_id in latest],
        [e.version for e in latest.values()],
    )


async def appoint_supervisors(connection: Connection, events: Sequence[SupervisorAppointed]) -> None:
    # Told again, an appointment is another record's of the same person: the last word within the batch, as above.
    latest: dict[UUID, SupervisorAppointed] = {event.appointment_id: event for event in events}
    await connection.execute(
        "INSERT INTO supervisors (appointment_id, firm_id, lawyer_id, from_on) "
        "SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[]) "
        "ON CONFLICT (appointment_id) DO UPDATE SET lawyer_id = excluded.lawyer_id",
        list(latest),
        [e.firm_id for e in latest.values()],
        [e.lawyer_id for e in latest.values()],
        [e.from_on for e in latest.values()],
    )


async def end_supervisors(connection: Connection, events: Sequence[SupervisorEnded]) -> None:
    result = await connection.execute(
        "UPDATE supervisors t SET to_on = n.to_on FROM unnest($1::uuid[], $2::date[]) AS n (id, to_on) "
        "WHERE t.appointment_id = n.id",
        [e.appointment_id for e in events],
        [e.ended_on for e in events],
    )
    if result != f"UPDATE {len(events)}":
        raise MissingInterval("an appointment ends that was never made")
