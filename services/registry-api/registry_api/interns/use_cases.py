"""Registering an intern and ending an internship."""

from datetime import date
from typing import Protocol
from uuid import UUID

from common.outbox import Outbox

from registry_api.interns.domain import Intern, InternshipEndGround, register_intern
from registry_api.register.lawyer import SealedIdCard
from registry_api.register.refusals import Refused
from registry_api.register.store import Register


class Interns(Protocol):
    async def add(self, intern: Intern) -> None: ...
    async def save(self, intern: Intern) -> None: ...
    async def check_free(self, intern: Intern) -> None: ...


async def register(
    held: Register,
    interns: Interns,
    outbox: Outbox,
    *,
    name: str,
    certificate_number: str,
    firm_id: UUID,
    supervisor_id: UUID,
    from_on: date,
    today: date,
    id_card: SealedIdCard | None,
) -> Intern:
    firm = await held.firm_for_share(firm_id)
    supervisor = (await held.lawyers([supervisor_id], lock=False)).get(supervisor_id)
    if supervisor is None:
        raise Refused("lawyer-unknown", "没有这名律师", "there is no such lawyer", field="supervisor_id")
    intern, event = register_intern(
        name=name,
        certificate_number=certificate_number,
        firm=firm,
        supervisor=supervisor,
        from_on=from_on,
        today=today,
        id_card=id_card,
    )
    await interns.check_free(intern)
    await interns.add(intern)
    outbox.add(event)
    return intern


async def end(
    interns: Interns, outbox: Outbox, before: Intern, ground: InternshipEndGround, *, on: date, today: date
) -> Intern:
    intern, event = before.end(ground, on=on, today=today)
    await interns.save(intern)
    outbox.add(event)
    return intern
