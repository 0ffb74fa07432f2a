"""A law firm or branch: its kind, region and parent are intervals; everything else is a detail."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from contracts.registry_events import (
    FirmChanged,
    FirmDetailsChanged,
    FirmEnded,
    FirmKind,
    FirmPeriodCorrected,
    FirmSplit,
    FirmStandingRecorded,
)

from registry_api.register.counties import check_county
from registry_api.register.parents import check_parent
from registry_api.register.partners import SpecialPartner
from registry_api.register.refusals import Refused, before_current, check_day
from registry_api.register.standing import LICENCE_REVOKED, Standing, StandingFact, learnt, standing_on, told_ground

KIND_ZH = {
    FirmKind.GENERAL_PARTNERSHIP: "普通合伙",
    FirmKind.SPECIAL_PARTNERSHIP: "特殊的普通合伙",
    FirmKind.INDIVIDUAL: "个人",
    FirmKind.STATE: "国资",
    FirmKind.BRANCH: "分所",
    FirmKind.HK_MACAO_JOINT_VENTURE: "港澳联营",
    FirmKind.FOREIGN_OFFICE: "外国律所代表机构",
}


class FirmEndGround(StrEnum):
    """律师事务所终止的情形 (律师法 22)."""

    CONDITIONS_NOT_MET = "conditions-not-met"  # 不能保持法定设立条件，限期整改仍不符合
    LICENCE_REVOKED = LICENCE_REVOKED  # 执业证书被依法吊销
    DISSOLVED = "dissolved"  # 自行决定解散
    MERGED = "merged"  # 合并
    SPLIT = "split"  # 解散分立
    OTHER = "other-lawful-ground"  # 法律、行政法规规定的其他情形


@dataclass(frozen=True, slots=True)
class FirmPeriod:
    """One interval [from_on, to_on) of what counts depend on; `county` is where its seat is, where that is known."""

    period_id: UUID
    kind: FirmKind
    region: str
    parent_firm_id: UUID | None
    from_on: date
    to_on: date | None = None
    end_ground: str | None = None
    county: str | None = None
    in_legal_district: bool = False


DETAILS: Final = (
    "name", "address", "capital_yuan", "head_id", "partner_ids", "special_partners",
    "supervising_organ", "charter_on",
)  # fmt: skip
"""Fields on which no count depends; their days of effect are those of the events that changed them."""

_BARRED_WHILE_SUSPENDED: Final = frozenset({"name"})
_NOBODY_LEADS: Final[dict[str, Any]] = {
    "head_id": None, "partner_ids": (), "special_partners": (),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Firm:
    """`parent_credit_code` names the head office of a branch where it stands in another province's register.

    `supervising_organ` (主管机关) is apart from the address: it may be another city's, or the province's own.
    `earlier`: the states that changes have replaced since it was read, one per version, for whoever saves it.
    """

    firm_id: UUID
    credit_code: str
    name: str
    periods: tuple[FirmPeriod, ...]
    parent_credit_code: str | None = None
    address: str | None = None
    merged_into: UUID | None = None
    capital_yuan: int | None = None
    head_id: UUID | None = None
    partner_ids: tuple[UUID, ...] = ()
    special_partners: tuple[SpecialPartner, ...] = ()
    supervising_organ: str | None = None
    charter_on: date | None = None
    facts: tuple[StandingFact, ...] = ()
    version: int = 1
    earlier: tuple["Firm", ...] = field(default=(), compare=False, repr=False)

    @property
    def period(self) -> FirmPeriod:
        return self.periods[-1]

    @property
    def ended(self) -> bool:
        return self.period.to_on is not None

    @property
    def region(self) -> str:
        return self.period.region

    @property
    def kind(self) -> FirmKind:
        return self.period.kind

    @property
    def outside_parent(self) -> bool:
        """A branch whose head office is in another province."""
        return self.kind is FirmKind.BRANCH and self.period.parent_firm_id is None

    @property
    def established_on(self) -> date:
        return self.periods[0].from_on

    def standing_on(self, day: date) -> Standing:
        return standing_on(day, self.periods, self.facts)

    def change(
        self,
        *,
        on: date,
        today: date,
        kind: FirmKind | None = None,
        region: str | None = None,
        parent: "Firm | None" = None,
        county: str | None = None,
        in_legal_district: bool | None = None,
    ) -> tuple["Firm", FirmChanged | None]:
        """变更 of what counts depend on; no event where nothing differs. Another region forgets county and seat."""
        before = self.period
        opened = self._period_like(
            before, kind=kind, region=region, parent=parent, county=county, in_legal_district=in_legal_district
        )
        if opened == before:
            return self, None
        self._check_change(on, today)
        check_parent(opened.kind, parent, opened.parent_firm_id or self.parent_credit_code)
        opened = replace(opened, period_id=uuid4(), from_on=on)
        changed = self._next(
            periods=(*self.periods[:-1], replace(before, to_on=on), opened),
            parent_credit_code=self.parent_credit_code if opened.kind is FirmKind.BRANCH else None,
        )
        return changed, FirmChanged(
            version=changed.version,
            region=opened.region,
            firm_id=self.firm_id,
            closes_period_id=before.period_id,
            period_id=opened.period_id,
            kind_before=before.kind,
            kind=opened.kind,
            region_before=before.region,
            parent_before=before.parent_firm_id,
            parent_firm_id=opened.parent_firm_id,
            county=opened.county,
            in_legal_district=opened.in_legal_district,
            outside_parent=changed.outside_parent,
            effective_on=on,
        )

    def correct(
        self,
        *,
        today: date,
        kind: FirmKind | None = None,
        parent: "Firm | None" = None,
        county: str | None = None,
        in_legal_district: bool | None = None,
        from_on: date | None = None,
    ) -> tuple["Firm", FirmPeriodCorrected | None]:
        """更正: the current period was recorded wrongly from its first day on; nothing has happened to the firm."""
        before = self.period
        right = self._period_like(
            before, kind=kind, region=None, parent=parent, county=county, in_legal_district=in_legal_district
        )
        if from_on is not None:
            check_day(from_on, today, field="from_on")
            if len(self.periods) > 1 and from_on < self.periods[-2].from_on:
                raise before_current(self.periods[-2].from_on, field="from_on")
            right = replace(right, from_on=from_on)
        if right == before:
            return self, None
        if len(self.periods) > 1 and right.from_on != before.from_on:
            raise Refused(
                "correction-of-two-periods",
                "起始日期与前一登记期间相接，不能单独更正",
                "this day also ends the period before and cannot be corrected alone",
                field="from_on",
                conflict=True,
            )
        if right.to_on is not None and right.from_on > right.to_on:
            raise Refused("interval-empty", "起始日期晚于终止日期", "lies after the end", field="from_on")
        check_parent(right.kind, parent, right.parent_firm_id or self.parent_credit_code)
        corrected = self._next(periods=(*self.periods[:-1], right))
        return corrected, FirmPeriodCorrected(
            version=corrected.version,
            region=right.region,
            correction=True,
            firm_id=self.firm_id,
            period_id=right.period_id,
            kind=right.kind,
            parent_firm_id=right.parent_firm_id,
            county=right.county,
            in_legal_district=right.in_legal_district,
            outside_parent=corrected.outside_parent,
            from_on=right.from_on,
        )

    def change_details(
        self, *, on: date, today: date, correction: bool = False, **values: Any
    ) -> tuple["Firm", FirmDetailsChanged | None]:
        """`values` by the names of DETAILS; None leaves a field as it is."""
        check_day(on, today)
        new = {name: value for name, value in values.items() if value is not None and value != getattr(self, name)}
        if new and not correction:
            self._check_change(on, today, dissolving=bool(new.keys() & _BARRED_WHILE_SUSPENDED), late=True)
        return self._detailed(new, on=on, correction=correction)

    def released(
        self, lawyer_ids: Collection[UUID], *, on: date, to: UUID | None = None
    ) -> tuple["Firm", FirmDetailsChanged | None]:
        """Those who practise here no longer do not lead it either, as head or partner."""
        new: dict[str, Any] = {}
        if self.head_id in lawyer_ids:
            new["head_id"] = to
        if not set(lawyer_ids).isdisjoint(self.partner_ids):
            partners = [to if partner in lawyer_ids else partner for partner in self.partner_ids]
            new["partner_ids"] = tuple(dict.fromkeys(partner for partner in partners if partner is not None))
        return self._detailed(new, on=on, correction=False)

    def _detailed(
        self, new: Mapping[str, Any], *, on: date, correction: bool
    ) -> tuple["Firm", FirmDetailsChanged | None]:
        if not new:
            return self, None
        changed = self._next(**new)
        return changed, FirmDetailsChanged(
            version=changed.version,
            region=self.region,
            correction=correction,
            firm_id=self.firm_id,
            changed_fields=[name for name in DETAILS if name in new],
            effective_on=on,
        )

    def split(self, into: tuple[UUID, ...], *, continues: bool, on: date, today: date) -> tuple["Firm", FirmSplit]:
        """分立: recorded with the firm that is divided; what the new firms and its lawyers become is theirs."""
        self._check_change(on, today)
        divided = self._next()
        return divided, FirmSplit(
            version=divided.version,
            region=self.region,
            firm_id=self.firm_id,
            into=list(into),
            continues=continues,
            effective_on=on,
        )

    def end(
        self,
        ground: FirmEndGround,
        *,
        on: date,
        today: date,
        practising: int,
        branches: int,
        merged_into: UUID | None = None,
        merger_id: UUID | None = None,
    ) -> tuple["Firm", FirmEnded]:
        """终止; `practising` and `branches` count what would be left behind."""
        named = "effective_on" if ground in {FirmEndGround.MERGED, FirmEndGround.SPLIT} else "ended_on"
        barred = ground in {FirmEndGround.DISSOLVED, FirmEndGround.MERGED, FirmEndGround.SPLIT}
        self._check_change(on, today, dissolving=barred, field=named)
        if practising:
            raise Refused(
                "firm-has-lawyers",
                f"尚有{practising}名律师在该机构执业，请先办理变更或注销",
                f"{practising} lawyers still practise there: move them or end their licences first",
                conflict=True,
            )
        if branches:
            raise Refused(
                "firm-has-branches",
                f"尚有{branches}家分所，请先办理终止",
                f"{branches} branches remain: end them first",
                conflict=True,
            )
        closed = replace(self.period, to_on=on, end_ground=ground.value)
        ended = self._next(periods=(*self.periods[:-1], closed), merged_into=merged_into, **_NOBODY_LEADS)
        return ended, FirmEnded(
            version=ended.version,
            region=self.region,
            firm_id=self.firm_id,
            period_id=closed.period_id,
            ground=told_ground(ground.value),
            merged_into=merged_into,
            merger_id=merger_id,
            ended_on=on,
        )

    def record(self, fact: StandingFact) -> tuple["Firm", FirmStandingRecorded | None]:
        """A fact is never refused; learning it again replaces what was known. No event where nothing differs."""
        new = learnt(self.facts, fact)
        if new is None:
            return self, None
        others = tuple(known for known in self.facts if known.fact_id != new.fact_id)
        return replace(self, facts=(*others, new)), FirmStandingRecorded(
            version=new.version,
            region=self.region,
            firm_id=self.firm_id,
            fact_id=new.fact_id,
            kind=new.kind,
            from_on=new.from_on,
            to_on=new.to_on,
            withdrawn=new.withdrawn,
        )

    def check_takes_lawyers(self, on: date) -> None:
        """Whether a lawyer may practise here from this day."""
        # An end that lies after `on` bars, too: the practice that is opened would outlast the firm.
        if on < self.established_on or self.ended or self.standing_on(on) is Standing.REVOKED:
            raise Refused(
                "firm-not-active",
                "执业机构在该日期未存续或已终止",
                "the firm did not exist on that day, or has ended",
                field="firm_id",
            )
        if self.kind is FirmKind.FOREIGN_OFFICE:
            raise Refused(
                "foreign-office-employs-no-lawyers",
                "外国律师事务所代表机构不得聘用中国执业律师",
                "a representative office of a foreign firm may not employ lawyers of this register",
                field="firm_id",
            )

    def _next(self, **changes: Any) -> "Firm":
        """The state after one more version step; the one it replaces goes along until it is saved."""
        earlier = (*self.earlier, replace(self, earlier=()))
        return replace(self, version=self.version + 1, earlier=earlier, **changes)

    def _period_like(
        self,
        before: FirmPeriod,
        *,
        kind: FirmKind | None,
        region: str | None,
        parent: "Firm | None",
        county: str | None,
        in_legal_district: bool | None,
    ) -> FirmPeriod:
        kind = before.kind if kind is None else kind
        moves = region is not None and region != before.region
        region = before.region if region is None else region
        check_county(county, region)
        if not moves:
            county = before.county if county is None else county
            in_legal_district = before.in_legal_district if in_legal_district is None else in_legal_district
        return replace(
            before,
            kind=kind,
            region=region,
            parent_firm_id=(before.parent_firm_id if parent is None else parent.firm_id)
            if kind is FirmKind.BRANCH
            else None,
            county=county,
            in_legal_district=bool(in_legal_district),
        )

    def _check_change(
        self, on: date, today: date, *, dissolving: bool = True, late: bool = False, field: str = "effective_on"
    ) -> None:
        """`late`: no count depends on it, so it may be of a day before the current period."""
        if self.ended:
            raise Refused("firm-ended", "该机构已终止", "the firm has ended", conflict=True)
        check_day(on, today, field=field)
        if on < self.period.from_on and not late:
            raise before_current(self.period.from_on, field=field)
        if dissolving and self.standing_on(on) is Standing.SUSPENDED:
            raise Refused(
                "firm-suspended",
                "停业整顿期间不得变更名称、合并、分立、设立分所或自行解散",
                "a suspended firm may not rename itself, merge, split, open branches or dissolve",
                conflict=True,
            )
