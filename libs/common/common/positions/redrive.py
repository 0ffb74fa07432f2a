"""Carries out what an operator has decided about parked events."""

from collections.abc import Sequence
from typing import Any, NoReturn
from uuid import UUID

from common.database import Database
from common.events import decode
from common.positions import store
from common.positions.effects import Effects, ParkedEvent, Received
from common.positions.retrying import transient
from common.positions.store import Key


class _TriedOut(Exception):
    """Rolls back what was only tried."""


class Redriver:
    def __init__(self, database: Database, effects: Effects) -> None:
        self._database = database
        self._effects = effects

    async def redrive(self) -> None:
        """Apply again, in key order, what an operator has asked for. A failure puts the rest of its key back."""
        async with self._database.begin() as tx:
            keys = await store.ordered_redrives(await tx.raw())
        for key in keys:
            async with self._database.begin() as tx:
                raw = await tx.raw()
                asked = await store.waiting(raw, key, "redrive")
                first: dict[str, int] = {}
                for undecided in await store.waiting(raw, key, "parked"):
                    first.setdefault(undecided.key, undecided.seq)
            # Behind an earlier event that nobody has decided about, an event must go on waiting.
            failed = {parked.key for parked in asked if first.get(parked.key, parked.seq) < parked.seq}
            for parked in asked:
                if parked.key in failed:
                    await self._put_back(parked, "an earlier event of its key failed again")
                    continue
                try:
                    await self._apply(parked)
                except Exception as error:
                    if transient(error):
                        raise
                    failed.add(parked.key)
                    await self._put_back(parked, f"{type(error).__name__}: {error}"[:2000])

    async def try_out(self) -> None:
        """Find out what would become of a redrive: each line is applied and rolled back, only the outcome stays."""
        async with self._database.begin() as tx:
            asked = await store.to_try(await tx.raw())
        lines: dict[tuple[UUID, int], list[ParkedEvent]] = {}
        for order_id, line, parked in asked:
            lines.setdefault((order_id, line), []).append(parked)
        for (order_id, _), events in lines.items():
            applied, failure = await self._tried(events)
            outcomes: list[tuple[UUID, str, str | None]] = [(e.parked_id, "applies", None) for e in events[:applied]]
            if failure is not None:
                told = f"{type(failure).__name__}: {failure}"[:2000]
                outcomes.append((events[applied].parked_id, "fails", told))
                outcomes += [(event.parked_id, "waits", None) for event in events[applied + 1 :]]
            async with self._database.begin() as tx:
                await store.note_trials(await tx.raw(), order_id, outcomes)

    async def _tried(self, events: Sequence[ParkedEvent]) -> tuple[int, Exception | None]:
        """How many of them, in this order, could be applied, and what the next one fails with."""
        ready: list[tuple[list[Received], Any]] = []
        applied, failure = 0, None
        try:
            for parked in events:
                received = [receive((parked.topic, parked.partition), parked.seq, parked.raw)]
                ready.append((received, await self._effects.prepare(received)))
        except Exception as error:
            if transient(error):
                raise
            failure = error
        try:
            async with self._database.begin() as tx:
                raw = await tx.raw()
                for received, prepared in ready:
                    await self._effects.apply(tx, received, prepared)
                    # What would only fail at COMMIT must fail here: there is none.
                    await tx.session.flush()
                    await raw.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    applied += 1
                _roll_back()
        except _TriedOut:
            return applied, failure
        except Exception as error:
            if transient(error):
                raise
            return applied, error

    async def _apply(self, parked: ParkedEvent) -> None:
        received = [receive((parked.topic, parked.partition), parked.seq, parked.raw)]
        prepared = await self._effects.prepare(received)
        async with self._database.begin() as tx:
            raw = await tx.raw()
            # The state is the guard here: two processes cannot both take the event from 'redrive'.
            if not await store.claim_redrive(raw, parked):
                return
            await self._effects.apply(tx, received, prepared)
            tx.outbox.add(self._effects.resolved(parked, "redriven"))

    async def _put_back(self, parked: ParkedEvent, error: str) -> None:
        async with self._database.begin() as tx:
            await store.put_back(await tx.raw(), parked, error)


def _roll_back() -> NoReturn:
    raise _TriedOut


def receive(key: Key, seq: int, raw: bytes) -> Received:
    """Decoded, with its place. Raises MalformedEnvelope, UnknownEventType or pydantic.ValidationError."""
    envelope = decode(raw)
    return Received(key[0], key[1], seq, envelope, envelope.event(), raw)
