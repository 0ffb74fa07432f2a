"""Whose report it is: its reporter's own organisation in the region, and the department's that steers the plan."""

from uuid import UUID

from common.auth import PROVINCE, Principal
from common.clock import now_of, today_of
from common.database import Tx
from common.http.etag import etag_of_version, require_match
from contracts.reporting import Reporter
from starlette.requests import Request

from progress_api.freezes import check_open
from progress_api.permissions import Action, allowed, demand, steers
from progress_api.refusals import NotFound
from progress_api.reporting.domain import Act, Report
from progress_api.reporting.store import SqlReports


def reporters_of(principal: Principal) -> list[Reporter]:
    """As which the caller's organisation reports."""
    if not allowed(principal, Action.REPORT):
        return []
    return [
        reporter
        for reporter in Reporter
        if reporter.organisation_kind == principal.organisation_kind
        and reporter.is_provincial == (principal.region == PROVINCE)
    ]


def demand_reader(principal: Principal) -> None:
    """Somebody whom reports concern at all."""
    if not steers(principal):
        demand(principal, Action.REPORT)


def owns(principal: Principal, report: Report) -> bool:
    return report.reporter in reporters_of(principal) and report.region == principal.region


async def readable(store: SqlReports, report_id: UUID, principal: Principal, *, lock: bool = False) -> Report:
    """Another's report is answered like none."""
    demand_reader(principal)
    report = await store.get(report_id, lock=lock)
    if not steers(principal) and not owns(principal, report):
        raise NotFound("没有这份报表。", "There is no such report.")
    return report


async def changeable(tx: Tx, report_id: UUID, principal: Principal, if_match: str | None) -> tuple[SqlReports, Report]:
    """Locked, as it was read, and of a plan that is not frozen."""
    connection = await tx.raw()
    store = SqlReports(connection)
    report = await readable(store, report_id, principal, lock=True)
    require_match(if_match, etag_of_version(report.version))
    await check_open(connection, report.period.until_on)
    return store, report


def act_of(request: Request, principal: Principal, report: Report, *, anew: bool = False) -> Act:
    """Of a division of the department somebody may be both: he acts for the reporter, but in a correction that the
    department has begun; `anew`: whoever had it before.
    """
    for_department = steers(principal) and (not owns(principal, report) or (report.by_department and not anew))
    return Act(principal.subject, now_of(request), today_of(request), for_department=for_department)
