"""To whom a complaint goes and why, and which door it should have been; the rules are complaint_routes.yaml."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.complaint_routes import (
    Channel,
    ComplainedOf,
    Destination,
    Door,
    channels,
    doors,
    ground,
    hints,
)
from contracts.conduct import OrganKind, authority_doubt

from discipline_api.organs import Organ

_DOORS = {
    ComplainedOf.JUDICIAL_OFFICER: "judicial-officer",
    ComplainedOf.JUDGMENT: "judgment",
    ComplainedOf.NOTARY: "notary",
    ComplainedOf.GRASSROOTS_WORKER: "grassroots-worker",
    ComplainedOf.UNLICENSED: "impostor-clue",
}
_BY_BUREAU = frozenset({OrganKind.BUREAU, OrganKind.DEPARTMENT})


@dataclass(frozen=True, slots=True)
class Fee:
    """Closed questions that tell a dispute about money from misconduct: one yes makes it misconduct."""

    private_charge: bool = False
    forbidden_contingency: bool = False
    nothing_done: bool = False

    def hints(self) -> Iterable[str]:
        if self.private_charge:
            yield "private-fees"
        if self.forbidden_contingency:
            yield "forbidden-contingency"
        if self.nothing_done:
            yield "no-show"


@dataclass(frozen=True, slots=True)
class Question:
    complained_of: ComplainedOf
    region: str
    hints: tuple[str, ...] = ()
    own_rights_hindered: bool = False
    fee: Fee | None = None
    """Given where money is what it is about."""
    prefers: Destination | None = None
    """Bureau or association, where either may act."""


@dataclass(frozen=True, slots=True)
class Route:
    """Either an organ that answers, or the right channels behind a wrong door."""

    organ: Organ | None
    door: Door | None
    because_zh: str
    because_en: str
    source: str
    verified: bool
    channels: tuple[Channel, ...] = ()
    besides_zh: tuple[str, ...] = ()
    besides_en: tuple[str, ...] = ()

    @property
    def answer_rule(self) -> str | None:
        return None if self.organ is None else acceptance_rule(self.organ.kind)


def acceptance_rule(organ: OrganKind) -> str:
    """Bureaus and associations have clocks of their own."""
    return "discipline.clue-acceptance" if organ in _BY_BUREAU else "industry.acceptance"


def route(question: Question) -> Route:
    door = _wrong_door(question)
    if door is not None:
        row = doors()[door]
        named = tuple(channels()[code] for code in row.channels)
        return Route(None, row, row.because_zh, row.because_en, row.source, row.verified, named)
    goes_to = _destination(_all_hints(question))
    why = ground(goes_to)
    chosen = question.prefers if goes_to is Destination.BOTH and question.prefers else goes_to
    kind = OrganKind.CITY_ASSOCIATION if chosen is Destination.ASSOCIATION else OrganKind.BUREAU
    organ = Organ(kind, question.region, "")
    besides_zh, besides_en = [], []
    more: tuple[Channel, ...] = ()
    if question.fee is not None:
        row = doors()["fee-dispute"]
        besides_zh.append("处罚和处分都不能裁定退费；要求退费的，可以同时走收费争议渠道")
        besides_en.append("no sanction decides on a refund; for the money itself the fee channels stay open")
        more = tuple(channels()[code] for code in row.channels)
    if doubt := authority_doubt(kind, question.region):
        besides_zh.append(doubt.zh)
        besides_en.append(doubt.en)
    return Route(
        organ,
        None,
        why.because_zh,
        why.because_en,
        why.source,
        why.verified,
        more,
        tuple(besides_zh),
        tuple(besides_en),
    )


def _wrong_door(question: Question) -> str | None:
    if question.own_rights_hindered:
        return "rights-channel"
    if question.complained_of in _DOORS:
        return _DOORS[question.complained_of]
    if question.fee is not None and not _all_hints(question):
        return "fee-dispute"
    return None


def _all_hints(question: Question) -> tuple[str, ...]:
    asked = () if question.fee is None else tuple(question.fee.hints())
    return (*question.hints, *asked)


def _destination(codes: tuple[str, ...]) -> Destination:
    wanted = {hints()[code].goes_to for code in codes}
    if len(wanted) == 1:
        return wanted.pop()
    # Nothing said, or what belongs to either beside what belongs to one of them.
    return Destination.BOTH
