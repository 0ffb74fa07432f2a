"""Putting a member on a list, and taking it off."""

from datetime import date
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox
from contracts.registry_events import RecognitionKind

from registry_api.recognitions.domain import FIRM_LISTS, Recognition, grant
from registry_api.register.refusals import Refused
from registry_api.register.store import Register


class Recognitions(Protocol):
    async def get_for_update(self, recognition_id: UUID) -> Recognition: ...
    async def save(self, recognition: Recognition) -> None: ...


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
) -> Recognition:
    if kind in FIRM_LISTS:
        firm = (await register.firms([member_id], lock="FOR SHARE")).get(member_id)
        region = None if firm is None else firm.region
    else:
        lawyer = (await register.lawyers([member_id], lock=False)).get(member_id)
        region = None if lawyer is None else lawyer.region
    if region is None:
        raise Refused("member-unknown", "登记中没有这一对象", "the register holds no such member", field="member_id")
    recognition, event = grant(
        kind=kind,
        issuer=issuer,
        document_number=document_number,
        member_id=member_id,
        region=region,
        from_on=from_on,
        to_on=to_on,
        today=today,
    )
    await recognitions.save(recognition)
    outbox.add(event)
    return recognition


async def withdraw_recognition(
    recognitions: Recognitions, outbox: Outbox, recognition_id: UUID, *, on: date, today: date
) -> Recognition:
    recognition, event = (await recognitions.get_for_update(recognition_id)).withdraw(on, today)
    await recognitions.save(recognition)
    outbox.add(event)
    return recognition
