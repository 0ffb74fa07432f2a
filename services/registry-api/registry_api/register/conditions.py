"""Whether what a firm to be has meets the conditions of its kind, and who may be its founder, partner or head."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.conditions import Condition, Need, conditions_of
from contracts.deadlines import rule
from contracts.identifiers import LicenceCategory, LicenceNumber
from contracts.registry_events import FirmKind, StandingKind
from contracts.working_days import months_after

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.refusals import Refused
from registry_api.register.standing import Standing, StandingFact

_LONG_SUSPENSION_MONTHS = 6
"""A suspension of this length or more bars from partnership (处罚办法 47; for how long: discipline.partnership-bar)."""

LED_BY_FOUNDERS = frozenset(
    {
        FirmKind.GENERAL_PARTNERSHIP,
        FirmKind.SPECIAL_PARTNERSHIP,
        FirmKind.INDIVIDUAL,
        FirmKind.HK_MACAO_JOINT_VENTURE,
    }
)
"""Those who found it are its partners on record, or its one owner; a state firm or branch has none."""

_FIELDS: Mapping[Need, str] = {
    Need.PARTNERS: "founders",
    Need.FOUNDER_YEARS: "founders",
    Need.FULL_TIME: "founders",
    Need.POSTED: "founders",
    Need.CAPITAL: "capital_yuan",
    Need.PARENT_YEARS: "parent_firm_id",
    Need.PARENT_LAWYERS: "parent_firm_id",
}


@dataclass(frozen=True, slots=True)
class Founder:
    """A founder, partner or posted lawyer: of this register, or known by his number of another province's only."""

    number: LicenceNumber
    lawyer: Lawyer | None = None

    def years_of_practice(self, day: date) -> int:
        return day.year - self.number.year if self.lawyer is None else self.lawyer.years_of_practice(day)


@dataclass(frozen=True, slots=True)
class Means:
    """What a firm to be has on the day; None is what was not told, which counts as missing unless `lenient`."""

    founders: Sequence[Founder] | None = None
    capital_yuan: int | None = None
    parent: Firm | None = None
    parent_practising: int | None = None
    parent_elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Unmet:
    condition: Condition
    field: str
    zh: str
    en: str

    def refused(self) -> Refused:
        return Refused("condition-unmet", self.zh, self.en, field=self.field)


def unmet(kind: FirmKind, means: Means, on: date, *, lenient: bool = False) -> list[Unmet]:
    """The conditions that are not met; `lenient`, for files that do not tell everything: only what is known to fail."""
    found = []
    for condition in conditions_of(kind):
        number = _counted(condition.needs, means, on)
        if means.parent_elsewhere and condition.needs in {Need.PARENT_YEARS, Need.PARENT_LAWYERS}:
            continue  # another province's register vouches for it
        if (number is None and lenient) or (number is not None and number >= condition.at_least):
            continue
        told_zh, told_en = ("未填写", "not given") if number is None else (f"现为{number}", f"there are {number}")
        caveat_zh, caveat_en = ("", "") if condition.verified else ("（本条件尚未核对原文）", " (not yet verified)")
        found.append(
            Unmet(
                condition,
                _FIELDS[condition.needs],
                f"{condition.needs.zh}不少于{condition.at_least}，{told_zh}：{condition.source}{caveat_zh}",
                f"{condition.needs.en}: at least {condition.at_least}, {told_en}: {condition.source}{caveat_en}",
            )
        )
    return found


def check_conditions(kind: FirmKind, means: Means, on: date) -> None:
    """Raises the first that is unmet."""
    for failing in unmet(kind, means, on):
        raise failing.refused()


def check_may_lead(lawyer: Lawyer, on: date, *, field: str, partner: bool = True) -> None:
    """Who founds, leads or is posted practises; a partner is not barred by a suspension (D08, 处罚办法 47)."""
    if lawyer.standing_on(on) is not Standing.PRACTISING:
        raise Refused("lawyer-not-practising", "该律师在该日期未正常执业", "the lawyer does not practise", field=field)
    barred = [day for fact in lawyer.facts if (day := _barred_until(fact)) is not None and fact.from_on <= on < day]
    if barred and partner:
        until = max(barred).isoformat()
        raise Refused(
            "partnership-barred",
            f"受停止执业六个月以上处罚，{until} 前不得担任合伙人、负责人",
            f"a suspension of six months or more bars from partnership until {until}",
            field=field,
        )


def _barred_until(fact: StandingFact) -> date | None:
    if fact.withdrawn or fact.kind is not StandingKind.SUSPENSION or fact.to_on is None:
        return None
    long = fact.to_on >= months_after(fact.from_on, _LONG_SUSPENSION_MONTHS)
    return months_after(fact.to_on, rule("discipline.partnership-bar").value) if long else None


def _counted(needs: Need, means: Means, on: date) -> int | None:
    if needs is Need.CAPITAL:
        return means.capital_yuan
    if needs is Need.PARENT_YEARS:
        return None if means.parent is None else int((on - means.parent.established_on).days / 365.2425)
    if needs is Need.PARENT_LAWYERS:
        return means.parent_practising
    return None if means.founders is None else _of_founders(needs, means.founders, on)


def _of_founders(needs: Need, founders: Sequence[Founder], on: date) -> int:
    if needs is Need.FOUNDER_YEARS:
        return min((founder.years_of_practice(on) for founder in founders), default=0)
    if needs is Need.FULL_TIME:
        return sum(founder.number.category is LicenceCategory.FULL_TIME for founder in founders)
    return len(founders)
