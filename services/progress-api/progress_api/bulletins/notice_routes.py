"""`/v1/notices/{id}/sheet.…`: the 督办单 on paper, for the department and for its addressee."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import Router, Transaction, answered_as
from common.http.etag import bytes_response, etag_of_bytes
from contracts.notices import NoticeSubject
from contracts.plan import plan
from contracts.working_days import local_date
from fastapi import Request, Response

from progress_api.notices.domain import Notice, Step, StepKind
from progress_api.notices.store import SqlNotices, missing
from progress_api.notices.views import title_of
from progress_api.organisations import own_organisation
from progress_api.papers.domain import PAPERS, Form
from progress_api.papers.notice_sheet import NoticeSheet, notice_sheet
from progress_api.papers.rendering import render
from progress_api.permissions import Action

router = Router(prefix="/v1/notices", tags=["督办 Notices"])


@router.get("/{notice_id}/sheet.{form}", summary="督办单 The notice on paper", **answered_as(*PAPERS))
async def get_sheet(
    request: Request, notice_id: UUID, form: Form, principal: CurrentPrincipal, tx: Transaction
) -> Response:
    """Before it is issued the department's draft, which says so across itself; to its addressee there is none then."""
    own = own_organisation(principal, Action.READ_SUPERVISION)
    store = SqlNotices(tx)
    notice = await store.get(notice_id)
    if own is not None and (notice.addressee != own or notice.number is None):
        raise missing()
    paper = notice_sheet(_sheet(notice, await store.steps(notice_id)))
    body = await asyncio.to_thread(render, paper, form, request.app.state.settings.progress_url)
    answer = bytes_response(request, body, etag=etag_of_bytes(body), media_type=form.media_type)
    answer.headers["content-disposition"] = f'attachment; filename="notice-{notice_id}.{form.value}"'
    answer.headers["cache-control"] = "private, no-cache"
    return answer


def _sheet(notice: Notice, steps: Sequence[Step]) -> NoticeSheet:
    pending = None if notice.pending is None else notice.pending.colour
    colour = notice.colour or pending
    issued = next((step for step in steps if step.kind is StepKind.ISSUED), None)
    subject, meta = notice.subject, plan().meta
    title = title_of(subject)[0] or subject.kind.zh
    by_code = subject.kind is not NoticeSubject.REPORT
    return NoticeSheet(
        number=None if notice.number is None else notice.number.zh,
        level_zh="" if colour is None else colour.zh,
        level_en="" if colour is None else colour.en,
        addressee=notice.addressee.zh,
        title=title,
        matter=notice.text,
        demand="对照方案要求查明原因，明确措施、责任人和完成时限，书面答复并附依据。",
        basis=f"《{meta.title_zh}》{f'（{subject.kind.zh}{subject.code}）' if by_code else ''}",
        due_on=notice.due_on,
        issued_on=None if issued is None else local_date(issued.at),
        signed_by=meta.issuer_zh,
        made_at=notice.opened_at,
        evidence=f"/v1/indicators/{subject.code}/evidence" if subject.kind is NoticeSubject.INDICATOR else None,
    )
