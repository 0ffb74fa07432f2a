"""Makes one edition: every lawyer and firm of one snapshot, into the files of every audience, in constant memory."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from uuid import UUID, uuid4

from common.auth import PROVINCE
from contracts.register_counts import Tally

from registry_api.files.domain import (
    AUDIENCES,
    PUBLIC,
    SCHEMA_VERSION,
    Digests,
    Format,
    Kind,
    StoredFile,
    file_name,
)
from registry_api.files.encoding import AT_A_STRETCH, Encoder, Lines, breathe, encoder
from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer
from registry_api.register.record import RECORD_SCHEMA, internal_record, merged_away, public_record

_Row = TypeVar("_Row")

MANIFEST_TYPE: Final = "yulu-files-manifest+jws"


class Head(NamedTuple):
    """Of the feed: everything up to here stands in the snapshot."""

    position: int
    hash: bytes


class Snapshot(Protocol):
    async def head(self) -> Head: ...
    async def public_place(self, head: Head) -> int: ...
    def entities(self, kind: Kind) -> AsyncIterator[Sequence[Lawyer | Firm]]: ...


class Shelf(Protocol):
    async def announce(self, edition_id: UUID, audience: str, files: Sequence[StoredFile]) -> None: ...
    async def put(self, chunks: Sequence[tuple[UUID, int, bytes]]) -> None: ...
    async def complete(self, files: Sequence[StoredFile]) -> None: ...
    async def sign(self, edition_id: UUID, audience: str, jws: str, feed_jws: str | None) -> None: ...


class Cursors(Protocol):
    def cursor(self, position: int) -> str: ...


class Signs(Protocol):
    def jws(self, payload: Mapping[str, Any], typ: str = ...) -> str: ...


@dataclass(slots=True)
class Output:
    """One file in the making."""

    file_id: UUID
    kind: Kind
    audience: str
    form: Format
    encoder: Encoder
    rows: int = 0
    chunks: int = 0

    @property
    def name(self) -> str:
        return file_name(self.kind, self.form)

    @property
    def stored(self) -> StoredFile:
        digests = self.encoder.sink.digests
        return StoredFile(self.file_id, self.name, self.form.media_type, digests.length, digests.sha256)

    def take(self) -> list[tuple[UUID, int, bytes]]:
        taken = [(self.file_id, self.chunks + i, chunk) for i, chunk in enumerate(self.encoder.sink.take())]
        self.chunks += len(taken)
        return taken

    def described(self) -> dict[str, Any]:
        """As the manifest names it; `plain` is what `gzip -d` makes of it."""
        plain = self.encoder.plain
        return {
            "name": self.name,
            "kind": self.kind.value,
            "format": self.form.value,
            "media_type": self.form.media_type,
            "rows": self.rows,
            **_described(self.encoder.sink.digests),
            **({} if plain is None else {"plain": _described(plain)}),
        }


@dataclass(slots=True)
class Outputs:
    """All files with rows of one kind; `tallies`: of each audience, the rows that its files hold."""

    kind: Kind
    files: list[Output] = field(init=False)
    tallies: Mapping[str, Tally] = field(init=False)

    def __post_init__(self) -> None:
        self.files = [
            Output(uuid4(), self.kind, audience, form, encoder(self.kind, audience, form))
            for audience in AUDIENCES
            for form in Format
        ]
        self.tallies = {audience: Tally() for audience in AUDIENCES}

    def add(self, entities: Sequence[Lawyer | Firm]) -> None:
        """Heavy: runs in a thread."""
        shown = [entity for entity in entities if not merged_away(entity)]
        everything = Lines(_each(internal_record, shown))
        places: dict[str, list[int]] = defaultdict(list)
        for place, record in enumerate(everything.records):
            places[record["region"]].append(place)
        lines = {region: everything.only(chosen) for region, chosen in places.items()}
        lines[PROVINCE] = everything
        lines[PUBLIC] = Lines([record for record in _each(public_record, shown) if record is not None])
        for audience, some in lines.items():
            self.tallies[audience].add(some.records)
        for output in self.files:
            if output.audience in lines:
                output.encoder.add(lines[output.audience])
                output.rows += len(lines[output.audience].records)
                breathe()

    def finish(self) -> None:
        for output in self.files:
            output.encoder.finish()
            breathe()

    def take(self) -> list[tuple[UUID, int, bytes]]:
        return [chunk for output in self.files for chunk in output.take()]

    def of(self, audience: str) -> list[Output]:
        return [output for output in self.files if output.audience == audience]


@dataclass(frozen=True, slots=True)
class Made:
    lawyers: int
    firms: int
    files: int
    length: int


async def make_edition(
    edition_id: UUID, snapshot: Snapshot, shelf: Shelf, *, cursors: Cursors, signer: Signs, now: datetime
) -> Made:
    """The head is read first: what is recorded after it may or may not stand in a row, whose version tells."""
    head = await snapshot.head()
    outputs = {kind: await asyncio.to_thread(Outputs, kind) for kind in Kind}
    for audience in AUDIENCES:
        await shelf.announce(edition_id, audience, [o.stored for kind in Kind for o in outputs[kind].of(audience)])
    for kind, files in outputs.items():
        async for entities in snapshot.entities(kind):
            await asyncio.to_thread(files.add, entities)
            await shelf.put(files.take())
        await asyncio.to_thread(files.finish)
        await shelf.put(files.take())
        await shelf.complete([output.stored for output in files.files])
    # From the head itself the public could tell that something has happened which it is not shown.
    places = dict.fromkeys(AUDIENCES, head.position) | {PUBLIC: await snapshot.public_place(head)}
    for audience in AUDIENCES:
        described = [output.described() for kind in Kind for output in outputs[kind].of(audience)]
        counts = {kind.value: outputs[kind].tallies[audience].counts.model_dump(mode="json") for kind in Kind}
        manifest = _manifest(edition_id, audience, cursors.cursor(places[audience]), now, described) | {
            "counts": counts
        }
        jws = signer.jws(manifest, MANIFEST_TYPE)
        feed = {"position": head.position, "hash": head.hash.hex()}
        feed_jws = None if audience == PUBLIC else signer.jws(manifest | {"feed": feed}, MANIFEST_TYPE)
        await shelf.sign(edition_id, audience, jws, feed_jws)
    rows = {kind: files.of(PROVINCE)[0].rows for kind, files in outputs.items()}
    stored = [output.stored for files in outputs.values() for output in files.files]
    return Made(rows[Kind.LAWYERS], rows[Kind.FIRMS], len(stored), sum(file.length for file in stored))


def _each(make: Callable[[Lawyer | Firm], _Row], entities: Sequence[Lawyer | Firm]) -> list[_Row]:
    made: list[_Row] = []
    for start in range(0, len(entities), AT_A_STRETCH):
        made += [make(entity) for entity in entities[start : start + AT_A_STRETCH]]
        breathe()
    return made


def _manifest(
    edition_id: UUID, audience: str, cursor: str, now: datetime, files: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    """`cursor`: where to go on from with `/v1/changes`."""
    return {
        "schema_version": SCHEMA_VERSION,
        "record_schema": RECORD_SCHEMA,
        "edition": str(edition_id),
        "audience": "public" if audience == PUBLIC else "internal",
        "region": PROVINCE if audience == PUBLIC else audience,
        "created_at": now.isoformat(),
        "cursor": cursor,
        "files": list(files),
    }


def _described(digests: Digests) -> dict[str, Any]:
    return {"bytes": digests.length, "sha256": digests.sha256.hex(), "sm3": digests.sm3.hex()}
