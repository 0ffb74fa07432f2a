"""Who no longer practises at a firm no longer leads it as head or partner, nor is he its discipline supervisor."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from common.events import Event

from registry_api.register.lawyer import Lawyer
from registry_api.register.store import Register


async def release(
    register: Register,
    changes: Sequence[tuple[Lawyer | None, Lawyer]],
    *,
    on: date,
    besides: Collection[UUID] = (),
    kept: Lawyer | None = None,
) -> list[Event]:
    """The events of the firms that these people have left, and of their appointments there.

    `besides` are firms whose change the caller saves himself.

    `kept` is the record of the same person that stays, where theirs was a duplicate: it takes over where it practises.
    A founder may still practise elsewhere: he loses his place where he goes to a third firm, or gives up his licence.
    """
    left = {
        after.lawyer_id: after.practice.place.firm_id if after.licensed else None
        for before, after in changes
        if before is not None and before.practice != after.practice
    }
    led = [firm_id for firm_id in await register.firm_ids_led_by(left) if firm_id not in besides] if left else []
    firms, events = [], list[Event]()
    for before in (await register.firms(led)).values():
        gone = [lawyer_id for lawyer_id, practises_at in left.items() if practises_at != before.firm_id]
        stays = kept is not None and _practises_at(kept, before.firm_id)
        after, event = before.released(gone, on=on, to=kept.lawyer_id if kept is not None and stays else None)
        if event is not None:
            firms.append((before, after))
            events.append(event)
    await register.save_firms(firms)
    people = {after.lawyer_id: after for _, after in changes if after.lawyer_id in left}
    return events + await _end_supervisions(register, people, on=on, kept=kept)


async def _end_supervisions(
    register: Register, people: Mapping[UUID, Lawyer], *, on: date, kept: Lawyer | None
) -> list[Event]:
    held = await register.open_supervisions_of(people) if people else []
    over = [each for each in held if not _practises_at(people[each.lawyer_id], each.firm_id)]
    if not over:
        return []
    firms = await register.firms({each.firm_id for each in over}, lock="")
    changed, events = [], list[Event]()
    for before in over:
        region = firms[before.firm_id].region
        after, event = (
            before.pass_to(kept, region=region)
            if kept is not None and _practises_at(kept, before.firm_id)
            else before.end_with(people[before.lawyer_id], on=on, region=region)
        )
        changed.append(after)
        events.append(event)
    await register.save_supervisions(changed)
    return events


def _practises_at(lawyer: Lawyer, firm_id: UUID) -> bool:
    return lawyer.licensed and lawyer.practice.place.firm_id == firm_id
