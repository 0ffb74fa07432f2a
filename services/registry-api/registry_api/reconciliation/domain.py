"""What differs between a full export and the register. Pure."""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from common.auth import PROVINCE
from contracts.counties import COUNTIES
from contracts.identifiers import LicenceCategory, normalise_number
from contracts.labels import LabelledEnum
from contracts.regions import REGIONS

from registry_api.register.firm import KIND_ZH
from registry_api.register.refusals import Refused
from registry_api.sheets.cells import Finding, Line, parse_region
from registry_api.sheets.columns import COLUMNS, Kind
from registry_api.sheets.rows import FirmLine, LawyerLine, Status


class Difference(LabelledEnum):
    """在哪一边有."""

    ONLY_HERE = "only-here", "仅登记有", "only in the register"
    ONLY_THERE = "only-there", "仅许可系统有", "only in the licensing system"
    DIFFERENT = "different", "内容不一致", "both have it and differ"
    UNREADABLE = "unreadable", "无法比对", "a row that cannot be compared"


class LineState(LabelledEnum):
    """核对差异的状态."""

    OPEN = "open", "待处理", "open"
    SETTLED = "settled", "已处理", "settled"
    DISAPPEARED = "disappeared", "已消失", "no longer found"


class Outcome(LabelledEnum):
    """如何处理."""

    ACCEPTED_THERE = "accepted-there", "许可系统认可并更正", "accepted there, to be corrected there"
    CORRECTED_HERE = "corrected-here", "登记已更正", "corrected here"
    EXPLAINED = "explained", "已说明，差异保留", "explained: the difference stays"


class Reason(LabelledEnum):
    """原因."""

    LATE_HERE = "late-here", "登记滞后", "the register is late"
    LATE_THERE = "late-there", "许可系统滞后", "the licensing system is late"
    WRONG_HERE = "wrong-here", "登记有误", "the register is wrong"
    WRONG_THERE = "wrong-there", "许可系统有误", "the licensing system is wrong"
    IN_PROCEDURE = "in-procedure", "正在办理", "a procedure is under way"
    SCOPE = "scope", "范围或口径不同", "the two do not hold the same"
    OTHER = "other", "其他", "other"


@dataclass(frozen=True, slots=True)
class Here:
    """A lawyer or firm as the register has it: `facts` by field, in the words in which both sides are compared."""

    entity_id: UUID
    number: str
    name: str
    region: str
    licensed: bool
    facts: Mapping[str, str | None]
    serial: str = ""


@dataclass(frozen=True, slots=True)
class There:
    """The same as a row of the export has it."""

    number: str
    name: str
    region: str
    licensed: bool
    facts: Mapping[str, str | None]
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """One difference. `key` is the same for the same difference in every run; `region` is that of its owner."""

    key: str
    difference: Difference
    region: str
    entity_id: UUID | None
    number: str
    name: str
    field: str | None = None
    here: str | None = None
    there: str | None = None


@dataclass(slots=True)
class Comparison:
    """`here` and `there` count valid licences on each side."""

    here: int = 0
    there: int = 0
    equal: int = 0
    found: list[Found] = field(default_factory=list)

    def number(self, difference: Difference) -> int:
        """Of persons or firms, not of fields."""
        return len({item.entity_id or item.number for item in self.found if item.difference is difference})


_HELD, _ENDED = "有效 held", "已注销或终止 ended"
_ENDING = frozenset({Status.ENDED, Status.REVOKED})
_ONLY_WHERE_TOLD = frozenset({"institution_name", "address", "credit_code_of_firm", "county", "capital_yuan"})
"""Fields that an export may leave empty without saying that there is none."""


def county_name(code: str | None) -> str | None:
    return None if code is None else COUNTIES[code].name_zh


def licence(*, licensed: bool) -> str:
    return _HELD if licensed else _ENDED


def lawyer_there(row: LawyerLine) -> There:
    licensed = row.status not in _ENDING
    in_firm = row.category <= LicenceCategory.TAIWAN
    return There(
        number=str(row.number),
        name=row.name,
        region=row.region,
        licensed=licensed,
        facts={
            "name": row.name,
            "licence_number": str(row.number),
            "category": LicenceCategory(row.category).zh,
            "region": REGIONS[row.region].name_zh,
            "credit_code_of_firm": row.firm_code if in_firm else None,
            "institution_name": row.institution,
            "county": None if in_firm else county_name(row.county),
            "first_licensed_on": row.first_licensed_on.isoformat(),
            "licence": licence(licensed=licensed),
        },
        serial=row.number.serial,
    )


def firm_there(row: FirmLine) -> There:
    licensed = row.status not in _ENDING
    return There(
        number=row.credit_code,
        name=row.name,
        region=row.region,
        licensed=licensed,
        facts={
            "name": row.name,
            "kind": KIND_ZH[row.kind],
            "region": REGIONS[row.region].name_zh,
            "established_on": row.established_on.isoformat(),
            "address": row.address,
            "county": county_name(row.county),
            "capital_yuan": None if row.capital_yuan is None else str(row.capital_yuan),
            "licence": licence(licensed=licensed),
        },
    )


class Comparing:
    """Row by row; `rest` tells who is only here once all rows are in."""

    def __init__(self, kind: Kind, here: Iterable[Here], former: Mapping[str, UUID]) -> None:
        """`former`: persons by the numbers they held before."""
        self._kind = kind
        self._here = {one.entity_id: one for one in here}
        self._by_number = {one.number: one for one in self._here.values()}
        self._by_serial = {one.serial: one for one in self._here.values() if one.serial and one.licensed}
        self._former = former
        self._seen: set[UUID] = set()
        self.comparison = Comparison(here=sum(one.licensed for one in self._here.values()))

    def row(self, there: There) -> None:
        self.comparison.there += there.licensed
        here = self._match(there)
        if here is None:
            # An end that the register never knew the beginning of is no difference between valid licences.
            if there.licensed:
                self._only_there(there)
            return
        self._seen.add(here.entity_id)
        differing = self._differing(here, there)
        if not differing:
            self.comparison.equal += 1
        for name in differing:
            self.comparison.found.append(
                Found(
                    key=f"{self._kind.value}:{Difference.DIFFERENT.value}:{here.entity_id}:{name}",
                    difference=Difference.DIFFERENT,
                    region=here.region,
                    entity_id=here.entity_id,
                    number=here.number,
                    name=here.name,
                    field=name,
                    here=here.facts.get(name),
                    there=there.facts[name],
                )
            )

    def unreadable(self, line: Line, findings: Collection[Finding]) -> None:
        """What is wrong with it stands in words; a person whom it names is not taken for missing."""
        number = normalise_number(line.cells[_NUMBER[self._kind]])
        here = self._by_number.get(number)
        if here is not None:
            self._seen.add(here.entity_id)
        identity = number or hashlib.sha256("\x1f".join(line.cells).encode()).hexdigest()[:24]
        first = next(iter(findings), None)
        self.comparison.found.append(
            Found(
                key=f"{self._kind.value}:{Difference.UNREADABLE.value}:{identity}",
                difference=Difference.UNREADABLE,
                region=here.region if here is not None else _region_in(line, self._kind),
                entity_id=None if here is None else here.entity_id,
                number=number[:40],
                name="" if here is None else here.name,
                field=None if first is None else first.column,
                there=None if first is None else f"{first.zh} / {first.en}",
            )
        )

    def rest(self) -> Comparison:
        for one in self._here.values():
            if one.licensed and one.entity_id not in self._seen:
                self.comparison.found.append(
                    Found(
                        key=f"{self._kind.value}:{Difference.ONLY_HERE.value}:{one.entity_id}",
                        difference=Difference.ONLY_HERE,
                        region=one.region,
                        entity_id=one.entity_id,
                        number=one.number,
                        name=one.name,
                    )
                )
        return self.comparison

    def _match(self, there: There) -> Here | None:
        """By number, present or former, else by serial and name: the serial is the person's."""
        if (here := self._by_number.get(there.number)) is not None:
            return here
        if (known := self._former.get(there.number)) is not None:
            return self._here.get(known)
        same = self._by_serial.get(there.serial) if there.serial else None
        return same if same is not None and same.name == there.name else None

    @staticmethod
    def _differing(here: Here, there: There) -> list[str]:
        if not here.licensed and not there.licensed:
            return []  # over on both sides: what it was is history
        if here.licensed != there.licensed:
            return ["licence"]
        coded = bool(there.facts.get("credit_code_of_firm"))
        return [
            name
            for name, value in there.facts.items()
            if value != here.facts.get(name)
            and not (name in _ONLY_WHERE_TOLD and not value)
            # The code says which firm it is; its name is compared among the firms.
            and not (name == "institution_name" and coded)
        ]

    def _only_there(self, there: There) -> None:
        self.comparison.found.append(
            Found(
                key=f"{self._kind.value}:{Difference.ONLY_THERE.value}:{there.number}",
                difference=Difference.ONLY_THERE,
                region=there.region,
                entity_id=None,
                number=there.number,
                name=there.name,
            )
        )


def is_of_the_army(line: Line, kind: Kind) -> bool:
    """军队律师 stand in the export but not in this register: neither side counts them."""
    return kind is Kind.LAWYERS and normalise_number(line.cells[_NUMBER[kind]])[9:10] == str(LicenceCategory.MILITARY)


@dataclass(frozen=True, slots=True)
class Known:
    """A line of an earlier run, as far as this one must know it."""

    state: LineState
    outcome: Outcome | None
    settled_on: date | None
    here: str | None
    there: str | None


def state_of(found: Found, known: Known | None, today: date, grace_days: int) -> LineState:
    """Settled stays settled while nothing else differs: what is explained for good, what is to be corrected for some
    days, until an export shows it. Everything else is open, and what had disappeared opens anew.
    """
    if known is None or known.state is not LineState.SETTLED or known.settled_on is None:
        return LineState.OPEN
    same = (found.here, found.there) == (known.here, known.there)
    lasting = known.outcome is Outcome.EXPLAINED or (today - known.settled_on).days <= grace_days
    return LineState.SETTLED if same and lasting else LineState.OPEN


def _index(kind: Kind, name: str) -> int:
    return next(i for i, column in enumerate(COLUMNS[kind]) if column.field == name)


_NUMBER = {
    Kind.LAWYERS: _index(Kind.LAWYERS, "licence_number"),
    Kind.FIRMS: _index(Kind.FIRMS, "credit_code"),
}
_REGION = {kind: _index(kind, "region") for kind in Kind}


def _region_in(line: Line, kind: Kind) -> str:
    try:
        return parse_region(line.cells[_REGION[kind]])
    except Refused:
        return PROVINCE
