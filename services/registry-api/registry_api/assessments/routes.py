"""HTTP in and out for the yearly assessment."""

from typing import Annotated
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal
from common.http import FieldError, Problem, Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.translations import status_titles
from contracts.assessment import AssessedKind, Grade
from contracts.legal_day import legal_today
from fastapi import Path, Response, status
from starlette.requests import Request

from registry_api.assessments import use_cases
from registry_api.assessments.domain import campaign
from registry_api.assessments.store import SqlAssessments
from registry_api.assessments.views import (
    AssessmentView,
    CampaignsView,
    CampaignView,
    ChangeCampaign,
    CorrectResult,
    EnteredView,
    EnterResults,
    NewEntry,
    OpenCampaign,
    OpenSubjectView,
    PublishedView,
    PublishResults,
)
from registry_api.permissions import Action, allowed, demand
from registry_api.register.conditional import entity_response, require_version
from registry_api.register.fields import RegionCode
from registry_api.register.refusals import Refused
from registry_api.register.scope import visible_region
from registry_api.register.store import Register

router = Router(prefix="/v1", tags=["年度检查考核 Yearly assessment"])

Year = Annotated[int, Path(ge=2000, le=2100)]
_FIRST = UUID(int=0)
_GRADE = {AssessedKind.FIRM: Action.GRADE_FIRMS, AssessedKind.LAWYER: Action.GRADE_LAWYERS}


@router.post("/assessments", status_code=status.HTTP_201_CREATED, summary="启动年度考核 Open a campaign")
async def post_campaign(
    body: OpenCampaign, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> CampaignView:
    demand(principal, Action.OPEN_CAMPAIGN, PROVINCE)
    opened = campaign(body.year, body.opens_on, body.closes_on)
    if not await (await SqlAssessments.within(tx)).open(opened):
        raise Refused("campaign-exists", "该年度考核已启动", "this year's campaign exists", field="year", conflict=True)
    response.headers["Location"] = f"/v1/assessments/{opened.year}"
    response.headers["ETag"] = etag_of_version(opened.version)
    return CampaignView.of(opened)


@router.get("/assessments", summary="历年考核 Campaigns")
async def get_campaigns(principal: CurrentPrincipal, tx: Transaction) -> CampaignsView:
    visible_region(principal, Action.READ, None)
    campaigns = await (await SqlAssessments.within(tx)).campaigns()
    return CampaignsView(items=[CampaignView.of(one) for one in campaigns])


@router.get("/assessments/{year}", summary="某年度考核 One campaign", response_model=CampaignView)
async def get_campaign(request: Request, year: Year, principal: CurrentPrincipal, tx: Transaction) -> Response:
    visible_region(principal, Action.READ, None)
    found = await (await SqlAssessments.within(tx)).campaign(year)
    return entity_response(request, CampaignView.of(found), found.version)


@router.patch("/assessments/{year}", summary="调整考核期间 Change its days")
async def patch_campaign(
    *,
    year: Year,
    body: ChangeCampaign,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> CampaignView:
    demand(principal, Action.OPEN_CAMPAIGN, PROVINCE)
    assessments = await SqlAssessments.within(tx)
    before = await assessments.campaign(year, lock="FOR UPDATE")
    require_version(if_match, before.version)
    changed = before.changed(body.opens_on, body.closes_on)
    await assessments.change(changed)
    response.headers["ETag"] = etag_of_version(changed.version)
    return CampaignView.of(changed)


@router.post(
    "/assessments/{year}/firms", status_code=status.HTTP_201_CREATED, summary="录入律所考核结果 Enter results of firms"
)
async def post_firms(*, year: Year, body: EnterResults, principal: CurrentPrincipal, tx: Transaction) -> EnteredView:
    """Up to 1,000, all or none; a refusal names each entry that is in the way."""
    return await _enter(year, AssessedKind.FIRM, body, principal, tx)


@router.post(
    "/assessments/{year}/lawyers",
    status_code=status.HTTP_201_CREATED,
    summary="录入律师考核结果 Enter results of lawyers",
)
async def post_lawyers(*, year: Year, body: EnterResults, principal: CurrentPrincipal, tx: Transaction) -> EnteredView:
    """Up to 1,000, all or none; a refusal names each entry that is in the way."""
    return await _enter(year, AssessedKind.LAWYER, body, principal, tx)


async def _enter(
    year: int, kind: AssessedKind, body: EnterResults, principal: CurrentPrincipal, tx: Transaction
) -> EnteredView:
    action, today = _GRADE[kind], legal_today()
    demand(principal, action, principal.region or PROVINCE)
    assessments = await SqlAssessments.within(tx)
    # Shared with other entries: the days cannot change while results come in.
    running = await assessments.campaign(year, lock="FOR SHARE")
    try:
        entered = await use_cases.enter(
            await Register.within(tx, today),
            assessments,
            tx.outbox,
            running,
            [entry.entry() for entry in body.entries],
            kind=kind,
            may_write=lambda region: allowed(principal, action, region),
            today=today,
            by=principal.subject,
        )
    except use_cases.EntriesRefused as refused:
        raise _entries_problem(refused, body) from None
    return EnteredView(entered=[AssessmentView.of(assessment) for assessment in entered])


@router.post("/assessments/results/{assessment_id}/corrections", summary="更正考核结果 Correct a result")
async def post_correction(
    *,
    assessment_id: UUID,
    body: CorrectResult,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> AssessmentView:
    assessments = await SqlAssessments.within(tx)
    before = await assessments.get(assessment_id, lock="FOR UPDATE")
    demand(principal, _GRADE[before.kind], before.region)
    require_version(if_match, before.version)
    corrected = await use_cases.correct(
        assessments, tx.outbox, before, body.result(), reason=body.reason, today=legal_today(), by=principal.subject
    )
    response.headers["ETag"] = etag_of_version(corrected.version)
    return AssessmentView.of(corrected)


@router.post("/assessments/{year}/publications", summary="公布一地区的考核结果 Publish a region's results")
async def post_publication(
    *, year: Year, body: PublishResults, principal: CurrentPrincipal, tx: Transaction
) -> PublishedView:
    """Up to 2,000 at once. Grades only: who was not graded, and why, is never published."""
    demand(principal, Action.PUBLISH_GRADES, body.region)
    today = legal_today()
    published, more = await use_cases.publish(
        await Register.within(tx, today),
        await SqlAssessments.within(tx),
        tx.outbox,
        year=year,
        kind=body.kind,
        region=body.region,
        today=today,
        by=principal.subject,
    )
    return PublishedView(published=published, more=more)


@router.get("/assessments/{year}/results", summary="查询考核结果 Search results")
async def get_results(
    *,
    year: Year,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: AssessedKind | None = None,
    grade: Grade | None = None,
    region: RegionCode | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[AssessmentView]:
    region = visible_region(principal, Action.READ_ASSESSMENTS, region)
    after = decode_cursor(cursor, "assessments", UUID)
    found = await (await SqlAssessments.within(tx)).search(
        year, kind, region, grade=grade, after=_FIRST if after is None else after[0], limit=limit + 1
    )
    return Page[AssessmentView].of(
        found,
        limit=limit,
        item=AssessmentView.of,
        cursor=lambda assessment: encode_cursor("assessments", str(assessment.assessment_id)),
    )


@router.get("/assessments/results/{assessment_id}", summary="一项考核结果 One result", response_model=AssessmentView)
async def get_result(request: Request, assessment_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    found = await (await SqlAssessments.within(tx)).get(assessment_id)
    demand(principal, Action.READ_ASSESSMENTS, found.region)
    return entity_response(request, AssessmentView.of(found), found.version)


@router.get("/assessments/{year}/open", summary="尚未考核的 Who is still open")
async def get_open(
    *,
    year: Year,
    kind: AssessedKind,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: RegionCode | None = None,
    firm_id: UUID | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[OpenSubjectView]:
    """Firms and lawyers that are to be assessed and have no result, or a deferred one."""
    region = visible_region(principal, Action.READ_ASSESSMENTS, region)
    after = decode_cursor(cursor, "open-assessments", UUID)
    found = await (await SqlAssessments.within(tx)).still_open(
        year, kind, region, firm_id, after=_FIRST if after is None else after[0], limit=limit + 1
    )
    return Page[OpenSubjectView].of(
        found,
        limit=limit,
        item=OpenSubjectView.of,
        cursor=lambda subject: encode_cursor("open-assessments", str(subject.subject_id)),
    )


def _entries_problem(refused: use_cases.EntriesRefused, body: EnterResults) -> Problem:
    title_zh, title_en = status_titles(422)
    count = len(refused.refusals)
    return Problem(
        type="entries-refused",
        status=422,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"共 {count} 项不符合要求，未录入任何结果，各项原因已逐一列出。",
        detail_en=f"{count} entries were refused and none was entered; they are listed in errors.",
        errors=[
            FieldError(field=f"entries.{index}.{_named(refusal, body.entries[index])}", zh=refusal.zh, en=refusal.en)
            for index, refusal in refused.refusals
        ],
    )


def _named(refusal: Refused, entry: NewEntry) -> str:
    return entry.named_by if refusal.field in (None, "subject") else refusal.field
