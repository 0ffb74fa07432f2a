"""Who may come near a case: organ and region by permissions.py; content and steps for those it is assigned to."""

import re
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from common.auth import Principal, forbidden
from common.clock import today_of
from common.database import Tx
from common.http.etag import etag_of_bytes, etag_of_version, require_match
from contracts.conduct import organ_kind
from fastapi import Header, Request

from rights_api.cases.domain import Complaint, Status
from rights_api.cases.store import SqlCases
from rights_api.organs import Organ
from rights_api.permissions import Action, allowed, has, is_hidden
from rights_api.refusals import NotCompetent, NotFound, TermOver


class Purpose(StrEnum):
    """Why content is opened; it goes into the access log."""

    TRIAGE = "triage"  # 受理审查
    HANDLING = "handling"  # 办理
    REPLY = "reply"  # 答复
    SUPERVISION = "supervision"  # 督导


AccessPurpose = Annotated[
    Purpose | None,
    Header(alias="Access-Purpose", description="说明用途后方可查看内容，查看留痕 / content needs one, and is logged"),
]

_DIGEST = re.compile(r'"(v\d+)\.[0-9a-f]+"')


def etag_of(complaint: Complaint, body: bytes) -> str:
    """Of an answer whose deadlines change by themselves: version and content."""
    return f'"v{complaint.version}.{etag_of_bytes(body)[1:17]}"'


def demand_version(if_match: str | None, complaint: Complaint) -> None:
    """A step needs the version that was read; what time has changed since does not matter."""
    require_match(None if if_match is None else _DIGEST.sub(r'"\1"', if_match), etag_of_version(complaint.version))


def organ_of(principal: Principal) -> Organ | None:
    """The organ an officer acts for; None for callers who are no officers of ours."""
    kind = organ_kind(principal.organisation_kind)
    if kind is None or principal.region is None or not kind.acts_in(principal.region):
        return None
    return Organ(kind, principal.region)


def may(principal: Principal, action: Action, complaint: Complaint) -> bool:
    matter = complaint.matter
    return principal.subject not in complaint.recused and allowed(
        principal,
        action,
        owner_region=complaint.owner_region,
        incident_region=matter.incident_region,
        fast_lane=matter.fast_lane,
        respondent=matter.respondent,
    )


def demand(principal: Principal, action: Action, complaint: Complaint) -> None:
    """Raises the refusal; without the region: whoever may not see the case is not told where it lies."""
    if principal.subject in complaint.recused:
        raise NotCompetent("recused", "您已回避该件，不得办理或查看。", "You are recused from this case.")
    if not may(principal, action, complaint):
        raise forbidden(principal, action.value)


def demand_assigned(principal: Principal, complaint: Complaint) -> None:
    """Handlers see and move what is assigned to them; who reviews an objection sees it while it is reviewed."""
    reviews = complaint.status is Status.REVIEW and may(principal, Action.REVIEW, complaint)
    if principal.subject not in complaint.assignees and not reviews:
        raise NotCompetent(
            "not-assigned",
            "该件未分配给您；可先认领（POST …/assignments）。",
            "This case is not assigned to you; take it first (POST …/assignments).",
        )


async def case_for(request: Request, tx: Tx, complaint_id: UUID, principal: Principal, *, lock: bool) -> Complaint:
    """Raises NotFound, also where the case is against the caller's own branch; TermOver.

    Whoever has no business with cases at all is refused before one is looked for: he may be the accused (RR17), and
    another answer where there is one would tell him so.
    """
    if not has(principal, Action.LIST):
        raise forbidden(principal, Action.LIST.value)
    complaint = await SqlCases(tx.session, request.app.state.vault).get(complaint_id, lock=lock)
    if complaint is None or is_hidden(principal, complaint.matter.respondent):
        raise NotFound("没有这件投诉。", "There is no such complaint.")
    try:
        complaint.check_kept(today_of(request))
    except TermOver:
        # When it ended is not told to whoever may not see it.
        demand(principal, Action.LIST, complaint)
        raise
    return complaint
