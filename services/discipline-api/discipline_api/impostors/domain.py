"""A clue about somebody who practises without a licence, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from contracts.deadlines import rule
from contracts.discipline_events import ImpostorCaseClosed, ImpostorCaseOpened
from contracts.impostors import Department, impostor_conduct, impostor_fine
from contracts.working_days import local_date

from discipline_api.impostors.terms import (
    BY_DEPARTMENT,
    Dismissal,
    Outcome,
    ReferralKind,
    ReferralResult,
    Source,
    Status,
    SuspectKind,
)
from discipline_api.organs import Organ
from discipline_api.refusals import Refused, TermOver

RETENTION = "impostor.retention"
_NOT_TAKEN = frozenset({ReferralResult.TAKEN_BACK, ReferralResult.DECLINED})


@dataclass(frozen=True, slots=True)
class Fined:
    """The bureau's decision under 律师法 55: a stop order, all gains confiscated, and a fine, a multiple of them.

    Without gains there is no fine: a multiple of nothing is nothing.
    """

    document_number: str
    document_key: str
    notified_on: date
    decided_on: date
    served_on: date
    gains_yuan: Decimal
    fine_yuan: Decimal

    def check(self) -> None:
        bounds = impostor_fine()
        if not bounds.allows(self.gains_yuan, self.fine_yuan):
            low, high = bounds.range(self.gains_yuan)
            raise Refused(
                "fine-out-of-bounds",
                f"罚款应为违法所得的{bounds.times_min}倍至{bounds.times_max}倍，即{low}元至{high}元（{bounds.source}）",
                f"the fine lies between {low} and {high} yuan, once to {bounds.times_max} times the gains",
                field="fine_yuan",
            )


@dataclass(frozen=True, slots=True)
class Referral:
    """What another department is to do together with us, or instead of us. Words stay sealed outside."""

    referral_id: UUID
    kind: ReferralKind
    department: Department
    asked_on: date
    acknowledged_on: date | None = None
    result: ReferralResult | None = None
    result_on: date | None = None

    @property
    def open(self) -> bool:
        """A transfer is done with its receipt; of a joint action the result is awaited."""
        if self.result is not None:
            return False
        return self.kind is ReferralKind.JOINT_ACTION or self.acknowledged_on is None

    def acknowledge(self, on: date, today: date) -> "Referral":
        if self.acknowledged_on is not None or self.result is not None:
            raise Refused("acknowledged-before", "已签收或已撤回", "acknowledged or taken back before", conflict=True)
        check_day(on, self.asked_on, today, "acknowledged_on")
        return replace(self, acknowledged_on=on)

    def tell(self, result: ReferralResult, on: date, today: date) -> "Referral":
        if self.result is not None:
            raise Refused("result-told", "已反馈结果", "its result has been told", conflict=True)
        if (self.acknowledged_on is None) is not (result is ReferralResult.TAKEN_BACK):
            raise Refused(
                "result-follows-acknowledgement",
                "签收后方有结果；签收前只能撤回",
                "a result follows the acknowledgement; before it, it can only be taken back",
                field="result",
                conflict=True,
            )
        check_day(on, self.acknowledged_on or self.asked_on, today, "result_on")
        return replace(self, result=result, result_on=on)


@dataclass(frozen=True, slots=True)
class ImpostorCase:
    case_id: UUID
    organ: Organ
    source: Source
    suspect_kind: SuspectKind
    conduct: tuple[str, ...]
    """As reported, then as established when the case is opened."""
    status: Status
    version: int
    received_on: date
    reported_at: datetime
    changed_at: datetime
    source_received_on: date | None = None
    opened_on: date | None = None
    dismissal: Dismissal | None = None
    fined: Fined | None = None
    outcome: Outcome | None = None
    closed_on: date | None = None
    kept_until: date | None = None

    @property
    def by_bureau(self) -> bool:
        return any(impostor_conduct()[code].by_bureau for code in self.conduct)

    def check_kept(self, today: date) -> None:
        if self.kept_until is not None and self.kept_until < today:
            raise TermOver(self.kept_until + timedelta(days=1), RETENTION)

    def hand_over(self, organ: Organ, at: datetime) -> "ImpostorCase":
        self._check(Status.CLUE)
        if organ == self.organ:
            raise Refused("handed-to-itself", "本线索已在该机关", "that bureau has it already", field="region")
        return replace(self, organ=organ, version=self.version + 1, changed_at=at)

    def open(self, conduct: Sequence[str], at: datetime) -> tuple["ImpostorCase", ImpostorCaseOpened]:
        self._check(Status.CLUE)
        today = local_date(at)
        after = self._to(Status.OPENED, at, conduct=tuple(sorted(set(conduct))), opened_on=today)
        return after, ImpostorCaseOpened(
            version=1, region=self.organ.plan_region, impostor_case_id=self.case_id, opened_on=today
        )

    def establish(self, conduct: Sequence[str], at: datetime) -> "ImpostorCase":
        """What was found out since: it decides who may punish."""
        self._check(Status.OPENED)
        if self.fined is not None:
            raise Refused("decided-before", "已作出处罚决定", "a decision has been made", conflict=True)
        return self._to(Status.OPENED, at, conduct=tuple(sorted(set(conduct))))

    def dismiss(self, dismissal: Dismissal, at: datetime) -> "ImpostorCase":
        self._check(Status.CLUE)
        return _ended(self._to(Status.DISMISSED, at, dismissal=dismissal), local_date(at))

    def touch(self, at: datetime) -> "ImpostorCase":
        """What was referred has changed: whoever writes next must have seen it."""
        self._check(Status.OPENED)
        return self._to(Status.OPENED, at)

    def fine(self, fined: Fined, at: datetime) -> "ImpostorCase":
        self._check(Status.OPENED)
        if self.fined is not None:
            raise Refused("decided-before", "已作出处罚决定", "a decision has been made", conflict=True)
        if not self.by_bureau:
            raise Refused(
                "not-in-lawyers-name",
                "律师法第五十五条仅处罚以律师名义从事法律服务业务的行为；本件行为应移送有关部门",
                "only acting in the name of a lawyer is punished under article 55; transfer this to its department",
                field="conduct",
                conflict=True,
            )
        today = local_date(at)
        check_day(fined.notified_on, self.opened_on, fined.decided_on, "notified_on")
        check_day(fined.decided_on, self.opened_on, today, "decided_on")
        check_day(fined.served_on, fined.decided_on, today, "served_on")
        fined.check()
        return self._to(Status.OPENED, at, fined=fined)

    def close(
        self, outcome: Outcome, referrals: Sequence[Referral], at: datetime
    ) -> tuple["ImpostorCase", ImpostorCaseClosed]:
        self._check(Status.OPENED)
        self._check_outcome(outcome, referrals)
        today = local_date(at)
        after = _ended(self._to(Status.CLOSED, at, outcome=outcome), today)
        return after, ImpostorCaseClosed(
            version=2,
            region=self.organ.plan_region,
            impostor_case_id=self.case_id,
            closed_on=today,
            outcome=outcome.value,
        )

    def _check_outcome(self, outcome: Outcome, referrals: Sequence[Referral]) -> None:
        if any(referral.open for referral in referrals):
            raise Refused(
                "referrals-open", "仍有部门未签收或未反馈", "a department has not answered yet", conflict=True
            )
        if (outcome is Outcome.PENALISED) is not (self.fined is not None):
            raise Refused("outcome-does-not-fit", "结果与处罚决定不符", "does not fit the decision", field="outcome")
        taken = {
            referral.department
            for referral in referrals
            if referral.kind is ReferralKind.TRANSFER and referral.result not in _NOT_TAKEN
        }
        if outcome is Outcome.TRANSFERRED and not taken:
            raise Refused("nothing-transferred", "没有已签收的移送", "nothing was transferred", field="outcome")
        acted = any(referral.result is ReferralResult.ACTED for referral in referrals)
        if outcome is Outcome.HANDLED_BY_DEPARTMENT and not acted:
            raise Refused("no-department-acted", "没有部门反馈已处理", "no department has acted", field="outcome")
        if outcome is Outcome.NOT_ESTABLISHED:
            return
        for code in self.conduct:
            row = impostor_conduct()[code]
            if not row.by_bureau and not taken & set(row.transfer_to):
                named = "、".join(department.zh for department in row.transfer_to)
                raise Refused(
                    "not-transferred",
                    f"“{row.zh}”须先移送{named}并取得签收",
                    f"{row.en}: first to be transferred to {', '.join(d.en for d in row.transfer_to)}, with a receipt",
                    field="conduct",
                    conflict=True,
                )

    def _check(self, needed: Status) -> None:
        if self.status is not needed:
            raise Refused(
                "illegal-transition",
                f"目前状态为“{self.status.zh}”，该步骤须在“{needed.zh}”时进行",
                f"it is {self.status.en}; this step needs it {needed.en}",
                conflict=True,
            )

    def _to(self, status: Status, at: datetime, **changes: object) -> "ImpostorCase":
        # mypy cannot see through `**changes`; the dataclass refuses unknown names.
        return replace(self, status=status, version=self.version + 1, changed_at=at, **changes)  # type: ignore[arg-type]


def report(
    case_id: UUID,
    *,
    organ: Organ,
    source: Source,
    suspect_kind: SuspectKind,
    conduct: Sequence[str],
    received_on: date,
    source_received_on: date | None,
    at: datetime,
) -> ImpostorCase:
    check_day(received_on, None, local_date(at), "received_on")
    if (source in BY_DEPARTMENT) is not (source_received_on is not None):
        raise Refused(
            "source-day-with-transfer",
            "部门移送的须填写其收到日期，其他来源不填",
            "what a department passes on comes with its own day, nothing else does",
            field="source_received_on",
        )
    if source_received_on is not None:
        check_day(source_received_on, None, received_on, "source_received_on")
    return ImpostorCase(
        case_id=case_id,
        organ=organ,
        source=source,
        suspect_kind=suspect_kind,
        conduct=tuple(sorted(set(conduct))),
        status=Status.CLUE,
        version=1,
        received_on=received_on,
        reported_at=at,
        changed_at=at,
        source_received_on=source_received_on,
    )


def _ended(case: ImpostorCase, on: date) -> ImpostorCase:
    return replace(case, closed_on=on, kept_until=rule(RETENTION).ends_on(on))


def check_day(day: date, earliest: date | None, latest: date, field: str) -> None:
    if day > latest or (earliest is not None and day < earliest):
        raise Refused(
            "day-out-of-order",
            "日期不合先后顺序或晚于今日",
            "lies before what it follows, or after what it comes before",
            field=field,
        )
