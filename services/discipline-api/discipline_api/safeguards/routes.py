"""HTTP in and out for the disclosure policy and impact assessments."""

from typing import Annotated
from uuid import uuid4

from common.auth import PROVINCE, CurrentPrincipal
from common.clock import now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, etag_of_version, require_match
from contracts.conduct import OrganKind
from fastapi import Path, Query, Request, Response, status

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.organs import Organ
from discipline_api.permissions import Action, demand, demand_any
from discipline_api.refusals import Refused
from discipline_api.safeguards.store import Choice, SqlChoices, SqlImpactAssessments
from discipline_api.safeguards.use_cases import check_choice, demand_known, record_assessment
from discipline_api.safeguards.views import (
    AssessedView,
    AssessImpact,
    AssessmentView,
    ChooseReading,
    ClassView,
    PolicyView,
    class_view,
)

router = Router(prefix="/v1", tags=["公示政策与影响评估 Before publication"])


@router.get("/disclosure-policy", summary="公示政策 The disclosure policy, its open readings and what was chosen")
async def get_policy(principal: CurrentPrincipal, tx: Transaction, response: Response) -> PolicyView:
    demand_any(principal, Action.READ)
    response.headers["Cache-Control"] = "no-store"
    return PolicyView.of(await SqlChoices(tx.session).all())


@router.get("/disclosure-policy/{class_code}", summary="一类的公示政策 The policy of one class")
async def get_class(
    class_code: Annotated[str, Path(max_length=40)], principal: CurrentPrincipal, tx: Transaction, response: Response
) -> ClassView:
    demand_any(principal, Action.READ)
    demand_known(class_code)
    found = class_view(class_code, await SqlChoices(tx.session).all())
    response.headers["ETag"], response.headers["Cache-Control"] = etag_of_version(found.version), "no-store"
    return found


@router.post(
    "/disclosure-policy/{class_code}/choices",
    status_code=status.HTTP_201_CREATED,
    summary="选定口径 Choose a reading",
)
async def post_choice(
    *,
    request: Request,
    class_code: Annotated[str, Path(max_length=40)],
    body: ChooseReading,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> dict[str, str | int]:
    demand(principal, Action.SET_POLICY, OrganKind.DEPARTMENT, PROVINCE, principal.organisation_id)
    now, choices = now_of(request), SqlChoices(tx.session)
    check_choice(class_code, body.option, body.from_on, today_of(request))
    last = await choices.last_number(class_code)
    require_match(if_match, etag_of_version(last))
    choice = Choice(
        class_code=class_code,
        number=last + 1,
        option=body.option,
        document_number=body.document_number,
        reasons=body.reasons,
        from_on=body.from_on,
        recorded_by=principal.subject,
        recorded_at=now,
    )
    if not await choices.add(choice):
        # Somebody has chosen since this version was read.
        require_match(if_match, etag_of_version(last + 1))
        raise Refused("choice-taken", "他人刚刚选定了口径", "somebody has just chosen", conflict=True)
    chosen = f"{class_code}:{body.option.value}"
    await append(tx, Entry.by(principal, "reading-chosen", "disclosure-class", class_code, at=now, reason=chosen))
    response.headers["ETag"] = etag_of_version(choice.number)
    return {"class": class_code, "option": body.option.value, "version": choice.number}


@router.post(
    "/impact-assessments",
    status_code=status.HTTP_201_CREATED,
    summary="登记个人信息保护影响评估 Record an impact assessment",
)
async def post_assessment(
    request: Request, body: AssessImpact, principal: CurrentPrincipal, tx: Transaction
) -> AssessedView:
    now, organ = now_of(request), body.organ
    demand(principal, Action.PUBLISH, organ.kind, organ.region, organ.code)
    assessment = body.assessment(uuid4(), today_of(request))
    await record_assessment(SqlImpactAssessments(tx.session), assessment, by=principal.subject, now=now)
    reason = assessment.conclusion.value
    about = assessment.assessment_id
    await append(tx, Entry.by(principal, "impact-assessed", "impact-assessment", about, at=now, reason=reason))
    return AssessedView(
        assessment_id=about,
        assessed_on=assessment.assessed_on,
        valid_to_on=assessment.valid_to_on,
        kept_to_on=assessment.kept_to_on,
    )


@router.get("/impact-assessments", summary="本机关的影响评估 An organ's impact assessments")
async def get_assessments(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    organ_kind: OrganKind,
    region: Annotated[str, Query(pattern=r"^41\d{4}$")],
    code: Annotated[str, Query(min_length=1, max_length=64)],
) -> list[AssessmentView]:
    """One organ's, newest first: a handful in a decade, so there are no pages."""
    demand_any(principal, Action.READ)
    demand(principal, Action.READ, organ_kind, region, code)
    today, organ = today_of(request), Organ(organ_kind, region, code)
    response.headers["Cache-Control"] = "no-store"
    return [AssessmentView.of(each, today) for each in await SqlImpactAssessments(tx.session).of(organ)]
