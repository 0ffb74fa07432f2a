"""Cases in any state, made without a database."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.discipline_events import Penalty, SubjectKind
from contracts.proceedings import Origin, ProceedingKind, ProceedingOutcome, RemedyTrack, machine
from contracts.service import ServiceWay
from discipline_api.organs import Organ
from discipline_api.proceedings.details import Details, StepData
from discipline_api.proceedings.domain import take
from discipline_api.proceedings.facts import (
    Act,
    Actor,
    Facts,
    Investigator,
    Notice,
    Penalising,
    Proceeding,
    Review,
    Ruling,
    Service,
    Vote,
)
from discipline_api.proceedings.guards import Known
from discipline_api.record.tariff import Imposed

DAY = date(2026, 6, 1)
ORGANS = {
    OrganKind.COUNTY_BUREAU: Organ(OrganKind.COUNTY_BUREAU, "410105", "jinshui"),
    OrganKind.BUREAU: Organ(OrganKind.BUREAU, "410100", "zz"),
    OrganKind.DEPARTMENT: Organ(OrganKind.DEPARTMENT, "410000", "sft"),
    OrganKind.ASSOCIATION: Organ(OrganKind.ASSOCIATION, "410000", "lx"),
    OrganKind.CITY_ASSOCIATION: Organ(OrganKind.CITY_ASSOCIATION, "410100", "zzlx"),
}
SUSPENSION = Imposed((Penalty.SUSPENSION,), suspension_months=3)
WARNING = Imposed((Penalty.WARNING,))
MEMBERSHIP = Imposed((Penalty.MEMBERSHIP_SUSPENSION,), suspension_months=6)
INVESTIGATORS = (Investigator("i-1", "A-1"), Investigator("i-2", "A-2"))


def fine(yuan):
    return Imposed((Penalty.WARNING, Penalty.FINE), fine_yuan=yuan)


def notice(imposed=SUSPENSION, *, offered=True, code="L48.1", until=date(2026, 4, 8)):
    return Notice(date(2026, 4, 1), "告〔2026〕1号", Penalising(code, imposed), offered, until if offered else None)


def ruling(imposed=SUSPENSION, outcome=ProceedingOutcome.PENALTY, code="L48.1"):
    penalising = Penalising(code, imposed) if outcome.sanctions else None
    return Ruling(date(2026, 4, 20), "罚〔2026〕1号", outcome, penalising, UUID(int=7))


def case_in(state, organ=OrganKind.BUREAU, *, remedy=RemedyTrack.NONE, subject=SubjectKind.LAWYER, **facts):
    """A case that has come this far; `facts` replace what it would have gathered."""
    kind = (
        ProceedingKind.INDUSTRY
        if organ in (OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION)
        else ProceedingKind.ADMINISTRATIVE
    )
    gathered = {
        "received_on": date(2026, 3, 1),
        "last_on": date(2026, 4, 1),
        "act": Act(date(2026, 2, 1), date(2026, 3, 1)),
        "filed_on": date(2026, 3, 5),
        "decision_due_on": date(2026, 6, 3),
        "investigators": INVESTIGATORS,
    } | facts
    return Proceeding(
        proceeding_id=UUID(int=1),
        kind=kind,
        organ=ORGANS[organ],
        region="410100",
        subject_kind=subject,
        origin=Origin.OWN_INITIATIVE,
        state=state,
        facts=Facts(**gathered),
        opened_on=date(2026, 3, 1),
        remedy=remedy,
        handlers=("officer",),
    )


def full(state, organ, remedy=RemedyTrack.NONE):
    """A case for which nothing but the machine can be in the way."""
    industry = organ in (OrganKind.ASSOCIATION, OrganKind.CITY_ASSOCIATION)
    outcome = ProceedingOutcome.SANCTION if industry else ProceedingOutcome.PENALTY
    imposed = MEMBERSHIP if industry else fine(4000)
    return case_in(
        state,
        organ,
        remedy=remedy,
        has_complainant=True,
        notice=notice(imposed),
        defence_until=date(2026, 4, 1),
        hearing_requested_on=None,
        ruling=ruling(imposed, outcome),
        vote=Vote(date(2026, 4, 10), 3, ("m-1", "m-2"), 2, outcome, Penalising("L48.1", imposed)),
        service=Service(date(2026, 4, 24), ServiceWay.DIRECT, "送〔2026〕1号"),
        review=Review(date(2026, 5, 1), date(2026, 5, 2)),
        fine_due_on=date(2026, 5, 11),
    )


def actor(kind, officer="officer"):
    return Actor(officer, ORGANS[kind])


def attempt(
    proceeding, step, *, by=None, on=DAY, today=DAY, known=None, document="文〔2026〕2号", reason="理由", **details
):
    """Document and reason stand where the step has a place for them."""
    row = proceeding.machine.step(step)
    data = StepData(
        step=step,
        on=on,
        document_number=document if row is None or row.document.value != "none" else None,
        reason=reason if row is None or row.reason.value != "none" else None,
        details=Details(**details),
    )
    acting = by or actor(proceeding.organ.kind)
    return take(proceeding, data, acting, today, known or Known())


def states():
    return [(kind, state.code) for kind in ProceedingKind for state in machine(kind).states]


__all__ = ["actor", "attempt", "case_in", "fine", "full", "notice", "replace", "ruling", "states"]
