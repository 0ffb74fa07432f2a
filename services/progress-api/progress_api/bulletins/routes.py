"""`/v1/bulletins/…`: the papers of any day, for the department; what is public is signed as an edition."""

import asyncio
from datetime import date
from typing import Annotated

from common.auth import CurrentPrincipal
from common.clock import today_of
from common.feed import sm3
from common.http import Router, answered_as
from common.http.etag import bytes_response, etag_of_bytes
from contracts.legal_day import end_of
from contracts.plan import plan
from fastapi import Query, Request, Response

from progress_api.bulletins.release import may_release_regions
from progress_api.bulletins.store import draw_up
from progress_api.bulletins.use_cases import Issue, PaperKind, paper_of
from progress_api.papers.domain import PAPERS, Form
from progress_api.papers.rendering import render
from progress_api.permissions import Action, demand
from progress_api.refusals import Refused

router = Router(prefix="/v1/bulletins", tags=["报告 Bulletins"])


@router.get("/{kind}.{form}", summary="任一日的月报、通报 A bulletin or circular of any day", **answered_as(*PAPERS))
async def get_bulletin(
    *,
    request: Request,
    kind: PaperKind,
    form: Form,
    principal: CurrentPrincipal,
    as_of: Annotated[date, Query(description="截止日 / day")],
) -> Response:
    """Of what has been recorded by now, as far as it was true on that day: it names the positions it stands on.

    With the numbers that regions reported, for the department's own use; never signed.
    """
    demand(principal, Action.STEER)
    if not plan().meta.issued_on <= as_of <= today_of(request):
        raise Refused(
            "day-out-of-range",
            "截止日应在方案印发之后、今日或者今日之前",
            "must lie between the plan's issue and today",
            field="as_of",
        )
    regional = [indicator.id for indicator in plan().indicators() if may_release_regions(indicator)]
    content, _ = await draw_up(request.app.state.database, as_of, f"{as_of:%Y-%m}", regional)
    issue = Issue(end_of(as_of), sm3(content.as_bytes()).hex(), watermark="内部参考 未签发")
    base_url = request.app.state.settings.progress_url
    body = await asyncio.to_thread(render, paper_of(kind, content, issue), form, base_url)
    answer = bytes_response(request, body, etag=etag_of_bytes(body), media_type=form.media_type)
    answer.headers["content-disposition"] = f'attachment; filename="{kind.value}-{as_of.isoformat()}.{form.value}"'
    answer.headers["cache-control"] = "private, no-cache"
    return answer
