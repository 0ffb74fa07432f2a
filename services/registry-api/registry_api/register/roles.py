"""Who no longer practises at a firm no longer leads it: as its head, partner or discipline supervisor."""

from collections.abc import Collection, Sequence
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
    """The events of the firms that these people have left; `besides` are firms whose change the caller saves himself.

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
        stays = kept is not None and kept.licensed and kept.practice.place.firm_id == before.firm_id
        after, event = before.released(gone, on=on, to=kept.lawyer_id if kept is not None and stays else None)
        if event is not None:
            firms.append((before, after))
            events.append(event)
    await register.save_firms(firms)
    return events
