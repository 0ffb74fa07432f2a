"""A recognition: who is on which list, from when, by whose document."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from contracts.registry_events import RecognitionGranted, RecognitionKind, RecognitionWithdrawn

from registry_api.register.refusals import Refused, check_day

FIRM_LISTS = frozenset({RecognitionKind.COMPREHENSIVE_FIRM})
"""The other lists hold lawyers."""


@dataclass(frozen=True, slots=True)
class Recognition:
    recognition_id: UUID
    kind: RecognitionKind
    issuer: str
    document_number: str
    member_id: UUID
    region: str
    from_on: date
    to_on: date | None = None
    withdrawn_on: date | None = None
    version: int = 1

    @property
    def of_firm(self) -> bool:
        return self.kind in FIRM_LISTS

    def withdraw(self, on: date, today: date) -> tuple["Recognition", RecognitionWithdrawn]:
        if self.withdrawn_on is not None:
            raise Refused("recognition-withdrawn", "该认定已撤销", "it has been withdrawn", conflict=True)
        check_day(on, today)
        if on < self.from_on:
            raise Refused(
                "date-before-recognition", "早于认定日期", "lies before the recognition", field="withdrawn_on"
            )
        withdrawn = replace(self, withdrawn_on=on, version=self.version + 1)
        return withdrawn, RecognitionWithdrawn(
            version=withdrawn.version, region=self.region, recognition_id=self.recognition_id, withdrawn_on=on
        )


def grant(
    *,
    kind: RecognitionKind,
    issuer: str,
    document_number: str,
    member_id: UUID,
    region: str,
    from_on: date,
    to_on: date | None,
    today: date,
) -> tuple[Recognition, RecognitionGranted]:
    check_day(from_on, today, field="from_on")
    if to_on is not None and to_on <= from_on:
        raise Refused("interval-empty", "截止日期应晚于起始日期", "must lie after from_on", field="to_on")
    recognition = Recognition(uuid4(), kind, issuer, document_number, member_id, region, from_on, to_on)
    return recognition, RecognitionGranted(
        version=1,
        region=region,
        recognition_id=recognition.recognition_id,
        kind=kind,
        member_id=member_id,
        from_on=from_on,
        to_on=to_on,
    )
