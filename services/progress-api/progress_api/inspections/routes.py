"""`/v1/inspection-programmes` and `/v1/inspections`: kept by the department, answered by the regions inspected."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal, Principal
from common.clock import now_of, today_of
from common.database import Tx
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.reporting import Reporter
from fastapi import Depends, Query, Request, Response, status

from progress_api.inspections import use_cases
from progress_api.inspections.domain import Act, Inspection, Programme, Report, State
from progress_api.inspections.fields import (
    AnswerFinding,
    HoldInspection,
    IssueProgramme,
    IssueReport,
    PlanInspection,
    Reasoned,
    RecordFinding,
)
from progress_api.inspections.store import SqlInspections, missing
from progress_api.inspections.views import InspectionView, OpenedInspection, ProgrammeView
from progress_api.organisations import Organisation, PlaceCode, organisation, own_organisation
from progress_api.permissions import Action, demand
from progress_api.refusals import NotCompetent

router = Router(prefix="/v1", tags=["考核督查 Inspections"])
_LIST = "inspections"


@router.post("/inspection-programmes", status_code=status.HTTP_201_CREATED, summary="年度督查计划 A year's programme")
async def post_programme(
    request: Request, body: IssueProgramme, principal: CurrentPrincipal, tx: Transaction
) -> ProgrammeView:
    demand(principal, Action.STEER)
    programme = Programme(body.year, body.document_number, body.issued_on)
    act = _act(request, principal)
    return ProgrammeView.of(await use_cases.issue_programme(SqlInspections(tx), programme, act))


@router.get("/inspection-programmes", summary="历年督查计划 Programmes, the latest first")
async def get_programmes(response: Response, principal: CurrentPrincipal, tx: Transaction) -> list[ProgrammeView]:
    """For the department: a region learns of what concerns itself. One a year, so there are no pages."""
    demand(principal, Action.STEER)
    response.headers["Cache-Control"] = "no-store"
    return [ProgrammeView.of(each) for each in await SqlInspections(tx).programmes()]


@router.post("/inspections", status_code=status.HTTP_201_CREATED, summary="安排督查 Plan an inspection")
async def post_inspection(
    request: Request, response: Response, body: PlanInspection, principal: CurrentPrincipal, tx: Transaction
) -> OpenedInspection:
    demand(principal, Action.STEER)
    team = [organisation(each.organ, each.region, field=f"team.{n}.region") for n, each in enumerate(body.team)]
    after = await use_cases.plan_inspection(
        SqlInspections(tx),
        tx,
        region=body.region,
        planned_on=body.planned_on,
        team=tuple(dict.fromkeys(team)),
        measures=tuple(body.measures),
        act=_act(request, principal),
    )
    response.headers["Location"] = f"/v1/inspections/{after.inspection_id}"
    return await _answer(request, response, tx, after, internal=True)


@router.get("/inspections", summary="督查列表 Inspections, the latest first")
async def get_inspections(
    *,
    request: Request,
    response: Response,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: Annotated[PlaceCode | None, Query()] = None,
    state: State | None = None,
    year: Annotated[int | None, Query(ge=2000, le=2199)] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[InspectionView]:
    own = own_organisation(principal, Action.READ_SUPERVISION)
    after = decode_cursor(cursor, _LIST, date, UUID)
    # Of another region there is nothing to see.
    foreign = own is not None and region not in (None, own.region)
    asked = {
        "region": region if own is None else own.region,
        "state": state and state.value,
        "year": year,
        "after_on": after and after[0],
        "after_id": after and after[1],
        "limit": limit + 1,
    }
    found = [] if foreign else await SqlInspections(tx).search(asked)
    response.headers["Cache-Control"] = "no-store"
    now = now_of(request)
    return Page[InspectionView].of(
        found,
        limit=limit,
        item=lambda inspection: InspectionView.of(inspection, now, internal=own is None),
        cursor=lambda inspection: encode_cursor(_LIST, inspection.planned_on, str(inspection.inspection_id)),
    )


@router.get("/inspections/{inspection_id}", summary="一次督查及其问题 An inspection and its findings")
async def get_inspection(
    request: Request, response: Response, inspection_id: UUID, principal: CurrentPrincipal, tx: Transaction
) -> OpenedInspection:
    own = own_organisation(principal, Action.READ_SUPERVISION)
    inspection = await SqlInspections(tx).get(inspection_id)
    _demand_own_region(inspection, own)
    response.headers["Cache-Control"] = "no-store"
    return await _answer(request, response, tx, inspection, internal=own is None)


@dataclass(frozen=True, slots=True)
class Steering:
    """An officer of the department before an inspection that is locked, as he has read it."""

    request: Request
    response: Response
    tx: Tx
    inspection: Inspection
    act: Act

    @property
    def store(self) -> SqlInspections:
        return SqlInspections(self.tx)

    async def shown(self, after: Inspection) -> OpenedInspection:
        return await _answer(self.request, self.response, self.tx, after, internal=True)


async def _steering(
    *,
    request: Request,
    response: Response,
    inspection_id: UUID,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> Steering:
    demand(principal, Action.STEER)
    inspection = await SqlInspections(tx).get(inspection_id, lock=True)
    require_match(if_match, etag_of_version(inspection.version))
    return Steering(request, response, tx, inspection, _act(request, principal))


Steered = Annotated[Steering, Depends(_steering)]


@router.post("/inspections/{inspection_id}/conduct", summary="登记督查实施 It has taken place")
async def post_conduct(body: HoldInspection, steered: Steered) -> OpenedInspection:
    return await steered.shown(await use_cases.hold(steered.store, steered.inspection, body.held_on, steered.act))


@router.post("/inspections/{inspection_id}/cancellation", summary="取消督查 Cancel it")
async def post_cancellation(body: Reasoned, steered: Steered) -> OpenedInspection:
    return await steered.shown(await use_cases.cancel(steered.store, steered.inspection, body.reason))


@router.post(
    "/inspections/{inspection_id}/findings", status_code=status.HTTP_201_CREATED, summary="登记问题 Record a finding"
)
async def post_finding(body: RecordFinding, steered: Steered) -> OpenedInspection:
    after = await use_cases.record_finding(
        steered.store,
        steered.tx,
        steered.inspection,
        responsible=organisation(body.responsible, steered.inspection.region, field="responsible"),
        measure=body.measure,
        severity=body.severity,
        text=body.text,
        act=steered.act,
    )
    return await steered.shown(after)


@router.post("/inspections/{inspection_id}/report", summary="印发督查报告 Issue the report")
async def post_report(body: IssueReport, steered: Steered) -> OpenedInspection:
    report = Report(body.document_number, body.issued_on)
    after = await use_cases.issue_report(steered.store, steered.tx, steered.inspection, report, steered.act)
    return await steered.shown(after)


@router.post(
    "/inspections/{inspection_id}/findings/{finding_id}/answers",
    status_code=status.HTTP_201_CREATED,
    summary="报送整改情况 Report the rectification, with evidence",
)
async def post_rectification(
    *,
    request: Request,
    response: Response,
    inspection_id: UUID,
    finding_id: UUID,
    body: AnswerFinding,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> OpenedInspection:
    demand(principal, Action.REPORT)
    own = own_organisation(principal, Action.READ_SUPERVISION)
    inspection = await SqlInspections(tx).get(inspection_id, lock=True)
    _demand_own_region(inspection, own)
    kind = Reporter.PROVINCIAL_DIVISION if own is None else own.kind
    if inspection.finding(finding_id).responsible.kind is not kind:
        raise NotCompetent("not-responsible", "只有整改单位可以报送整改情况", "only who must put it right answers")
    require_match(if_match, etag_of_version(inspection.version))
    evidence = tuple(each.reference_of() for each in body.evidence)
    act = _act(request, principal)
    after = await use_cases.answer(
        SqlInspections(tx), inspection, finding_id, text=body.text, evidence=evidence, act=act
    )
    return await _answer(request, response, tx, after, internal=own is None)


@router.post("/inspections/{inspection_id}/findings/{finding_id}/acceptance", summary="销号 Accept the rectification")
async def post_acceptance(finding_id: UUID, steered: Steered) -> OpenedInspection:
    after = await use_cases.accept(steered.store, steered.tx, steered.inspection, finding_id, steered.act)
    return await steered.shown(after)


@router.post("/inspections/{inspection_id}/findings/{finding_id}/return", summary="退回整改 Send it back")
async def post_return(finding_id: UUID, body: Reasoned, steered: Steered) -> OpenedInspection:
    after = await use_cases.send_back(steered.store, steered.inspection, finding_id, body.reason, steered.act)
    return await steered.shown(after)


def _demand_own_region(inspection: Inspection, own: Organisation | None) -> None:
    """None: the department, which sees all."""
    if own is not None and inspection.region != own.region:
        raise missing()


def _act(request: Request, principal: Principal) -> Act:
    return Act(principal.subject, now_of(request), today_of(request))


async def _answer(
    request: Request, response: Response, tx: Tx, inspection: Inspection, *, internal: bool
) -> OpenedInspection:
    response.headers["ETag"] = etag_of_version(inspection.version)
    steps = await SqlInspections(tx).steps(inspection.inspection_id)
    return OpenedInspection.with_findings(inspection, steps, now_of(request), internal=internal)
