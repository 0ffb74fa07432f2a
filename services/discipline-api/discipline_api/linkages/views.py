"""Linkages as requests and answers. Each explains itself: from which penalty, by which rule, for how long."""

from datetime import date
from typing import Self
from uuid import UUID

from common.http import RequestModel
from contracts.conduct import OrganKind, penalties
from contracts.deadlines import RuleBasis
from contracts.discipline_events import Penalty, SubjectKind
from contracts.linkages import links
from pydantic import BaseModel, Field

from discipline_api.linkages.domain import Linkage, LinkageState, UndoGround
from discipline_api.linkages.store import Explained, Source
from discipline_api.text import DocumentNumber, FreeText


class UndoLinkage(RequestModel):
    document_number: DocumentNumber = Field(description="律师协会决定的文号 / of the association's decision.")
    reason: FreeText


class LinkView(BaseModel):
    """`verified`: whether the text of the source was read; where it was not, the answer says so."""

    id: str
    source: str
    basis: RuleBasis
    verified: bool
    zh: str
    en: str

    @classmethod
    def of(cls, link_id: str) -> Self:
        link = next(link for link in links() if link.id == link_id)
        return cls(
            id=link.id, source=link.source, basis=link.basis, verified=link.verified, zh=link.note_zh, en=link.note_en
        )


class UndoneView(BaseModel):
    on: date
    ground: UndoGround
    zh: str
    en: str
    document_number: str | None


class LinkageLine(BaseModel):
    """Names nobody."""

    linkage_id: UUID
    consequence: Penalty
    consequence_zh: str
    consequence_en: str
    keeper: OrganKind = Field(description="维护会员资格的律师协会 / the association that keeps the membership.")
    region: str
    from_on: date
    to_on: date | None = Field(
        description="期满后第一日；取消会员资格没有期限 / the first day after; none of a cancellation."
    )
    state: LinkageState
    state_zh: str
    state_en: str
    rule: LinkView
    undone: UndoneView | None
    version: int

    @classmethod
    def line(cls, linkage: Linkage, today: date) -> Self:
        return cls(**_line(linkage, today))


class SourceView(BaseModel):
    case_id: UUID
    organ_zh: str
    document_number: str
    penalties: list[Penalty]
    decided_on: date
    withdrawn_on: date | None


class MemberView(BaseModel):
    """As printed on the decision; nothing once that record's term is over."""

    kind: SubjectKind
    name: str | None
    licence_number: str | None
    credit_code: str | None
    firm_name: str | None


class LinkageView(LinkageLine):
    source: SourceView
    member: MemberView
    undo_reason: str | None
    explanation_zh: str
    explanation_en: str

    @classmethod
    def of(cls, explained: Explained, today: date) -> Self:
        linkage, source = explained.linkage, explained.source
        zh, en = _explanation(linkage, source, today)
        return cls(
            **_line(linkage, today),
            source=SourceView(
                case_id=linkage.case_id,
                organ_zh=source.organ.name_zh,
                document_number=source.document_number,
                penalties=list(source.penalties),
                decided_on=source.decided_on,
                withdrawn_on=source.withdrawn_on,
            ),
            member=MemberView(
                kind=source.subject_kind,
                name=source.name,
                licence_number=source.licence_number,
                credit_code=source.credit_code,
                firm_name=source.firm_name,
            ),
            undo_reason=None if linkage.undone is None else linkage.undone.reason,
            explanation_zh=zh,
            explanation_en=en,
        )


def _line(linkage: Linkage, today: date) -> dict[str, object]:
    info, state, undone = penalties()[linkage.consequence], linkage.state_on(today), linkage.undone
    return {
        "linkage_id": linkage.linkage_id,
        "consequence": linkage.consequence,
        "consequence_zh": info.zh,
        "consequence_en": info.en,
        "keeper": linkage.keeper,
        "region": linkage.region,
        "from_on": linkage.from_on,
        "to_on": linkage.to_on,
        "state": state,
        "state_zh": state.zh,
        "state_en": state.en,
        "rule": LinkView.of(linkage.link_id),
        "undone": None
        if undone is None
        else UndoneView(
            on=undone.on,
            ground=undone.ground,
            zh=undone.ground.zh,
            en=undone.ground.en,
            document_number=undone.document_number,
        ),
        "version": linkage.version,
    }


def _explanation(linkage: Linkage, source: Source, today: date) -> tuple[str, str]:
    rule, consequence = LinkView.of(linkage.link_id), penalties()[linkage.consequence]
    until_zh = "" if linkage.to_on is None else f"，至{linkage.to_on.isoformat()}前一日止"
    until_en = "" if linkage.to_on is None else f" until the day before {linkage.to_on.isoformat()}"
    zh = (
        f"{source.organ.name_zh}{source.document_number}决定自{linkage.from_on.isoformat()}起生效{until_zh}；"
        f"依{rule.source}，同期{consequence.zh}。{linkage.state_on(today).zh}。"
    )
    en = (
        f"The decision {source.document_number} of {source.organ.name_zh} ({source.organ.kind.en}) takes effect on "
        f"{linkage.from_on.isoformat()}{until_en}; under {rule.source} it means {consequence.en} for the same time. "
        f"{linkage.state_on(today).en.capitalize()}."
    )
    if not rule.verified:
        zh += "该条款尚未核对原文。"
        en += " The rule has not been checked against its source."
    if linkage.undone is not None:
        zh += f"{linkage.undone.on.isoformat()}解除：{linkage.undone.ground.zh}。"
        en += f" Undone on {linkage.undone.on.isoformat()}: {linkage.undone.ground.en}."
    return zh, en
