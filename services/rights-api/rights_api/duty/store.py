"""Alarms in PostgreSQL: raised once per cause, climbing until somebody answers."""

import secrets
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from common.database import Tx
from common.telemetry import get_logger
from common.telemetry.metrics import counter
from contracts.deadlines import rule
from contracts.working_days import local_date
from sqlalchemy import text

from rights_api.duty.domain import (
    ROUNDS,
    About,
    Alarm,
    AlarmKind,
    AlarmStep,
    Channel,
    Seat,
    Step,
    answered_within,
    channels_for,
    told_when_warned,
)
from rights_api.duty.messages import NUMBER_DIGITS, template_for
from rights_api.duty.store_staffing import channels_of, holders, of_organ, organ_of
from rights_api.organs import Organ

_log = get_logger(__name__)
_steps = counter("yulu_alarm_steps_total", "What happened to alarms.", ["kind", "step"])

_RAISE = text("""
INSERT INTO alarms (alarm_id, number, cause, kind, organ_kind, organ_region, urgent, justice, owner_kind, owner_id,
    clock_id, mark_ordinal, about_kind, about_region, about_on, raised_at, next_at)
VALUES (:alarm_id, :number, :cause, :kind, :organ_kind, :organ_region, :urgent, :justice, :owner_kind, :owner_id,
    :clock_id, :mark_ordinal, :about_kind, :about_region, :about_on, :raised_at, :raised_at)
ON CONFLICT (cause) DO NOTHING RETURNING true""")
_STEP = text("""
INSERT INTO alarm_steps (alarm_id, ordinal, justice, step, organ_kind, organ_region, seat, subject, at, answer_by)
VALUES (:alarm_id, :ordinal, :justice, :step, :organ_kind, :organ_region, :seat, :subject, :at, :answer_by)""")
_DELIVER = text("""
INSERT INTO alarm_deliveries (delivery_id, alarm_id, ordinal, channel, template, state, attempts, created_at, next_at,
    expires_at)
VALUES (:delivery_id, :alarm_id, :ordinal, :channel, :template, 'waiting', 0, :at, :at, :expires_at)""")
_NEXT = text("UPDATE alarms SET next_at = :next_at WHERE alarm_id = :alarm_id")
_END = text("UPDATE alarms SET next_at = NULL, ended_at = :at WHERE alarm_id = :alarm_id")
_SUPERSEDE = text("UPDATE alarm_deliveries SET state = 'superseded' WHERE alarm_id = :alarm_id AND state = 'waiting'")
_ALARMS = """
SELECT a.*, c.name AS deadline, (SELECT d.due_at FROM clock_dates d WHERE d.clock_id = a.clock_id
    ORDER BY d.revision DESC LIMIT 1) AS due_at
FROM alarms a LEFT JOIN clocks c ON c.clock_id = a.clock_id"""
_NOT_RECUSED = "NOT EXISTS (SELECT FROM recusals r WHERE r.complaint_id = a.owner_id AND r.subject = :reader)"
_ONE = text(f"{_ALARMS} WHERE a.alarm_id = :alarm_id AND {_NOT_RECUSED}")
_ONE_LOCKED = text(f"{_ALARMS} WHERE a.alarm_id = :alarm_id AND {_NOT_RECUSED} FOR UPDATE OF a")
_DUE = text(f"{_ALARMS} WHERE a.next_at <= :now ORDER BY a.next_at LIMIT :limit FOR UPDATE OF a SKIP LOCKED")
# What it was about has been done, or is no longer to be done.
_SETTLED = text(f"""{_ALARMS}
WHERE a.ended_at IS NULL AND CASE
    WHEN a.kind LIKE 'deadline-%' THEN EXISTS (
        SELECT FROM clock_marks m WHERE m.clock_id = a.clock_id AND m.ordinal > a.mark_ordinal AND (
            m.mark IN ('met', 'lapsed')
            OR a.kind = 'deadline-warned' AND m.mark IN ('paused', 'overdue')
            OR a.kind = 'deadline-overdue' AND m.mark = 'overdue-rectified'))
    WHEN a.kind = 'roster-missing' THEN (
        SELECT r.on_duty FROM duty_rosters r
        WHERE r.organ_kind = a.about_kind AND r.organ_region = a.about_region AND r.on_day = a.about_on
        ORDER BY r.version DESC LIMIT 1) IS NOT NULL
    -- Somebody has taken a step with the case.
    WHEN a.kind = 'fast-lane' THEN EXISTS (
        SELECT FROM clocks o JOIN clock_marks m ON m.clock_id = o.clock_id
        WHERE o.owner_id = a.owner_id AND m.mark IN ('met', 'lapsed'))
    WHEN a.kind = 'hand-over' THEN EXISTS (SELECT FROM hand_over_takings t WHERE t.hand_over_id = a.owner_id)
    ELSE false END
ORDER BY a.raised_at LIMIT :limit FOR UPDATE OF a SKIP LOCKED""")
_STEPS = text("SELECT * FROM alarm_steps WHERE alarm_id = ANY(:ids) ORDER BY alarm_id, ordinal")
_LIST = f"""{_ALARMS}
WHERE EXISTS (SELECT FROM alarm_steps s WHERE s.alarm_id = a.alarm_id
    AND s.organ_kind = :organ_kind AND s.organ_region = :organ_region)
    AND {_NOT_RECUSED}"""


class SqlAlarms:
    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def raise_(
        self, kind: AlarmKind, organ: Organ, about: About, *, cause: str, urgent: bool, at: datetime
    ) -> bool:
        """False where this cause has raised one before. The person on duty is called in the same transaction."""
        number = str(secrets.randbelow(10**NUMBER_DIGITS)).zfill(NUMBER_DIGITS)
        alarm = Alarm(uuid4(), number, kind, organ, urgent, about, raised_at=at, ended_at=None)
        values = of_organ(organ) | {
            "alarm_id": alarm.alarm_id,
            "number": number,
            "cause": cause,
            "kind": kind.value,
            "urgent": urgent,
            "justice": about.justice,
            "owner_kind": about.owner_kind,
            "owner_id": about.owner_id,
            "clock_id": about.clock_id,
            "mark_ordinal": about.mark_ordinal,
            "about_kind": None if about.organ is None else about.organ.kind.value,
            "about_region": None if about.organ is None else about.organ.region,
            "about_on": about.on,
            "raised_at": at,
        }
        if (await self._session.execute(_RAISE, values)).first() is None:
            return False
        await self.climb(alarm, at)
        return True

    async def climb(self, alarm: Alarm, now: datetime) -> None:
        """To the next rung where somebody can be reached; each rung passed is on record. Call with the alarm locked."""
        on = local_date(now)
        steps = len(alarm.steps)
        for rung in alarm.rungs_left:
            steps += 1
            subject = (await holders(self._session, rung.organ, on)).get(rung.seat)
            if subject is None:
                await self._step(alarm, AlarmStep(steps, Step.NOBODY, now, rung.organ, rung.seat))
                continue
            known = await channels_of(self._session, rung.organ, subject)
            channels = channels_for(known, urgent=alarm.urgent) or known
            if not channels:
                await self._step(alarm, AlarmStep(steps, Step.UNREACHABLE, now, rung.organ, rung.seat, subject))
                continue
            answer_by = now + answered_within(alarm.kind, urgent=alarm.urgent)
            await self._step(alarm, AlarmStep(steps, Step.CALLED, now, rung.organ, rung.seat, subject, answer_by))
            await self._deliver(alarm, steps, channels, now)
            await self._session.execute(_NEXT, {"alarm_id": alarm.alarm_id, "next_at": answer_by})
            return
        await self._step(alarm, AlarmStep(steps + 1, Step.EXHAUSTED, now))
        again = alarm.rounds + 1 < ROUNDS
        next_at = now + rule("rights.alarm.repeat").span if again else None
        await self._session.execute(_NEXT, {"alarm_id": alarm.alarm_id, "next_at": next_at})
        _log.warning("alarm_unanswered", alarm_id=str(alarm.alarm_id), kind=alarm.kind.value, last_round=not again)

    async def acknowledge(self, alarm: Alarm, organ: Organ, subject: str, at: datetime) -> Alarm:
        """Call with the alarm locked and open."""
        seats = await holders(self._session, organ, local_date(at))
        seat = next((seat for seat, holder in seats.items() if holder == subject), None)
        step = AlarmStep(len(alarm.steps) + 1, Step.ACKNOWLEDGED, at, organ, seat, subject)
        await self._end(alarm, step)
        return await self.get(alarm.alarm_id, reader=subject) or alarm

    async def settle(self, now: datetime, limit: int) -> int:
        alarms = await self._load(_SETTLED, {"limit": limit})
        for alarm in alarms:
            await self._end(alarm, AlarmStep(len(alarm.steps) + 1, Step.SETTLED, now))
        return len(alarms)

    async def climb_due(self, now: datetime, limit: int) -> int:
        alarms = await self._load(_DUE, {"now": now, "limit": limit})
        for alarm in alarms:
            await self.climb(alarm, now)
        return len(alarms)

    async def get(self, alarm_id: UUID, *, reader: str, lock: bool = False) -> Alarm | None:
        """None also of a case from which the reader is recused: unanswered by him it climbs."""
        found = await self._load(_ONE_LOCKED if lock else _ONE, {"alarm_id": alarm_id, "reader": reader})
        return found[0] if found else None

    async def of(
        self, organ: Organ, *, reader: str, limit: int, open_only: bool, after: tuple[datetime, UUID] | None
    ) -> list[Alarm]:
        """Those that have reached this organ, oldest first; none of a case from which the reader is recused."""
        query, parameters = _LIST, of_organ(organ) | {"reader": reader, "limit": limit}
        if open_only:
            query += " AND a.ended_at IS NULL"
        if after is not None:
            query += " AND (a.raised_at, a.alarm_id) > (:raised_at, :after_id)"
            parameters |= {"raised_at": after[0], "after_id": after[1]}
        return await self._load(text(f"{query} ORDER BY a.raised_at, a.alarm_id LIMIT :limit"), parameters)

    async def _end(self, alarm: Alarm, step: AlarmStep) -> None:
        await self._step(alarm, step)
        await self._session.execute(_END, {"alarm_id": alarm.alarm_id, "at": step.at})
        await self._session.execute(_SUPERSEDE, {"alarm_id": alarm.alarm_id})

    async def _step(self, alarm: Alarm, step: AlarmStep) -> None:
        await self._session.execute(
            _STEP,
            {
                "alarm_id": alarm.alarm_id,
                "ordinal": step.ordinal,
                "justice": alarm.about.justice,
                "step": step.step.value,
                "organ_kind": None if step.organ is None else step.organ.kind.value,
                "organ_region": None if step.organ is None else step.organ.region,
                "seat": None if step.seat is None else step.seat.value,
                "subject": step.subject,
                "at": step.at,
                "answer_by": step.answer_by,
            },
        )
        _steps.labels(alarm.kind.value, step.step.value).inc()

    async def _deliver(self, alarm: Alarm, ordinal: int, channels: Sequence[Channel], at: datetime) -> None:
        template = template_for(alarm.kind, urgent=alarm.urgent)
        for channel in channels:
            await self._session.execute(
                _DELIVER,
                {
                    "delivery_id": uuid4(),
                    "alarm_id": alarm.alarm_id,
                    "ordinal": ordinal,
                    "channel": channel.value,
                    "template": template.value,
                    "at": at,
                    "expires_at": at + rule("rights.alarm.delivery").span,
                },
            )

    async def _load(self, query: Any, parameters: dict[str, Any]) -> list[Alarm]:
        rows = (await self._session.execute(query, parameters)).mappings().all()
        steps: dict[UUID, list[AlarmStep]] = defaultdict(list)
        if rows:
            found = await self._session.execute(_STEPS, {"ids": [row["alarm_id"] for row in rows]})
            for row in found.mappings():
                steps[row["alarm_id"]].append(_step(row))
        return [_alarm(row, steps[row["alarm_id"]]) for row in rows]


async def raise_alarm(
    tx: Tx,
    organ: Organ,
    kind: AlarmKind,
    owner_kind: str,
    owner_id: UUID,
    *,
    urgent: bool,
    justice: bool,
    at: datetime,
) -> bool:
    """A direct one, once per organ, kind and owner, in the caller's transaction: committed with what it is about.

    `justice`: the respondent is a justice organ; the alarm then goes to the association of the place.
    """
    told = told_when_warned(organ, justice=justice)
    cause = f"{kind.value}/{owner_kind}/{owner_id}/{told.kind.value}/{told.region}"
    about = About(owner_kind, owner_id, justice)
    return await SqlAlarms(tx).raise_(kind, told, about, cause=cause, urgent=urgent, at=at)


def _step(row: Any) -> AlarmStep:
    organ = None if row["organ_kind"] is None else organ_of(row["organ_kind"], row["organ_region"])
    seat = None if row["seat"] is None else Seat(row["seat"])
    return AlarmStep(row["ordinal"], Step(row["step"]), row["at"], organ, seat, row["subject"], row["answer_by"])


def _alarm(row: Any, steps: Sequence[AlarmStep]) -> Alarm:
    about = About(
        row["owner_kind"],
        row["owner_id"],
        row["justice"],
        clock_id=row["clock_id"],
        mark_ordinal=row["mark_ordinal"],
        organ=None if row["about_kind"] is None else organ_of(row["about_kind"], row["about_region"]),
        on=row["about_on"],
    )
    return Alarm(
        alarm_id=UUID(int=row["alarm_id"].int),
        number=row["number"],
        kind=AlarmKind(row["kind"]),
        organ=organ_of(row["organ_kind"], row["organ_region"]),
        urgent=row["urgent"],
        about=about,
        raised_at=row["raised_at"],
        ended_at=row["ended_at"],
        steps=tuple(steps),
        deadline=row["deadline"],
        due_at=row["due_at"],
    )
