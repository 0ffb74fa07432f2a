"""A law firm or branch: its kind, region and parent are intervals; everything else is a detail."""

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID, uuid4

from contracts.registry_events import (
    FirmChanged,
    FirmDetailsChanged,
    FirmEnded,
    FirmEstablished,
    FirmKind,
    FirmStandingRecorded,
)

from registry_api.register.refusals import Refused, before_current, check_day
from registry_api.register.standing import LICENCE_REVOKED, Standing, StandingFact, learnt, standing_on

KIND_ZH = {
    FirmKind.GENERAL_PARTNERSHIP: "普通合伙",
    FirmKind.SPECIAL_PARTNERSHIP: "特殊的普通合伙",
    FirmKind.INDIVIDUAL: "个人",
    FirmKind.STATE: "国资",
    FirmKind.BRANCH: "分所",
    FirmKind.HK_MACAO_JOINT_VENTURE: "港澳联营",
    FirmKind.FOREIGN_OFFICE: "外国律所代表机构",
}

_MAY_HAVE_BRANCHES = frozenset({FirmKind.GENERAL_PARTNERSHIP, FirmKind.SPECIAL_PARTNERSHIP})


class FirmEndGround(StrEnum):
    """律师事务所终止的情形 (律师法 22)."""

    CONDITIONS_NOT_MET = "conditions-not-met"  # 不能保持法定设立条件，限期整改仍不符合
    LICENCE_REVOKED = LICENCE_REVOKED  # 执业证书被依法吊销
    DISSOLVED = "dissolved"  # 自行决定解散
    MERGED = "merged"  # 合并
    OTHER = "other-lawful-ground"  # 法律、行政法规规定的其他情形


@dataclass(frozen=True, slots=True)
class FirmPeriod:
    """One interval [from_on, to_on) of kind, region and parent."""

    period_id: UUID
    kind: FirmKind
    region: str
    parent_firm_id: UUID | None
    from_on: date
    to_on: date | None = None
    end_ground: str | None = None


@dataclass(frozen=True, slots=True)
class Firm:
    """`parent_credit_code` names the head office of a branch where it stands in another province's register."""

    firm_id: UUID
    credit_code: str
    name: str
    periods: tuple[FirmPeriod, ...]
    parent_credit_code: str | None = None
    address: str | None = None
    merged_into: UUID | None = None
    facts: tuple[StandingFact, ...] = ()
    version: int = 1

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
    ) -> tuple["Firm", FirmChanged | None]:
        """变更 of what counts depend on; no event where nothing differs."""
        before = self.period
        kind = before.kind if kind is None else kind
        region = before.region if region is None else region
        parent_id = before.parent_firm_id if parent is None else parent.firm_id
        if kind is not FirmKind.BRANCH:
            parent_id = None
        if (kind, region, parent_id) == (before.kind, before.region, before.parent_firm_id):
            return self, None
        self._check_change(on, today)
        check_parent(kind, parent, parent_id or self.parent_credit_code)
        opened = FirmPeriod(uuid4(), kind, region, parent_id, on)
        changed = replace(
            self,
            periods=(*self.periods[:-1], replace(before, to_on=on), opened),
            parent_credit_code=self.parent_credit_code if kind is FirmKind.BRANCH else None,
            version=self.version + 1,
        )
        return changed, FirmChanged(
            version=changed.version,
            region=region,
            firm_id=self.firm_id,
            closes_period_id=before.period_id,
            period_id=opened.period_id,
            kind_before=before.kind,
            kind=kind,
            region_before=before.region,
            parent_before=before.parent_firm_id,
            parent_firm_id=parent_id,
            effective_on=on,
        )

    def change_details(
        self, *, on: date, today: date, name: str | None = None, address: str | None = None
    ) -> tuple["Firm", FirmDetailsChanged | None]:
        check_day(on, today)
        fields: list[str] = []
        changed = self
        if name is not None and name != self.name:
            self._check_change(on, today)  # a suspended firm may not rename itself
            fields.append("name")
            changed = replace(changed, name=name)
        if address is not None and address != self.address:
            fields.append("address")
            changed = replace(changed, address=address)
        if not fields:
            return self, None
        changed = replace(changed, version=self.version + 1)
        return changed, FirmDetailsChanged(
            version=changed.version,
            region=self.region,
            firm_id=self.firm_id,
            changed_fields=fields,
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
        field = "effective_on" if ground is FirmEndGround.MERGED else "ended_on"
        barred = ground in {FirmEndGround.DISSOLVED, FirmEndGround.MERGED}
        self._check_change(on, today, dissolving=barred, field=field)
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
        ended = replace(self, periods=(*self.periods[:-1], closed), merged_into=merged_into, version=self.version + 1)
        return ended, FirmEnded(
            version=ended.version,
            region=self.region,
            firm_id=self.firm_id,
            period_id=closed.period_id,
            ground=ground.value,
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
        if on < self.established_on or (self.period.to_on is not None and on >= self.period.to_on):
            raise Refused(
                "firm-not-active", "执业机构在该日期未存续", "the firm did not exist on that day", field="firm_id"
            )
        if self.kind is FirmKind.FOREIGN_OFFICE:
            raise Refused(
                "foreign-office-employs-no-lawyers",
                "外国律师事务所代表机构不得聘用中国执业律师",
                "a representative office of a foreign firm may not employ lawyers of this register",
                field="firm_id",
            )

    def _check_change(self, on: date, today: date, *, dissolving: bool = True, field: str = "effective_on") -> None:
        if self.ended:
            raise Refused("firm-ended", "该机构已终止", "the firm has ended", conflict=True)
        check_day(on, today, field=field)
        if on < self.period.from_on:
            raise before_current(self.period.from_on, field=field)
        if dissolving and self.standing_on(on) is Standing.SUSPENDED:
            raise Refused(
                "firm-suspended",
                "停业整顿期间不得变更名称、合并、分立、设立分所或自行解散",
                "a suspended firm may not rename itself, merge, split, open branches or dissolve",
                conflict=True,
            )


def establish_firm(
    *,
    credit_code: str,
    name: str,
    kind: FirmKind,
    region: str,
    from_on: date,
    today: date,
    parent: Firm | None = None,
    parent_credit_code: str | None = None,
    address: str | None = None,
) -> tuple[Firm, FirmEstablished]:
    """设立, or entry by import."""
    check_day(from_on, today, field="established_on")
    check_parent(kind, parent, parent_credit_code)
    if parent is not None and parent.standing_on(from_on) is Standing.SUSPENDED:
        raise Refused(
            "firm-suspended",
            "停业整顿期间不得设立分所",
            "a suspended firm may not open branches",
            field="parent_firm_id",
        )
    parent_id = parent.firm_id if parent is not None else None
    firm = Firm(
        firm_id=uuid4(),
        credit_code=credit_code,
        name=name,
        periods=(FirmPeriod(uuid4(), kind, region, parent_id, from_on),),
        parent_credit_code=parent_credit_code if parent is None else None,
        address=address,
    )
    return firm, FirmEstablished(
        version=1,
        region=region,
        firm_id=firm.firm_id,
        period_id=firm.period.period_id,
        kind=kind,
        parent_firm_id=parent_id,
        from_on=from_on,
    )


def check_parent(kind: FirmKind, parent: Firm | None, named: object) -> None:
    """`named` is any other sign of a head office: one already on record, or one outside the province."""
    if kind is FirmKind.BRANCH:
        if parent is None and named is None:
            raise Refused("parent-required", "分所须填写总所", "a branch needs its head office", field="parent_firm_id")
        if parent is not None and parent.kind not in _MAY_HAVE_BRANCHES:
            raise Refused(
                "parent-kind",
                "只有合伙律师事务所可以设立分所",
                "only partnerships open branches",
                field="parent_firm_id",
            )
        if parent is not None and parent.ended:
            raise Refused("parent-ended", "总所已终止", "the head office has ended", field="parent_firm_id")
    elif parent is not None:
        raise Refused(
            "parent-not-allowed", "只有分所填写总所", "only branches have a head office", field="parent_firm_id"
        )
