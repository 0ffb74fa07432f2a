"""What the rules of notices look for: each source says of whom and since which day it is so, as of a day."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import asyncpg
from contracts.lights import Colour, LightOf
from contracts.notices import NoticeSubject, NoticeTrigger
from contracts.plan import plan
from contracts.regions import PROVINCE, region_label
from contracts.reporting import Reporter

from progress_api.deliverables.domain import DeliverableOn
from progress_api.deliverables.store import deliverables_on
from progress_api.lights.domain import PlanLights
from progress_api.lights.store import lights_on
from progress_api.notices.domain import Subject
from progress_api.notices.use_cases import Finding
from progress_api.organisations import Organisation
from progress_api.reporting.store import late_reports

_DAY = timedelta(days=1)
_FORGET_REDS = """
DELETE FROM notice_reds n WHERE NOT EXISTS (
    SELECT FROM unnest($1::text[], $2::text[], $3::text[]) AS r (subject_kind, subject, region)
    WHERE (n.subject_kind, n.subject, n.region) = (r.subject_kind, r.subject, r.region))
"""
_KEEP_REDS = """
INSERT INTO notice_reds (subject_kind, subject, region, since)
SELECT r.*, $4 FROM unnest($1::text[], $2::text[], $3::text[]) AS r (subject_kind, subject, region)
ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Source:
    """find: from one snapshot, and the connection of the transaction, for what a source keeps for itself.

    daily: looks once a day, for it reads the whole plan; the others whenever a timer comes.
    """

    find: Callable[[asyncpg.Connection, asyncpg.Connection, date], Awaitable[list[Finding]]]
    daily: bool


async def overdue_reports(snapshot: asyncpg.Connection, _: asyncpg.Connection, today: date) -> list[Finding]:
    """The due day is still in time: it is so from the day after."""
    return [
        Finding(
            late.owed_by,
            Subject(NoticeSubject.REPORT, str(late.report_id)),
            late.period.due_on + _DAY,
            f"{late.owed_by.zh}{late.period.zh}进展报送",
        )
        for late in await late_reports(snapshot, today)
    ]


async def overdue_milestones(snapshot: asyncpg.Connection, _: asyncpg.Connection, today: date) -> list[Finding]:
    return [
        finding
        for work in await deliverables_on(snapshot, today)
        if (finding := overdue_milestone(work, today)) is not None
    ]


def overdue_milestone(work: DeliverableOn, today: date) -> Finding | None:
    """Of the first milestone that is waited for; the next one is another occasion."""
    waited_for = work.next_milestone
    if waited_for is None or waited_for.due_on >= today:
        return None
    owner = None if work.owner is None else work.owner.organ_kind
    return Finding(
        _responsible(work.scope, owner),
        Subject(NoticeSubject.DELIVERABLE, work.deliverable_id),
        waited_for.due_on + _DAY,
        f"{_place(work.scope)}“{work.deliverable.title_zh}”（{work.deliverable_id}）",
    )


async def red_lights(snapshot: asyncpg.Connection, connection: asyncpg.Connection, today: date) -> list[Finding]:
    return await watch_reds(connection, await lights_on(snapshot, today), today)


async def watch_reds(connection: asyncpg.Connection, lights: PlanLights, today: date) -> list[Finding]:
    """Notes which lights are red today; a day on which nobody looked does not interrupt what was red before and after.

    Of measures, and of targets that belong to none: the lights of their parts would tell the same twice.
    """
    reds = list(_reds(lights))
    columns = [[row[n] for row in reds] for n in range(3)]
    await connection.execute(_FORGET_REDS, *columns)
    await connection.execute(_KEEP_REDS, *columns, today)
    found = []
    for row in await connection.fetch("SELECT * FROM notice_reds ORDER BY since, subject, region"):
        kind = NoticeSubject(row["subject_kind"])
        scope = None if row["region"] == PROVINCE else row["region"]
        item = plan().section(row["subject"]) if kind is NoticeSubject.MEASURE else plan().indicator(row["subject"])
        label = f"{_place(scope)}“{item.title_zh}”（{item.id}）"
        found.append(Finding(_responsible(scope), Subject(kind, row["subject"]), row["since"], label))
    return found


def _reds(lights: PlanLights) -> Iterable[tuple[str, str, str]]:
    for scope, light in lights.lights.items():
        if light.colour is not Colour.RED:
            continue
        place = scope.region or PROVINCE
        if scope.of is LightOf.MEASURE:
            yield NoticeSubject.MEASURE.value, scope.id, place
        elif scope.of is LightOf.TARGET and plan().target(scope.id).measure is None:
            yield NoticeSubject.INDICATOR.value, plan().target(scope.id).indicator, place


def _responsible(scope: str | None, owner_kind: str | None = None) -> Organisation:
    """The owner, where something is asked of its kind there; else the department's division, or the bureau."""
    place = PROVINCE if scope is None else scope
    for reporter in Reporter:
        if reporter.organisation_kind == owner_kind and reporter.is_provincial == (scope is None):
            return Organisation(reporter, place)
    return Organisation(Reporter.PROVINCIAL_DIVISION if scope is None else Reporter.CITY_BUREAU, place)


def _place(scope: str | None) -> str:
    return "全省" if scope is None else region_label(scope)[0]


SOURCES: Mapping[NoticeTrigger, Source] = {
    NoticeTrigger.REPORT_OVERDUE: Source(overdue_reports, daily=False),
    NoticeTrigger.MILESTONE_OVERDUE: Source(overdue_milestones, daily=True),
    NoticeTrigger.LIGHT_RED: Source(red_lights, daily=True),
}
"""By trigger. That an answer is overdue is read from the notices themselves."""
