"""An internship: a certificate of the association, a firm, a supervisor, one year."""

import re
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.registry_list_events import InternRegistered, InternshipEnded

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer, SealedIdCard
from registry_api.register.refusals import Refused, check_day

CERTIFICATE = re.compile(r"[0-9]{14}")
"""14 digits of the association; how they are composed in Henan was not found, so nothing is read from them."""


class InternshipEndGround(LabelledEnum):
    SERVED = "served", "实习期满", "the year has been served"
    LICENSED = "licensed", "已取得律师执业证", "licensed as a lawyer since"
    BROKEN_OFF = "broken-off", "中止、终止实习", "broken off"
    CERTIFICATE_WITHDRAWN = "certificate-withdrawn", "实习证被收回", "the certificate was taken back"


@dataclass(frozen=True, slots=True)
class Intern:
    intern_id: UUID
    name: str
    certificate_number: str
    firm_id: UUID
    supervisor_id: UUID
    region: str
    from_on: date
    until_on: date
    ended_on: date | None = None
    end_ground: InternshipEndGround | None = None
    id_card: SealedIdCard | None = None
    version: int = 1

    def end(self, ground: InternshipEndGround, *, on: date, today: date) -> tuple["Intern", InternshipEnded]:
        if self.ended_on is not None:
            raise Refused("internship-ended", "该实习已结束", "the internship has ended", conflict=True)
        check_day(on, today, field="ended_on")
        if on < self.from_on:
            raise Refused("interval-empty", "早于实习起始日期", "lies before the internship", field="ended_on")
        served = ground in {InternshipEndGround.SERVED, InternshipEndGround.LICENSED}
        if served and on < self.until_on:
            raise Refused(
                "internship-not-served",
                f"实习期至 {self.until_on.isoformat()}，尚未届满",
                f"it lasts until {self.until_on.isoformat()}",
                field="ended_on",
            )
        ended = replace(self, ended_on=on, end_ground=ground, version=self.version + 1)
        return ended, InternshipEnded(
            version=ended.version, region=self.region, intern_id=self.intern_id, ground=ground.value, ended_on=on
        )


def register_intern(
    *,
    name: str,
    certificate_number: str,
    firm: Firm,
    supervisor: Lawyer,
    from_on: date,
    today: date,
    id_card: SealedIdCard | None,
) -> tuple[Intern, InternRegistered]:
    check_day(from_on, today, field="from_on")
    if firm.ended:
        raise Refused("firm-ended", "该机构已终止", "the firm has ended", field="firm_id")
    if not supervisor.licensed or supervisor.practice.place.firm_id != firm.firm_id:
        raise Refused(
            "supervisor-elsewhere",
            "指导律师应为该所执业律师",
            "must be a lawyer who practises at this firm",
            field="supervisor_id",
        )
    intern = Intern(
        intern_id=uuid4(),
        name=name,
        certificate_number=certificate_number,
        firm_id=firm.firm_id,
        supervisor_id=supervisor.lawyer_id,
        region=firm.region,
        from_on=from_on,
        until_on=rule("registry.internship").ends_on(from_on),
        id_card=id_card,
    )
    return intern, InternRegistered(
        version=1,
        region=intern.region,
        intern_id=intern.intern_id,
        firm_id=intern.firm_id,
        supervisor_id=intern.supervisor_id,
        from_on=from_on,
        until_on=intern.until_on,
    )
