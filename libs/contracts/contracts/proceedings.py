"""How a case may move: proceedings.yaml, typed. The machines of administrative penalties and of industry sanctions."""

from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from contracts.conduct import OrganKind
from contracts.deadlines import RuleBasis, rules
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class ProceedingKind(LabelledEnum):
    """Which machine a case follows."""

    ADMINISTRATIVE = "administrative", "行政处罚案件", "administrative case"
    INDUSTRY = "industry", "行业处分案件", "industry case"


class Origin(LabelledEnum):
    """Where a case comes from."""

    OWN_INITIATIVE = "own-initiative", "自行发现", "found by the organ itself"
    TRANSFER = "transfer", "其他机关移送", "transferred by another organ"
    COMPLAINT = "complaint", "投诉", "a complaint"


class ProceedingOutcome(LabelledEnum):
    """How a case was decided or ended; told in its events."""

    PENALTY = "penalty", "予以行政处罚", "a penalty"
    SANCTION = "sanction", "予以行业处分", "an industry sanction"
    NONE = "none", "不予处罚或处分", "no penalty or sanction"
    UNPROVEN = "unproven", "违法事实不能成立", "the facts are not proven"
    CRIMINAL = "criminal", "移送司法机关", "handed to the criminal authorities"
    TO_PROVINCE = "to-province", "报请省司法厅", "handed up to the department"
    WITHDRAWN = "withdrawn", "决定被变更、撤销或确认违法、无效", "the decision has fallen"

    @property
    def sanctions(self) -> bool:
        """Whether somebody is sanctioned."""
        return self in (ProceedingOutcome.PENALTY, ProceedingOutcome.SANCTION)

    @property
    def handed_on(self) -> bool:
        return self in (ProceedingOutcome.CRIMINAL, ProceedingOutcome.TO_PROVINCE)


class RemedyOutcome(LabelledEnum):
    """What a review or an action came to; only an association's review remits."""

    UPHELD = "upheld", "维持", "upheld"
    DISCONTINUED = "discontinued", "终止", "discontinued"
    CHANGED = "changed", "变更", "changed"
    REVOKED = "revoked", "撤销", "revoked"
    UNLAWFUL = "unlawful", "确认违法", "found unlawful"
    VOID = "void", "确认无效", "found void"
    REMITTED = "remitted", "发回重新办理", "remitted"


class RemedyTrack(LabelledEnum):
    """Where a case stands with review by the administration and litigation."""

    NONE = "none", "未申请救济", "no remedy sought"
    REVIEW = "review", "行政复议中", "administrative review pending"
    REVIEWED = "reviewed", "行政复议已毕", "administrative review over"
    LITIGATION = "litigation", "行政诉讼中", "litigation pending"
    ENDED = "ended", "行政诉讼已毕", "litigation over"

    @property
    def pending(self) -> bool:
        return self in (RemedyTrack.REVIEW, RemedyTrack.LITIGATION)


class Reach(StrEnum):
    """Whose case the organ may move by a step."""

    OWN = "own"  # its own
    ABOVE = "above"  # those of the association of a city, by the provincial one


class Need(StrEnum):
    REQUIRED = "required"
    OPTIONAL = "optional"
    NONE = "none"


class Based(Frozen):
    """What it rests on, and how far that can be relied upon."""

    source: str
    basis: RuleBasis

    @property
    def verified(self) -> bool:
        return self.basis is RuleBasis.LAW


class Number(Based):
    """A legal number that is no period."""

    id: str
    value: Fraction
    zh: str
    en: str

    @field_validator("value", mode="before")
    @classmethod
    def _fraction(cls, value: str) -> Fraction:
        return Fraction(value)


class GuardRow(Based):
    """What must hold before a step; the check itself is code under the same id."""

    id: str
    zh: str
    en: str


class State(Frozen):
    code: str
    zh: str
    en: str
    end: bool = False


When = Literal["hearing-offered", "served", "fine", "penalty", "upheld", "complainant"]


class Begins(Frozen):
    """A deadline that a step starts. `bearer` party: a period of the lawyer or firm, which nobody misses."""

    name: str
    rule: str
    bearer: Literal["organ", "party"] = "organ"
    when: When | None = None


class Step(Based):
    code: str
    zh: str
    en: str
    from_: tuple[str, ...] = Field(alias="from")
    to: str | None = None
    to_by: dict[str, str] = Field(default_factory=dict)
    """By outcome, where it is not `to`."""
    remedy_from: tuple[RemedyTrack, ...] = ()
    remedy_to: RemedyTrack | None = None
    organs: tuple[OrganKind, ...]
    reach: tuple[Reach, ...] = (Reach.OWN,)
    document: Need = Need.NONE
    reason: Need = Need.NONE
    needs: tuple[str, ...] = ()
    may: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    guards: tuple[str, ...] = ()
    begins: tuple[Begins, ...] = ()
    meets: tuple[str, ...] = ()
    lapses: tuple[str, ...] = ()

    @property
    def outcome_field(self) -> str | None:
        """The member of the details that `outcomes` limits."""
        if not self.outcomes:
            return None
        return "remedy_outcome" if "remedy_outcome" in self.needs else "outcome"

    def leads_to(self, state: str, outcome: str | None) -> str:
        return self.to_by.get(outcome or "", self.to or state)


class Machine(Frozen):
    zh: str
    en: str
    initial: str
    organs: tuple[OrganKind, ...]
    acceptance: Begins
    states: tuple[State, ...]
    steps: tuple[Step, ...]

    def state(self, code: str) -> State:
        return next(state for state in self.states if state.code == code)

    def step(self, code: str) -> Step | None:
        return next((step for step in self.steps if step.code == code), None)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        codes = {state.code for state in self.states}
        for step in self.steps:
            named = {*step.from_, *step.to_by.values(), *({step.to} if step.to else ())}
            if unknown := named - codes:
                raise ValueError(f"{step.code}: no such state: {unknown}")
            if unknown := {each.rule for each in step.begins} - rules().keys():
                raise ValueError(f"{step.code}: no such rule: {unknown}")
            if set(step.to_by) - set(step.outcomes) or set(step.organs) - set(self.organs):
                raise ValueError(f"{step.code}: an outcome or organ that is not its own")
        if len({step.code for step in self.steps}) < len(self.steps):
            raise ValueError("a step stands twice")
        return self


class _File(Frozen):
    numbers: tuple[Number, ...]
    guards: tuple[GuardRow, ...]
    machines: dict[ProceedingKind, Machine]

    @model_validator(mode="after")
    def _guards_are_listed(self) -> Self:
        listed = {row.id for row in self.guards}
        used = {guard for machine in self.machines.values() for step in machine.steps for guard in step.guards}
        if used - listed or len(listed) < len(self.guards):
            raise ValueError(f"guards that are not listed, or twice: {used - listed}")
        return self


@lru_cache(maxsize=1)
def _file() -> _File:
    return _File.model_validate(load_yaml("proceedings.yaml"))


def machines() -> MappingProxyType[ProceedingKind, Machine]:
    return MappingProxyType(_file().machines)


def machine(kind: ProceedingKind) -> Machine:
    return _file().machines[kind]


@lru_cache(maxsize=1)
def guards() -> MappingProxyType[str, GuardRow]:
    return MappingProxyType({row.id: row for row in _file().guards})


@lru_cache(maxsize=1)
def numbers() -> MappingProxyType[str, Number]:
    return MappingProxyType({row.id: row for row in _file().numbers})


def number(number_id: str) -> Fraction:
    return numbers()[number_id].value
