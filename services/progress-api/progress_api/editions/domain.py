"""An edition on its way from draft to signature, and what becomes of it afterwards; its content never changes."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID

from common.events import Event
from contracts.labels import LabelledEnum
from contracts.plan_events import EditionIssued, EditionSuperseded, EditionWithdrawn
from contracts.regions import PROVINCE
from contracts.working_days import local_date

from progress_api.refusals import NotCompetent, Refused


class EditionState(LabelledEnum):
    DRAFTED = "drafted", "待审核", "drafted, to be reviewed"
    RETURNED = "returned", "已退回", "sent back"
    REVIEWED = "reviewed", "待签发", "reviewed, to be signed"
    ISSUED = "issued", "已签发", "issued"
    SUPERSEDED = "superseded", "已被新版替代", "superseded"
    WITHDRAWN = "withdrawn", "已撤回", "withdrawn"

    @property
    def is_public(self) -> bool:
        return self in (EditionState.ISSUED, EditionState.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Step:
    """by: an officer's subject, for the file: in no event and on no public page."""

    by: str
    at: datetime
    reason: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Signature:
    by: str
    at: datetime
    on: date
    document_number: str


@dataclass(frozen=True, slots=True)
class Successor:
    edition_id: UUID
    on: date


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """reason: published in the edition's place."""

    by: str
    at: datetime
    on: date
    reason: str


@dataclass(frozen=True, slots=True)
class Edition:
    """period: the month, as 2026-10; number: of the drafts of a period; regional: reported indicators shown by region.

    digest: SM3 of the content, in hex.
    """

    edition_id: UUID
    plan_id: str
    period: str
    number: int
    as_of: date
    regional: tuple[str, ...]
    digest: str
    drafted: Step
    state: EditionState = EditionState.DRAFTED
    reviewed: Step | None = None
    returned: Step | None = None
    signature: Signature | None = None
    successor: Successor | None = None
    withdrawal: Withdrawal | None = None
    version: int = 1
    events: int = 0

    @property
    def signed(self) -> Signature:
        if self.signature is None:
            raise ValueError("not signed")
        return self.signature


def check_day(period: str, as_of: date, today: date) -> None:
    """Raises Refused for a day that is not in the period, or is still to come."""
    if as_of > today:
        raise Refused("day-to-come", "截止日不得晚于今日", "must not be in the future", field="as_of")
    if f"{as_of:%Y-%m}" != period:
        raise Refused("day-outside-period", "截止日应在所属月份之内", "must lie within the period", field="as_of")


def review(edition: Edition, by: Step) -> Edition:
    _demand(edition, EditionState.DRAFTED)
    demand_another(edition.drafted, by, "审核人不得为拟稿人", "the drafter may not review it")
    return replace(edition, state=EditionState.REVIEWED, reviewed=by, version=edition.version + 1)


def send_back(edition: Edition, by: Step) -> Edition:
    """Before or after the review; whoever drafted it draws up another."""
    _demand(edition, EditionState.DRAFTED, EditionState.REVIEWED)
    demand_another(edition.drafted, by, "拟稿人不得退回自己的稿件", "the drafter may not send it back")
    return replace(edition, state=EditionState.RETURNED, returned=by, version=edition.version + 1)


def issue(edition: Edition, signature: Signature, in_force: Edition | None) -> tuple[Edition, Event]:
    """in_force: the edition of the same period that is public now."""
    _demand(edition, EditionState.REVIEWED)
    by = Step(signature.by, signature.at)
    demand_another(edition.drafted, by, "签发人不得为拟稿人", "the drafter may not sign it")
    demand_another(edition.reviewed, by, "签发人不得为审核人", "the reviewer may not sign it")
    if not local_date(edition.drafted.at) <= signature.on <= local_date(signature.at):
        raise Refused(
            "issue-day-wrong",
            "签发日期不得早于拟稿、不得晚于今日",
            "neither before the draft nor in the future",
            field="issued_on",
        )
    if in_force is not None and in_force.number > edition.number:
        raise Refused(
            "later-edition-issued",
            "同一期已签发更新的一版",
            "a later edition of the period has been issued",
            conflict=True,
        )
    after = replace(
        edition,
        state=EditionState.ISSUED,
        signature=signature,
        version=edition.version + 1,
        events=edition.events + 1,
    )
    return after, EditionIssued(
        version=after.events,
        region=PROVINCE,
        edition_id=after.edition_id,
        plan_id=after.plan_id,
        period=after.period,
        as_of=after.as_of,
        document_number=signature.document_number,
        issued_on=signature.on,
        digest=after.digest,
    )


def supersede(edition: Edition, by: Edition) -> tuple[Edition, Event]:
    successor = Successor(by.edition_id, by.signed.on)
    after = replace(
        edition,
        state=EditionState.SUPERSEDED,
        successor=successor,
        version=edition.version + 1,
        events=edition.events + 1,
    )
    return after, EditionSuperseded(
        version=after.events,
        region=PROVINCE,
        edition_id=after.edition_id,
        period=after.period,
        superseded_by=successor.edition_id,
        superseded_on=successor.on,
    )


def withdraw(edition: Edition, withdrawal: Withdrawal) -> tuple[Edition, Event]:
    _demand(edition, EditionState.ISSUED, EditionState.SUPERSEDED)
    after = replace(
        edition,
        state=EditionState.WITHDRAWN,
        withdrawal=withdrawal,
        version=edition.version + 1,
        events=edition.events + 1,
    )
    return after, EditionWithdrawn(
        version=after.events,
        region=PROVINCE,
        edition_id=after.edition_id,
        period=after.period,
        withdrawn_on=withdrawal.on,
    )


def _demand(edition: Edition, *states: EditionState) -> None:
    if edition.state not in states:
        raise Refused(
            "edition-state",
            f"该稿当前为“{edition.state.zh}”，不能进行此操作",
            f"the edition is {edition.state.en}; this cannot be done",
            conflict=True,
        )


def demand_another(before: Step | None, by: Step, zh: str, en: str) -> None:
    if before is not None and before.by == by.by:
        raise NotCompetent("same-person", zh, en)
