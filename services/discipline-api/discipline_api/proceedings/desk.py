"""What officers do with a case beside its steps: open it, take it up, assign it, withdraw from it."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.conduct import OrganKind, UnknownConductCode, conduct
from contracts.counties import COUNTIES
from contracts.discipline_events import SubjectKind
from contracts.proceedings import Origin, ProceedingKind, machine

from discipline_api.organs import Organ, check_organ
from discipline_api.proceedings.checks import EARLIEST
from discipline_api.proceedings.facts import Actor, Facts, Proceeding
from discipline_api.proceedings.guards import refused
from discipline_api.refusals import NotCompetent, Refused

KEPT_WITHOUT_SANCTION = "discipline.file-without-sanction"
"""The rule by which a case that ended without a sanction is erased."""


@dataclass(frozen=True, slots=True)
class Starting:
    """A deadline to begin on the day of the step."""

    name: str
    rule_id: str
    on: date
    of_party: bool


@dataclass(frozen=True, slots=True)
class Opening:
    proceeding_id: UUID
    kind: ProceedingKind
    subject_kind: SubjectKind
    origin: Origin
    received_on: date
    conduct_code: str | None = None
    complaint_id: UUID | None = None
    anonymous: bool = False
    recused: tuple[str, ...] = ()
    """From the complaint, and with it from what comes of it."""


def open_proceeding(opening: Opening, actor: Actor, today: date) -> tuple[Proceeding, Starting]:
    """A clue or a complaint is on the desk of this organ."""
    organ, rows = actor.organ, machine(opening.kind)
    if organ.kind not in rows.organs:
        raise refused(
            "competent-organ",
            f"{rows.zh}案件不由{organ.kind.zh}办理",
            f"a {organ.kind.en} has no {opening.kind.en}",
            field="kind",
            kind=NotCompetent,
        )
    if actor.officer in opening.recused:
        raise refused(
            "not-recused",
            "您已在该投诉中回避，不得立案办理",
            "you are recused from this complaint, and so from a case that comes of it",
            field="complaint_id",
            kind=NotCompetent,
        )
    if not EARLIEST <= opening.received_on <= today:
        raise refused("dates-in-order", "收到日期不得晚于今日", "was received no later than today", field="received_on")
    _check_conduct(opening)
    from_complaint = opening.origin is Origin.COMPLAINT
    if from_complaint != (opening.complaint_id is not None):
        raise Refused(
            "value-missing" if from_complaint else "value-out-of-place",
            "来源为投诉的须填写投诉编号，其他来源不填",
            "a case that comes from a complaint names it, others do not",
            field="complaint_id",
        )
    proceeding = Proceeding(
        proceeding_id=opening.proceeding_id,
        kind=opening.kind,
        organ=organ,
        region=region_of(organ),
        subject_kind=opening.subject_kind,
        origin=opening.origin,
        state=rows.initial,
        facts=Facts(
            received_on=opening.received_on,
            last_on=opening.received_on,
            has_complainant=from_complaint and not opening.anonymous,
        ),
        opened_on=today,
        county=organ if actor.of_county else None,
        conduct_code=opening.conduct_code,
        complaint_id=opening.complaint_id,
        handlers=(actor.officer,),
        recused=opening.recused,
    )
    return proceeding, Starting(rows.acceptance.name, rows.acceptance.rule, opening.received_on, of_party=False)


def _check_conduct(opening: Opening) -> None:
    """What is alleged may still be unknown; where a code is named, it is one for such a subject."""
    if opening.conduct_code is None:
        return
    try:
        act = conduct(opening.conduct_code)
    except UnknownConductCode:
        act = None
    if act is None or act.subject is not opening.subject_kind:
        raise Refused(
            "conduct-code-unknown",
            "违法行为代码不在清单内，或者不适用于该类当事人",
            "the closed list has no such code for this kind of subject",
            field="conduct_code",
        )


def region_of(organ: Organ) -> str:
    """One of the 18 or the province; of a county bureau the region to which its county belongs."""
    if organ.kind is OrganKind.COUNTY_BUREAU:
        county = COUNTIES.get(organ.region)
        if county is None:
            raise Refused("county-unknown", "没有这个县级行政区划", "there is no such county", field="organ.region")
        return county.region
    check_organ(organ)
    return organ.region


def taken_up(proceeding: Proceeding, actor: Actor) -> Proceeding:
    """A case that was handed to an organ has its code, and its first officer, once he acts for it."""
    own = actor.organ.kind is proceeding.organ.kind and actor.organ.region == proceeding.organ.region
    if proceeding.organ.code or not own:
        return proceeding
    return replace(proceeding, organ=actor.organ, handlers=(actor.officer,))


def assign(proceeding: Proceeding, officer: str, actor: Actor) -> Proceeding:
    """Who handles the case may read its file: another officer gives it to him, unless nobody has it yet."""
    _check_acting(proceeding, actor)
    if officer in proceeding.recused:
        raise refused("not-recused", "该人员已回避", "this officer is recused", field="officer", conflict=True)
    if officer in proceeding.handlers:
        raise Refused(
            "already-assigned", "该人员已是承办人", "handles the case already", field="officer", conflict=True
        )
    if officer == actor.officer and proceeding.handlers:
        raise Refused(
            "assigned-by-another", "已有承办人的案件，由其他人员指定", "another officer assigns you", field="officer"
        )
    taken = taken_up(proceeding, actor)
    handlers = () if taken.organ != proceeding.organ else taken.handlers
    return replace(taken, handlers=(*handlers, officer), version=proceeding.version + 1)


def recuse(proceeding: Proceeding, officer: str, actor: Actor) -> Proceeding:
    _check_acting(proceeding, actor)
    if officer in proceeding.recused:
        raise refused("not-recused", "该人员已回避", "this officer is recused already", field="officer", conflict=True)
    return replace(
        proceeding,
        handlers=tuple(each for each in proceeding.handlers if each != officer),
        recused=(*proceeding.recused, officer),
        version=proceeding.version + 1,
    )


def _check_acting(proceeding: Proceeding, actor: Actor) -> None:
    if actor.officer in proceeding.recused:
        raise refused(
            "not-recused", "您已在本案回避", "you are recused from this case", field="officer", kind=NotCompetent
        )


def may_read_file(proceeding: Proceeding, officer: str, organ: Organ) -> bool:
    """Assigned handlers of the organ that has the case, as long as they are not recused."""
    own = organ == proceeding.organ
    return own and officer in proceeding.handlers and officer not in proceeding.recused
