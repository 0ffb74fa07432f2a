"""Commands on meetings and resolutions. Locked in this order: the body, the meeting, its resolutions."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID, uuid4

import orjson
from common.outbox import Outbox
from contracts.consultations import ConsultationBody, Party
from contracts.working_days import local_date

from rights_api.consultations.agenda import Cell, Counted, Item, ItemKind, check_beside, check_cell, shared
from rights_api.consultations.domain import (
    OWN_ACCOUNT,
    Meeting,
    Number,
    Open,
    Signature,
    cancel,
    change_agenda,
    check_signed,
    draft,
    hold,
    issue,
    party_of,
    sign,
)
from rights_api.consultations.resolutions import (
    Due,
    Minutes,
    Resolution,
    adopt,
    check_minutes,
    extend,
    fulfil,
    withdraw,
)
from rights_api.consultations.rows import minutes_json, minutes_of
from rights_api.organs import Organ
from rights_api.refusals import NotCompetent, NotFound, Refused


class Consultations(Protocol):
    async def save(self, meeting: Meeting, texts: Mapping[str, str] | None = None) -> None:
        """Raises where another version was saved meanwhile."""

    async def add_item(self, meeting: Meeting, item: Item, words: str | None, *, by: str) -> None: ...

    async def drop_item(self, meeting: Meeting, item_id: UUID) -> None: ...

    async def link(
        self,
        meeting_id: UUID,
        complaint_id: UUID,
        *,
        item_id: UUID | None = None,
        resolution_id: UUID | None = None,
        by: str,
        at: datetime,
    ) -> None: ...

    async def texts(self, meeting_id: UUID) -> dict[str, str]: ...

    async def add_texts(self, meeting_id: UUID, texts: Mapping[str, str]) -> None: ...

    async def last_held_at(self, body: ConsultationBody, region: str) -> datetime | None: ...

    async def left_open(self, body: ConsultationBody, region: str) -> list[Open]: ...

    async def next_number(self, body: ConsultationBody, region: str, year: int) -> int:
        """Without gaps: the number is taken with the transaction."""

    async def sign(self, meeting_id: UUID, signature: Signature, *, by: str, at: datetime) -> None: ...

    async def signatures(self, meeting_id: UUID) -> list[Signature]: ...

    async def keep_paper(self, meeting_id: UUID, pdf: bytes) -> None: ...

    async def count(self, cell: Cell) -> Counted: ...

    async def told(self) -> list[tuple[Cell, int]]:
        """Every count that stands on an agenda, whichever body reads it: what one reads, others are told."""

    async def resolutions(self, ids: Iterable[UUID], *, lock: bool = False) -> dict[UUID, Resolution]: ...

    async def add_resolution(self, resolution: Resolution, words: str) -> None: ...

    async def save_resolution(self, before: Resolution, after: Resolution) -> None: ...


@dataclass(frozen=True, slots=True)
class Paper:
    """What is printed. `known`: the earlier resolutions that were reported on, or are changed."""

    meeting: Meeting
    minutes: Minutes
    texts: Mapping[str, str] = field(repr=False)
    signatures: Sequence[Signature]
    known: Mapping[UUID, Resolution]


Press = Callable[[Paper, datetime], Awaitable[bytes]]
"""Makes a PDF."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """An item as an officer brings it."""

    kind: ItemKind
    words: str | None = field(repr=False)
    checked: bool = False
    cell: Cell | None = None
    complaint_id: UUID | None = None
    resolution_id: UUID | None = None
    earlier_meeting_id: UUID | None = None


async def add_item(store: Consultations, meeting: Meeting, proposed: Proposed, *, by: str, at: datetime) -> Meeting:
    count = None
    if proposed.cell is not None:
        counted = await store.count(proposed.cell)
        count = check_cell(proposed.cell, counted, has_text=proposed.words is not None, checked=proposed.checked)
    if proposed.cell is not None and count is not None:
        for cell, told in await store.told():
            common = shared(proposed.cell, cell)
            if common is not None:
                check_beside(count, told, (await store.count(common)).cases)
    if proposed.kind is ItemKind.RECTIFICATION:
        wanted = Open(proposed.resolution_id, proposed.earlier_meeting_id)
        if wanted not in await store.left_open(meeting.body, meeting.region):
            raise Refused(
                "nothing-open",
                "同一机制没有这项未了事项",
                "nothing of the kind is open in the same body",
                field="resolution_id" if proposed.resolution_id else "earlier_meeting_id",
            )
        if any(Open(item.resolution_id, item.earlier_meeting_id) == wanted for item in meeting.items):
            raise Refused("already-on-the-agenda", "已列入议程", "it is on the agenda already", conflict=True)
    item = Item(
        item_id=uuid4(),
        kind=proposed.kind,
        ordinal=max((each.ordinal for each in meeting.items), default=0) + 1,
        cell=proposed.cell,
        count=count,
        checked=proposed.checked,
        resolution_id=proposed.resolution_id,
        earlier_meeting_id=proposed.earlier_meeting_id,
    )
    after = change_agenda(meeting, (*meeting.items, item))
    await store.save(after)
    await store.add_item(after, item, proposed.words, by=by)
    if proposed.complaint_id is not None:
        await store.link(meeting.meeting_id, proposed.complaint_id, item_id=item.item_id, by=by, at=at)
    return after


async def drop_item(store: Consultations, meeting: Meeting, item_id: UUID) -> Meeting:
    kept = tuple(item for item in meeting.items if item.item_id != item_id)
    if len(kept) == len(meeting.items):
        raise NotFound("议程中没有这一项。", "The agenda has no such item.")
    after = change_agenda(meeting, kept)
    await store.save(after)
    await store.drop_item(after, item_id)
    return after


async def call_off(store: Consultations, meeting: Meeting, reason: str) -> Meeting:
    after = cancel(meeting)
    await store.save(after, {"reason": reason})
    return after


async def record_held(
    store: Consultations,
    outbox: Outbox,
    meeting: Meeting,
    *,
    held_at: datetime,
    delegates: Mapping[Party, Sequence[str]],
    now: datetime,
) -> Meeting:
    """Call with the body locked. `delegates`: by what function they attended, never who."""
    left_open = [
        each
        for each in await store.left_open(meeting.body, meeting.region)
        if each.earlier_meeting_id != meeting.meeting_id
    ]
    last = await store.last_held_at(meeting.body, meeting.region)
    after, event = hold(meeting, held_at, frozenset(delegates), left_open=left_open, last_held_at=last, now=now)
    told = {party.value: list(functions) for party, functions in delegates.items()}
    await store.save(after, {"attendance": orjson.dumps(told).decode()})
    outbox.add(event)
    return after


async def draft_minutes(store: Consultations, meeting: Meeting, minutes: Minutes, *, today: date) -> Meeting:
    after = draft(meeting)
    check_minutes(meeting, minutes, await store.resolutions(minutes.touched), today)
    await store.save(after, {f"minutes:{after.revision}": minutes_json(minutes)})
    return after


async def add_signature(
    store: Consultations,
    meeting: Meeting,
    caller: Organ,
    *,
    party: Party | None,
    document_number: str | None,
    signed_on: date | None,
    by: str,
    now: datetime,
) -> Meeting:
    """Association and justice sign by themselves; for the others the host records the paper they signed."""
    own = party_of(caller.kind)
    chosen = own if party is None else party
    if chosen is own:
        if document_number is not None or signed_on is not None:
            raise Refused(
                "own-account-signs-now",
                "本方经本账号即时签署，不填文号和日期",
                "one's own signature is given now, by this account: without number and day",
                field="document_number" if document_number is not None else "signed_on",
            )
        signature = Signature(own, meeting.revision, local_date(now), None)
    else:
        signature = _recorded(meeting, caller, chosen, document_number, signed_on)
    after = sign(meeting, signature, local_date(now))
    await store.save(after)
    await store.sign(meeting.meeting_id, signature, by=by, at=now)
    return after


def _recorded(
    meeting: Meeting, caller: Organ, party: Party, document_number: str | None, signed_on: date | None
) -> Signature:
    if party in OWN_ACCOUNT:
        raise NotCompetent(
            "signs-by-own-account",
            f"{party.zh}须经其自己的账号签署",
            f"the {party.en} signs by its own account",
            field="party",
        )
    if caller != meeting.host:
        raise NotCompetent("not-the-host", "由主办单位登记签署", "the host records signatures", field="party")
    if document_number is None or signed_on is None:
        raise Refused(
            "signing-paper-missing",
            "须填写该方签署文书的文号和日期",
            "give number and day of the paper that party signed",
            field="document_number" if document_number is None else "signed_on",
        )
    return Signature(party, meeting.revision, signed_on, document_number)


async def issue_minutes(
    store: Consultations, outbox: Outbox, press: Press, meeting: Meeting, *, by: str, now: datetime
) -> Meeting:
    """Call with the body locked. What the minutes resolve takes effect now, and is checked once more."""
    check_signed(meeting)
    today = local_date(now)
    texts = await store.texts(meeting.meeting_id)
    minutes = minutes_of(texts[f"minutes:{meeting.revision}"])
    known = await store.resolutions({*minutes.touched, *meeting.reported}, lock=True)
    check_minutes(meeting, minutes, known, today)
    number = Number(today.year, await store.next_number(meeting.body, meeting.region, today.year))
    after, event = issue(meeting, number, today)
    await store.save(after)
    outbox.add(event)
    signatures = [each for each in await store.signatures(meeting.meeting_id) if each.revision == meeting.revision]
    await store.keep_paper(meeting.meeting_id, await press(Paper(after, minutes, texts, signatures, known), now))
    for new in minutes.resolutions:
        resolution, adopted = adopt(after, new, today)
        await store.add_resolution(resolution, new.text)
        outbox.add(adopted)
        if new.complaint_id is not None:
            await store.link(
                meeting.meeting_id, new.complaint_id, resolution_id=resolution.resolution_id, by=by, at=now
            )
    for extension in minutes.extensions:
        before = known[extension.resolution_id]
        extended, told = extend(before, Due(extension.due_on, meeting.meeting_id), now)
        await store.save_resolution(before, extended)
        await store.add_texts(
            before.meeting_id, {f"extension:{before.resolution_id}:{meeting.meeting_id}": extension.reason}
        )
        outbox.add_all(told)
    for withdrawal in minutes.withdrawals:
        before = known[withdrawal.resolution_id]
        withdrawn, told = withdraw(before, after, now)
        await store.save_resolution(before, withdrawn)
        await store.add_texts(before.meeting_id, {f"withdrawal:{before.resolution_id}": withdrawal.reason})
        outbox.add_all(told)
    return after


async def record_fulfilment(
    store: Consultations,
    outbox: Outbox,
    resolution: Resolution,
    *,
    on: date,
    document_number: str,
    note: str | None,
    now: datetime,
) -> Resolution:
    after, told = fulfil(resolution, on, document_number, now)
    await store.save_resolution(resolution, after)
    if note is not None:
        await store.add_texts(resolution.meeting_id, {f"fulfilment:{resolution.resolution_id}": note})
    outbox.add_all(told)
    return after
