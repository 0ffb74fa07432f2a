"""Issuing a list, putting members on it, and taking one off."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.recognition import RecognisedField, RecognitionKind, WithdrawalGround
from contracts.regions import PROVINCE
from contracts.registry_list_events import RecognitionGranted

from registry_api.recognitions.domain import Honours, Recognition, RecognitionList, grant, honours_on
from registry_api.register.refusals import Refused
from registry_api.register.store import Register


class Recognitions(Protocol):
    async def get_for_update(self, recognition_id: UUID) -> Recognition: ...
    async def save(self, recognition: Recognition) -> None: ...
    async def add_members(self, recognitions: Sequence[Recognition]) -> None: ...
    async def lock_list(self, list_id: UUID) -> None: ...
    async def members_in_force(self, list_id: UUID, members: Collection[UUID]) -> set[UUID]: ...
    async def numbers_of_lawyer(self, licence_number: str) -> tuple[UUID, list[str]] | None: ...
    async def firm_of_code(self, credit_code: str) -> UUID | None: ...
    async def honours_of(self, member_id: UUID) -> Sequence[Recognition]: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A firm or lawyer to be put on a list; days that are not given are the list's own."""

    member_id: UUID
    from_on: date | None = None
    to_on: date | None = None
    field: RecognisedField | None = None


class MembersRefused(Exception):
    """Nothing was put on the list: the refusals by the member's place in the request."""

    def __init__(self, refusals: Iterable[tuple[int, Refused]]) -> None:
        super().__init__("members refused")
        self.refusals = list(refusals)


async def grant_recognition(
    register: Register,
    recognitions: Recognitions,
    outbox: Outbox,
    *,
    kind: RecognitionKind,
    issuer: str,
    document_number: str,
    member_id: UUID,
    from_on: date,
    to_on: date | None,
    today: date,
    field: RecognisedField | None = None,
) -> Recognition:
    """By a document of its own, without a list."""
    region = (await _regions(register, kind, [member_id])).get(member_id)
    recognition, event = grant(
        kind=kind,
        issuer=issuer,
        document_number=document_number,
        member_id=member_id,
        region=_known(region),
        from_on=from_on,
        to_on=to_on,
        today=today,
        field=field,
    )
    await recognitions.save(recognition)
    outbox.add(event)
    return recognition


async def add_members(
    register: Register,
    recognitions: Recognitions,
    outbox: Outbox,
    listed: RecognitionList,
    members: Sequence[Member],
    *,
    today: date,
) -> list[Recognition]:
    """All or none: a published list half on record would be another list. Raises MembersRefused."""
    await recognitions.lock_list(listed.list_id)
    regions = await _regions(register, listed.kind, {member.member_id for member in members})
    on_it = await recognitions.members_in_force(listed.list_id, regions)
    granted: list[tuple[Recognition, RecognitionGranted]] = []
    refusals: list[tuple[int, Refused]] = []
    for index, member in enumerate(members):
        try:
            region = _known(regions.get(member.member_id))
            _check_member(listed, member, region, on_it)
            on_it.add(member.member_id)
            from_on, to_on = listed.interval(member.from_on, member.to_on)
            granted.append(
                grant(
                    kind=listed.kind,
                    issuer=listed.issuer,
                    document_number=listed.document_number,
                    member_id=member.member_id,
                    region=region,
                    from_on=from_on,
                    to_on=to_on,
                    today=today,
                    field=member.field,
                    list_id=listed.list_id,
                )
            )
        except Refused as refusal:
            refusals.append((index, refusal))
    if refusals:
        raise MembersRefused(refusals)
    await recognitions.add_members([recognition for recognition, _ in granted])
    for _, event in granted:
        outbox.add(event)
    return [recognition for recognition, _ in granted]


async def honours_held(
    recognitions: Recognitions, day: date, *, licence_number: str | None, credit_code: str | None
) -> Honours:
    """Of whom the register does not know, none is held."""
    known = None
    if licence_number is not None:
        known = await recognitions.numbers_of_lawyer(licence_number)
    elif credit_code is not None and (firm_id := await recognitions.firm_of_code(credit_code)) is not None:
        known = firm_id, [credit_code]
    if known is None:
        return Honours(held=False, since=None, numbers=())
    member_id, numbers = known
    return honours_on(day, await recognitions.honours_of(member_id), numbers)


async def withdraw_recognition(
    recognitions: Recognitions,
    outbox: Outbox,
    before: Recognition,
    *,
    on: date,
    ground: WithdrawalGround | None,
    today: date,
) -> Recognition:
    recognition, event = before.withdraw(on, ground, today)
    await recognitions.save(recognition)
    outbox.add(event)
    return recognition


def _check_member(listed: RecognitionList, member: Member, region: str, on_it: Collection[UUID]) -> None:
    if listed.region not in (PROVINCE, region):
        raise Refused("member-elsewhere", "不属于名录所在地区", "belongs to another region", field="member_id")
    if member.member_id in on_it:
        raise Refused("already-a-member", "已在该名录中", "is on this list already", field="member_id")


async def _regions(register: Register, kind: RecognitionKind, members: Collection[UUID]) -> dict[UUID, str]:
    if kind.of_firms:
        return {key: firm.region for key, firm in (await register.firms(members, lock="FOR SHARE")).items()}
    return {key: lawyer.region for key, lawyer in (await register.lawyers(members, lock=False)).items()}


def _known(region: str | None) -> str:
    if region is None:
        raise Refused("member-unknown", "登记中没有这一对象", "the register holds no such member", field="member_id")
    return region
