"""Which deadlines a case begins, meets and ends as it moves: read from rights_proceedings.yaml, kept by `clocks`."""

from datetime import date, datetime

from contracts.rights_proceedings import ClockInfo, Step, rights_clocks

from rights_api.cases.domain import Complaint, Details
from rights_api.clocks.domain import Bearer, Clock, Owner
from rights_api.clocks.store import SqlClocks

OWNER_KIND = "complaint"
FAST_LANE = ("contact", "call", "province", "national")


def owner_of(complaint: Complaint) -> Owner:
    matter = complaint.matter
    return Owner(
        OWNER_KIND,
        complaint.complaint_id,
        complaint.organ,
        urgent=matter.fast_lane,
        justice=matter.against_justice,
    )


def rule_of(info: ClockInfo, *, petition: bool) -> str:
    return info.rule_petition if petition and info.rule_petition is not None else info.rule


async def begin_at_filing(clocks: SqlClocks, complaint: Complaint) -> list[Clock]:
    """From the moment it is a case; a clue starts none."""
    if complaint.matter.is_clue:
        return []
    names = ("triage", *(FAST_LANE if complaint.matter.fast_lane else ()))
    return [await begin(clocks, complaint, name, complaint.changed_at) for name in names]


async def begin(clocks: SqlClocks, complaint: Complaint, name: str, start: date | datetime) -> Clock:
    info = rights_clocks()[name]
    cap = None
    if complaint.is_petition and info.cap_petition is not None:
        known = await clocks.of(complaint.complaint_id)
        cap = [clock for clock in known if clock.name == info.cap_petition][-1]
    return await clocks.begin(
        owner_of(complaint),
        name,
        rule_of(info, petition=complaint.is_petition),
        start,
        bearer=Bearer(info.bearer),
        cap=cap,
    )


async def follow(clocks: SqlClocks, complaint: Complaint, step: Step, details: Details, at: datetime) -> None:
    """What the step, just taken, does to the deadlines of the case."""
    case_id = complaint.complaint_id
    for name in step.pauses:
        await clocks.pause(case_id, name, at)
    for name in step.resumes:
        await clocks.resume(case_id, name, at)
    for name in step.meets:
        await clocks.meet(case_id, name, at)
    for name in step.ends:
        await clocks.lapse(case_id, at, name)
    if step.lapses == "all":
        await clocks.lapse(case_id, at)
    for begun in step.begins:
        start = details.decided_on if begun.from_ == "decided" else at
        if start is None:
            raise ValueError(f"{step.id} begins {begun.clock} on a day it does not give")
        await begin(clocks, complaint, begun.clock, start)
