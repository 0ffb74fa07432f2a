"""A meeting: planned, held with its quorum, minutes drafted and signed by all who attended, issued; or cancelled."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.consultations import ConsultationBody, Party
from contracts.labels import LabelledEnum
from contracts.regions import PROVINCE, REGIONS
from contracts.rights_events import ConsultationHeld, MinutesIssued
from contracts.working_days import local_date

from rights_api.consultations.agenda import Item, ItemKind
from rights_api.organs import Organ
from rights_api.refusals import NotCompetent, Refused

CASE_ORGANS = frozenset({Party.COURT, Party.PROCURATORATE, Party.POLICE, Party.STATE_SECURITY})
"""办案机关: a joint conference without any of them would be the bar's talk with itself."""


class Status(LabelledEnum):
    PLANNED = "planned", "已安排", "planned"
    HELD = "held", "已召开", "held"
    DRAFTED = "drafted", "纪要待签署", "minutes being signed"
    ISSUED = "issued", "纪要已印发", "minutes issued"
    CANCELLED = "cancelled", "已取消", "cancelled"


@dataclass(frozen=True, slots=True)
class Number:
    year: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Open:
    """What an earlier meeting of the same body left open: a resolution, or minutes that were not issued."""

    resolution_id: UUID | None = None
    earlier_meeting_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Signature:
    """`document_number`: of the party's own paper, where it has no account here."""

    party: Party
    revision: int
    signed_on: date
    document_number: str | None


@dataclass(frozen=True, slots=True)
class Meeting:
    meeting_id: UUID
    body: ConsultationBody
    host: Organ
    planned_at: datetime
    invited: frozenset[Party]
    status: Status = Status.PLANNED
    version: int = 1
    events: int = 0
    held_at: datetime | None = None
    attended: frozenset[Party] = frozenset()
    revision: int = 0
    """Of the draft: each has signatures of its own."""
    signed: frozenset[Party] = frozenset()
    """Who has signed the present draft."""
    number: Number | None = None
    issued_on: date | None = None
    items: tuple[Item, ...] = ()

    @property
    def region(self) -> str:
        return self.host.region

    @property
    def agenda(self) -> tuple[Item, ...]:
        """What is still open comes first (平顶山, 2025)."""
        return tuple(sorted(self.items, key=lambda item: (item.kind is not ItemKind.RECTIFICATION, item.ordinal)))

    @property
    def reported(self) -> list[UUID]:
        """The earlier resolutions that its agenda opens with."""
        return [item.resolution_id for item in self.items if item.resolution_id is not None]

    @property
    def number_zh(self) -> str | None:
        if self.number is None:
            return None
        return f"{place_zh(self.region)}{self.body.zh}纪要〔{self.number.year}〕{self.number.sequence}号"

    @property
    def unsigned(self) -> list[Party]:
        return [party for party in Party if party in self.attended - self.signed]


def place_zh(region: str) -> str:
    return "豫" if region == PROVINCE else REGIONS[region].official_name_zh.removesuffix("市")


def organ_zh(party: Party, region: str) -> str:
    """The organ that sits for a party, as letters name it. 济源 has the province's branches."""
    province, jiyuan = region == PROVINCE, region == "419001"
    city = "河南省" if province else REGIONS[region].official_name_zh
    match party:
        case Party.COURT:
            return "河南省高级人民法院" if province else "济源中级人民法院" if jiyuan else f"{city}中级人民法院"
        case Party.PROCURATORATE:
            return "河南省人民检察院济源分院" if jiyuan else f"{city}人民检察院"
        case Party.JUSTICE:
            return Organ(OrganKind.DEPARTMENT if province else OrganKind.BUREAU, region).name_zh
        case Party.ASSOCIATION:
            return Organ(OrganKind.ASSOCIATION if province else OrganKind.CITY_ASSOCIATION, region).name_zh
        case Party.POLICE:
            return "河南省公安厅" if province else f"{city}公安局"
        case _:
            return "河南省国家安全厅" if province else f"{city}国家安全局"


def party_of(kind: OrganKind) -> Party:
    """For whom an officer with an account here signs."""
    return Party.ASSOCIATION if kind in (OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION) else Party.JUSTICE


OWN_ACCOUNT = frozenset({Party.ASSOCIATION, Party.JUSTICE})
"""Nobody signs in their place."""


def plan(
    meeting_id: UUID, body: ConsultationBody, host: Organ, planned_at: datetime, invited: Collection[Party] | None
) -> Meeting:
    chosen = frozenset(body.parties if invited is None else invited)
    check_parties(body, chosen, "parties")
    meeting = Meeting(meeting_id, body, host, planned_at, chosen)
    _check_quorum(meeting, chosen, "parties")
    return meeting


def check_parties(body: ConsultationBody, parties: frozenset[Party], field: str) -> None:
    """RR22."""
    if outside := parties - body.parties:
        names = "、".join(party.zh for party in Party if party in outside)
        raise Refused(
            "party-not-of-this-body",
            f"{names}不参加{body.zh}，只参加{ConsultationBody.JOINT_CONFERENCE.zh}",
            f"{', '.join(party.en for party in Party if party in outside)}: not of a {body.en}, "
            f"of a {ConsultationBody.JOINT_CONFERENCE.en} only",
            field=field,
        )


def change_agenda(meeting: Meeting, items: tuple[Item, ...]) -> Meeting:
    _demand(meeting, Status.PLANNED)
    return replace(meeting, items=items, version=meeting.version + 1)


def cancel(meeting: Meeting) -> Meeting:
    _demand(meeting, Status.PLANNED)
    return replace(meeting, status=Status.CANCELLED, version=meeting.version + 1)


def hold(
    meeting: Meeting,
    held_at: datetime,
    attended: frozenset[Party],
    *,
    left_open: Sequence[Open],
    last_held_at: datetime | None,
    now: datetime,
) -> tuple[Meeting, ConsultationHeld]:
    """Raises Refused without the quorum, or where the agenda does not open with all that is still open."""
    _demand(meeting, Status.PLANNED)
    if held_at > now:
        raise Refused("date-in-the-future", "召开时间不得晚于现在", "must not lie in the future", field="held_at")
    if last_held_at is not None and held_at <= last_held_at:
        raise Refused(
            "held-before-the-last",
            "召开时间须晚于同一机制已登记的上一次会议",
            "later than the last recorded meeting of the same body",
            field="held_at",
        )
    check_parties(meeting.body, attended, "attendance")
    if attended - meeting.invited:
        raise Refused(
            "party-not-invited", "出席方不在参会方之列", "a party attends that was not invited", field="attendance"
        )
    _check_quorum(meeting, attended, "attendance")
    reported = {(item.resolution_id, item.earlier_meeting_id) for item in meeting.items}
    if missing := [each for each in left_open if (each.resolution_id, each.earlier_meeting_id) not in reported]:
        raise Refused(
            "agenda-lacks-what-is-open",
            f"会议须首先听取整改落实情况：尚有{len(missing)}项未了事项未列入议程",
            f"a meeting opens with what is still open: {len(missing)} matters are not on the agenda",
            conflict=True,
            extra={
                "resolutions": [str(each.resolution_id) for each in missing if each.resolution_id],
                "meetings": [str(each.earlier_meeting_id) for each in missing if each.earlier_meeting_id],
            },
        )
    after = replace(
        meeting,
        status=Status.HELD,
        held_at=held_at,
        attended=attended,
        version=meeting.version + 1,
        events=meeting.events + 1,
    )
    return after, ConsultationHeld(
        version=after.events,
        region=meeting.region,
        meeting_id=meeting.meeting_id,
        body=meeting.body,
        parties=tuple(party for party in Party if party in attended),
        held_on=local_date(held_at),
    )


def draft(meeting: Meeting) -> Meeting:
    """Another draft is another text: whoever signed the one before has not signed this."""
    if meeting.status is not Status.DRAFTED:
        _demand(meeting, Status.HELD)
    return replace(
        meeting,
        status=Status.DRAFTED,
        revision=meeting.revision + 1,
        signed=frozenset(),
        version=meeting.version + 1,
    )


def sign(meeting: Meeting, signature: Signature, today: date) -> Meeting:
    _demand(meeting, Status.DRAFTED)
    if signature.party not in meeting.attended:
        raise Refused("party-did-not-attend", "该方未出席会议，无须签署", "that party did not attend", field="party")
    if signature.party in meeting.signed:
        raise Refused("already-signed", "该方已签署本稿", "that party has signed this draft", conflict=True)
    held_on = None if meeting.held_at is None else local_date(meeting.held_at)
    if signature.signed_on > today or (held_on is not None and signature.signed_on < held_on):
        raise Refused(
            "signing-day-wrong",
            "签署日期不得早于会议、不得晚于今日",
            "neither before the meeting nor in the future",
            field="signed_on",
        )
    return replace(meeting, signed=meeting.signed | {signature.party}, version=meeting.version + 1)


def check_signed(meeting: Meeting) -> None:
    _demand(meeting, Status.DRAFTED)
    if meeting.unsigned:
        raise Refused(
            "signatures-missing",
            f"尚待签署：{'、'.join(party.zh for party in meeting.unsigned)}",
            f"not signed yet by: {', '.join(party.en for party in meeting.unsigned)}",
            conflict=True,
            extra={"unsigned": [party.value for party in meeting.unsigned]},
        )


def issue(meeting: Meeting, number: Number, issued_on: date) -> tuple[Meeting, MinutesIssued]:
    check_signed(meeting)
    after = replace(
        meeting,
        status=Status.ISSUED,
        number=number,
        issued_on=issued_on,
        version=meeting.version + 1,
        events=meeting.events + 1,
    )
    return after, MinutesIssued(
        version=after.events,
        region=meeting.region,
        meeting_id=meeting.meeting_id,
        body=meeting.body,
        issued_on=issued_on,
    )


def demand_host(meeting_host: Organ, caller: Organ | None) -> None:
    if caller != meeting_host:
        raise NotCompetent(
            "not-the-host",
            f"该会议由{meeting_host.name_zh}主办，由其登记",
            f"the host keeps this meeting's record: {meeting_host.kind.en}",
        )


def _check_quorum(meeting: Meeting, parties: frozenset[Party], field: str) -> None:
    """Four of four (RR22). A joint conference: its host and one organ that handles cases, of our own design."""
    needed = meeting.body.parties if meeting.body is ConsultationBody.FOUR_PARTY else {party_of(meeting.host.kind)}
    missing = [party for party in Party if party in needed - parties]
    if missing or not parties & CASE_ORGANS:
        absent_zh = "、".join(party.zh for party in missing) or "至少一个办案机关"
        absent_en = ", ".join(party.en for party in missing) or "at least one organ that handles cases"
        raise Refused("no-quorum", f"不足法定参会方，缺：{absent_zh}", f"no quorum; absent: {absent_en}", field=field)


def _demand(meeting: Meeting, needed: Status) -> None:
    if meeting.status is not needed:
        raise Refused(
            "illegal-transition",
            f"会议目前为“{meeting.status.zh}”，此步须为“{needed.zh}”",
            f"the meeting is {meeting.status.en}; this needs one that is {needed.en}",
            conflict=True,
            extra={"state": meeting.status.value, "needed": needed.value},
        )
