"""A firm's disciplinary supervisor (纪律监督员): a lawyer who practises there, one at a time."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from contracts.labels import LabelledEnum
from contracts.registry_list_events import SupervisorAppointed, SupervisorEnded

from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.refusals import Refused, check_day
from registry_api.register.standing import Standing


class SupervisionEndGround(LabelledEnum):
    REPLACED = "replaced", "更换", "another takes his place"
    RESIGNED = "resigned", "本人辞任", "he has resigned"
    REMOVED = "removed", "本所免去", "the firm has removed him"
    LEFT_THE_FIRM = "left-the-firm", "已离开本所", "he practises there no longer"
    # Not told apart from a revocation: the end of an appointment is read by those who may not know of sanctions.
    LICENCE_ENDED = "licence-ended", "不再持有执业证书", "he holds a licence no longer"


OF_THE_REGISTER = frozenset({SupervisionEndGround.LEFT_THE_FIRM, SupervisionEndGround.LICENCE_ENDED})
"""Grounds that follow from a lawyer's record: given by the register itself, never by hand."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """One appointment, held on the days [from_on, ended_on)."""

    appointment_id: UUID
    firm_id: UUID
    lawyer_id: UUID
    from_on: date
    ended_on: date | None = None
    end_ground: SupervisionEndGround | None = None
    version: int = 1

    def end(
        self, ground: SupervisionEndGround, *, on: date, today: date, region: str
    ) -> tuple["Supervision", SupervisorEnded]:
        """By hand; `region` is the firm's."""
        if self.ended_on is not None:
            raise Refused("supervision-ended", "该任职已结束", "the appointment has ended", conflict=True)
        if ground in OF_THE_REGISTER:
            raise Refused(
                "ends-by-itself",
                "其仍在本所执业；离所、注销登记后任职随之结束",
                "he practises there on record: with his move or the end of his licence it ends by itself",
                field="ground",
            )
        check_day(on, today, field="ended_on")
        if on < self.from_on:
            raise Refused("interval-empty", "早于任职起始日期", "lies before the appointment", field="ended_on")
        return self._ended(ground, on, region)

    def end_with(self, lawyer: Lawyer, *, on: date, region: str) -> tuple["Supervision", SupervisorEnded]:
        """With the practice on which it stood; where that had ended before the appointment, it never held."""
        ground = SupervisionEndGround.LEFT_THE_FIRM if lawyer.licensed else SupervisionEndGround.LICENCE_ENDED
        return self._ended(ground, max(on, self.from_on), region)

    def pass_to(self, kept: Lawyer, *, region: str) -> tuple["Supervision", SupervisorAppointed]:
        """The same person, whose other record stays: told again, put right from its first day on."""
        passed = replace(self, lawyer_id=kept.lawyer_id, version=self.version + 1)
        return passed, passed.appointed(region)

    def appointed(self, region: str) -> SupervisorAppointed:
        return SupervisorAppointed(
            version=self.version,
            region=region,
            appointment_id=self.appointment_id,
            firm_id=self.firm_id,
            lawyer_id=self.lawyer_id,
            from_on=self.from_on,
        )

    def _ended(self, ground: SupervisionEndGround, on: date, region: str) -> tuple["Supervision", SupervisorEnded]:
        ended = replace(self, ended_on=on, end_ground=ground, version=self.version + 1)
        return ended, SupervisorEnded(
            version=ended.version,
            region=region,
            appointment_id=self.appointment_id,
            firm_id=self.firm_id,
            ended_on=on,
            ground=ground.value,
        )


def appoint(
    firm: Firm, lawyer: Lawyer, *, from_on: date, today: date, last: Supervision | None
) -> tuple[Supervision, SupervisorAppointed]:
    """`last` is the firm's latest appointment."""
    check_day(from_on, today, field="from_on")
    if firm.ended:
        raise Refused("firm-ended", "该机构已终止", "the firm has ended", field="firm_id")
    if last is not None and last.ended_on is None:
        raise Refused(
            "supervisor-in-place",
            "该所现有纪律监督员，请先结束其任职",
            "the firm has a supervisor: end that appointment first",
            field="firm_id",
            conflict=True,
        )
    if last is not None and last.ended_on is not None and from_on < last.ended_on:
        raise Refused(
            "supervisor-until-then",
            f"前任任职至 {last.ended_on.isoformat()}，起始日期不能更早",
            f"the one before was in place until {last.ended_on.isoformat()}",
            field="from_on",
        )
    if not lawyer.licensed or lawyer.practice.place.firm_id != firm.firm_id:
        raise Refused(
            "not-a-lawyer-of-the-firm", "该人不在本机构执业", "does not practise at this firm", field="lawyer_id"
        )
    if from_on < lawyer.practice.from_on:
        raise Refused(
            "joined-later",
            f"该律师自 {lawyer.practice.from_on.isoformat()} 起在本所执业",
            f"practises there since {lawyer.practice.from_on.isoformat()}",
            field="from_on",
        )
    if lawyer.standing_on(today) is not Standing.PRACTISING:
        raise Refused(
            "supervisor-not-practising",
            "停止执业期间不能任纪律监督员",
            "is suspended: cannot watch over others meanwhile",
            field="lawyer_id",
        )
    new = Supervision(uuid4(), firm.firm_id, lawyer.lawyer_id, from_on)
    return new, new.appointed(firm.region)
