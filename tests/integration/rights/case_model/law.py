"""What may happen to a case, and what then is true of it. Shares no code with the service."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
DAY = timedelta(days=1)
OFF = {date(2026, 4, 6), *(date(2026, 5, 1) + n * DAY for n in range(5)), date(2026, 6, 19)}
"""Weekdays off between March and June 2026."""
WORKED = {date(2026, 5, 9)}

OPEN = {"TRIAGE", "NEEDS_INFO", "ACCEPTED", "WITH_ORGAN", "WITH_PROC", "DECIDED", "REPLIED", "REVIEW", "MONITORING"}
EARLY = {"TRIAGE", "NEEDS_INFO", "ACCEPTED", "WITH_ORGAN", "WITH_PROC"}
HOURS = {"contact": 1, "call": 2, "province": 4, "national": 24}


def worked(on: date) -> bool:
    return on in WORKED or (on.weekday() < 5 and on not in OFF)


def end_of(on: date) -> datetime:
    return datetime.combine(on + DAY, time.min, CHINA)


def working(start: date, days: int, *, waiting: tuple[date, date] | None = None) -> datetime:
    """Day 0 is not counted, nor are the days after the question up to the day of the answer."""
    on = start
    while days:
        on += DAY
        if worked(on) and not (waiting is not None and waiting[0] < on <= waiting[1]):
            days -= 1
    return end_of(on)


def calendar(start: date, days: int) -> datetime:
    on = start + days * DAY
    while not worked(on):
        on += DAY
    return end_of(on)


@dataclass
class Case:
    petition: bool
    urgent: bool
    now: datetime
    status: str = "TRIAGE"
    version: int = 1
    escalated: bool = False
    handlers: set[str] = field(default_factory=set)
    replied: set[str] = field(default_factory=set)
    asked_on: date | None = None
    reviewed: bool = False
    referred: bool = False
    accepted_on: date | None = None
    filed_on: date = date.min
    due: dict[str, datetime] = field(default_factory=dict)
    """Of what organs must do, while it runs."""
    free: dict[str, datetime] = field(default_factory=dict)
    """Of what the complainant may do, while it runs."""
    missed: bool = False

    def __post_init__(self) -> None:
        self.filed_on = self.today
        self.due["triage"] = working(self.today, 2)
        if self.urgent:
            self.due |= {name: self.now + timedelta(hours=hours) for name, hours in HOURS.items()}

    @property
    def today(self) -> date:
        return self.now.date()

    def go(self, status: str | None = None) -> bool:
        self.version += 1
        self.status = status or self.status
        if self.status not in OPEN:
            self._check()
            self.due.clear()
        return True

    def done(self, *names: str) -> None:
        self._check()
        for name in names:
            self.due.pop(name, None)

    def pass_time(self, by: timedelta) -> None:
        self.now += by

    def timers(self) -> None:
        """First the supplement that does not come, then what is late climbs."""
        if self.status == "NEEDS_INFO" and self.now >= self.free["needs-info"]:
            self._resume((self.free.pop("needs-info") - DAY).date() + DAY)
            self.go("TRIAGE")
        self._check()
        if self.missed and not self.escalated and self.status in OPEN:
            self.escalated = True
            self.handlers.clear()
            self.go()

    def take(self, who: str) -> bool:
        if self.escalated and who != "above":
            return False
        self.handlers.add(who)
        return True

    def officer(self, who: str, step: str) -> bool:
        """Whether the step is taken."""
        urgent_act = step in ("contact", "call", "province-told", "national-told", "emergency-over")
        if urgent_act:
            if not self.urgent or self.status not in EARLY:
                return False
            names = {"province-told": "province", "national-told": "national"}
            self.done(*(HOURS if step == "emergency-over" else (names.get(step, step),)))
            return self.go()
        if step.startswith("objection-"):
            if who != "above" or self.status != "REVIEW" or who in self.replied:
                return False
            self.done("review")
            self.reviewed = True
            if step == "objection-rejected":
                return self.go("REPLIED")
            self.due["handling"] = calendar(self.today, 10)
            return self.go("WITH_PROC" if self.petition else "WITH_ORGAN")
        taken: bool = who in self.handlers and getattr(self, "_" + step.replace("-", "_"))()
        if taken and step == "reply":
            self.replied.add(who)
        return taken

    def complainant(self, step: str) -> bool:
        if step == "supplement" and self.status == "NEEDS_INFO":
            # Late, but before anybody went on without it.
            self.free.pop("needs-info")
            self._resume(self.today)
            return self.go("TRIAGE")
        if step == "objection" and self.status == "REPLIED" and not self.reviewed and self._may_object():
            self.free.pop("objection")
            self.due["review"] = calendar(self.today, 10)
            return self.go("REVIEW")
        if step == "reply-accepted" and self.status == "REPLIED":
            self.free.pop("objection", None)
            return self.go()
        if step == "withdrawal" and self.status in OPEN:
            return self.go("CLOSED")
        return False

    def _may_object(self) -> bool:
        return "objection" in self.free and self.now < self.free["objection"]

    def _resume(self, answered_on: date) -> None:
        assert self.asked_on is not None
        self.due["triage"] = working(self.filed_on, 2, waiting=(self.asked_on, answered_on))

    def _check(self) -> None:
        self.missed = self.missed or any(self.now >= due for due in self.due.values())

    def _info_request(self) -> bool:
        if self.status != "TRIAGE" or self.asked_on is not None:
            return False
        self._check()
        self.asked_on = self.today
        self.due.pop("triage")
        self.free["needs-info"] = working(self.today, 5)
        return self.go("NEEDS_INFO")

    def _acceptance(self) -> bool:
        if self.status != "TRIAGE":
            return False
        self.done("triage")
        self.accepted_on = self.today
        self.due["letter"] = working(self.today, 1)
        self.due["handling"] = calendar(self.today, 10)
        return self.go("ACCEPTED")

    def _refusal(self) -> bool:
        return self.status == "TRIAGE" and self.go("REFUSED")

    def _letter(self) -> bool:
        if self.status != "ACCEPTED":
            return False
        self.done("letter")
        return self.go("WITH_PROC" if self.petition else "WITH_ORGAN")

    def _decision(self) -> bool:
        if self.status not in ("WITH_ORGAN", "WITH_PROC"):
            return False
        handling = self.due["handling"]
        self.done("handling")
        reply = working(self.today, 2)
        self.due["reply"] = min(reply, handling) if self.petition else reply
        return self.go("DECIDED")

    def _reply(self) -> bool:
        if self.status != "DECIDED":
            return False
        self.done("reply")
        self.free["objection"] = calendar(self.today, 10)
        return self.go("REPLIED")

    def _monitoring(self) -> bool:
        if self.status != "REPLIED" or (not self.reviewed and self._may_object()):
            return False
        self.due["monitoring"] = calendar(self.today, 30)
        return self.go("MONITORING")

    def _inspection_report(self) -> bool:
        if self.status not in ("WITH_ORGAN", "WITH_PROC", "DECIDED", "REPLIED", "MONITORING"):
            return False
        self.referred = True
        return self.go()

    def _closure(self) -> bool:
        """As unfounded."""
        if self.status not in ("REPLIED", "MONITORING") or (not self.reviewed and self._may_object()):
            return False
        return self.go("CLOSED")

    def _termination(self) -> bool:
        if self.status in ("TRIAGE", "NEEDS_INFO", "REVIEW") or (not self.reviewed and self._may_object()):
            return False
        return self.status in OPEN and self.go("CLOSED")
