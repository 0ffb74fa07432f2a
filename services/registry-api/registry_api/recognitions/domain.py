"""A list and its members: who is recognised as what, from when, by whose document."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID, uuid4

from contracts.recognition import RecognisedField, RecognitionKind, WithdrawalGround
from contracts.regions import PROVINCE
from contracts.registry_list_events import RecognitionGranted, RecognitionWithdrawn

from registry_api.register.refusals import EARLIEST, Refused, check_day


@dataclass(frozen=True, slots=True)
class RecognitionList:
    """名录. It does not change; a new document makes a new list, and members leave one by one."""

    list_id: UUID
    kind: RecognitionKind
    region: str
    issuer: str
    document_number: str
    title: str
    valid_from: date
    valid_to: date | None
    issued_by: str

    def interval(self, from_on: date | None, to_on: date | None) -> tuple[date, date | None]:
        """A member's own days, which lie within the list's."""
        from_on = self.valid_from if from_on is None else from_on
        to_on = self.valid_to if to_on is None else to_on
        if from_on < self.valid_from or (self.valid_to is not None and from_on >= self.valid_to):
            raise Refused("outside-the-list", "不在名录有效期内", "lies outside the list's validity", field="from_on")
        if self.valid_to is not None and (to_on is None or to_on > self.valid_to):
            raise Refused("outside-the-list", "晚于名录有效期", "lies after the list's validity", field="to_on")
        return from_on, to_on


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
    list_id: UUID | None = None
    field: RecognisedField | None = None
    withdrawal_ground: WithdrawalGround | None = None

    @property
    def of_firm(self) -> bool:
        return self.kind.of_firms

    def held_until(self, day: date) -> bool:
        """In force on the day, or lost on that very day: what befalls somebody often takes his honour with it."""
        if self.from_on > day or self.withdrawn_on == self.from_on:  # the latter was entered in error
            return False
        return (self.to_on is None or self.to_on > day) and (self.withdrawn_on is None or self.withdrawn_on >= day)

    def withdraw(
        self, on: date, ground: WithdrawalGround | None, today: date
    ) -> tuple["Recognition", RecognitionWithdrawn]:
        if self.withdrawn_on is not None:
            raise Refused("recognition-withdrawn", "该认定已撤销", "it has been withdrawn", conflict=True)
        check_day(on, today, field="withdrawn_on")
        if on < self.from_on:
            raise Refused(
                "date-before-recognition", "早于认定日期", "lies before the recognition", field="withdrawn_on"
            )
        if self.to_on is not None and on >= self.to_on:
            raise Refused(
                "recognition-over", "认定已于此前到期", "the recognition had run out by then", field="withdrawn_on"
            )
        withdrawn = replace(self, withdrawn_on=on, withdrawal_ground=ground, version=self.version + 1)
        return withdrawn, RecognitionWithdrawn(
            version=withdrawn.version,
            region=self.region,
            recognition_id=self.recognition_id,
            withdrawn_on=on,
            list_id=self.list_id,
        )


@dataclass(frozen=True, slots=True)
class Honours:
    """Whether somebody held one on a day, since when, and every number he is or was known by."""

    held: bool
    since: date | None
    numbers: Sequence[str]


def honours_on(day: date, honours: Sequence[Recognition], numbers: Sequence[str]) -> Honours:
    """`since` is the first day of the oldest honour that he held until then."""
    held = [honour.from_on for honour in honours if honour.held_until(day)]
    return Honours(bool(held), min(held, default=None), numbers)


def issue(
    *,
    kind: RecognitionKind,
    region: str,
    issuer: str,
    document_number: str,
    title: str,
    valid_from: date,
    valid_to: date | None,
    issued_by: str,
) -> RecognitionList:
    if region != PROVINCE and not kind.local:
        raise Refused("list-not-local", "该名录由省司法厅发布", "this list is the department's", field="kind")
    if valid_from < EARLIEST:
        raise Refused("date-implausible", "日期过早", "is too early a date", field="valid_from")
    if valid_to is not None and valid_to <= valid_from:
        raise Refused("interval-empty", "截止日期应晚于起始日期", "must lie after valid_from", field="valid_to")
    return RecognitionList(uuid4(), kind, region, issuer, document_number, title, valid_from, valid_to, issued_by)


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
    field: RecognisedField | None = None,
    list_id: UUID | None = None,
) -> tuple[Recognition, RecognitionGranted]:
    check_day(from_on, today, field="from_on")
    if to_on is not None and to_on <= from_on:
        raise Refused("interval-empty", "截止日期应晚于起始日期", "must lie after from_on", field="to_on")
    if (field is not None) != (kind is RecognitionKind.BOUTIQUE_FIRM):
        raise Refused(
            "field-of-boutiques",
            "特色精品所须填写主要领域，其他名录不填",
            "boutiques need their main field, other lists have none",
            field="field",
        )
    recognition = Recognition(
        uuid4(), kind, issuer, document_number, member_id, region, from_on, to_on, list_id=list_id, field=field
    )
    return recognition, RecognitionGranted(
        version=1,
        region=region,
        recognition_id=recognition.recognition_id,
        kind=kind,
        member_id=member_id,
        from_on=from_on,
        to_on=to_on,
        list_id=list_id,
        field=field,
    )
