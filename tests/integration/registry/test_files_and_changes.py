"""A file and the changes after it are a file made later, byte for byte, for the public, the province and a city."""

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest
from contracts.registry_events import StandingKind
from registry_api.files.domain import PUBLIC, Format, Kind
from registry_api.files.encoding import encoded
from registry_api.register.standing import StandingFact
from yulu import files
from yulu.client import Service

from .conftest import Desk, good
from .feeds import sequenced
from .test_files import content, made, runner
from .test_past_standing import tell

REGIONS = (None, "410000", "410300")


@dataclass
class Reader:
    """Has fetched an edition once, and follows the changes."""

    desk: Desk
    region: str | None
    folder: Path
    registry: Service

    @classmethod
    async def of(cls, desk: Desk, region: str | None, folder: Path) -> "Reader":
        headers = {} if region is None else desk.officer("department" if region == "410000" else "bureau", region)
        http = httpx.AsyncClient(transport=desk.http._transport, base_url="http://registry", headers=headers)
        reader = cls(desk, region, folder / str(region), Service("registry", http))
        check = await files.fetch(reader.registry, reader.folder, region=region, formats=[*Format])
        assert check.faults == []
        assert check.files == [f"{kind}.{form}" for kind in Kind for form in Format]
        return reader

    async def holds(self, edition: str) -> None:
        """What he has made of the old file and the changes is the new file, in every format."""
        for kind in Kind:
            mine = (self.folder / f"{kind}.ndjson").read_bytes()
            fresh = await content(self.desk, edition, f"{kind}.ndjson.gz", self.region)
            assert mine == gzip.decompress(fresh)
            records = [orjson.loads(line) for line in mine.splitlines()]
            for form in Format:
                written = encoded(records, kind, self.region or PUBLIC, form)
                assert written == await content(self.desk, edition, f"{kind}.{form}", self.region)


async def change(desk: Desk, path: str, **body: Any) -> None:
    tag = (await desk.get(path)).headers["etag"]
    await desk.changed(path, {"effective_on": "2026-06-01"} | body, tag)


async def suspend(desk: Desk, lawyer: dict[str, Any]) -> StandingFact:
    fact = StandingFact(uuid4(), StandingKind.SUSPENSION, date(2026, 6, 1), date(2026, 9, 1))
    await tell(desk, lawyer, fact)
    return fact


async def withdraw(desk: Desk, lawyer: dict[str, Any], fact: StandingFact) -> None:
    await tell(desk, lawyer, StandingFact(fact.fact_id, fact.kind, fact.from_on, fact.to_on, withdrawn=True))


async def a_year(desk: Desk, firms: Sequence[dict[str, Any]], people: Sequence[dict[str, Any]]) -> None:
    """Moves, 6 and back, a renamed firm, a merger, an end, a duplicate, a suspension withdrawn, somebody new."""
    mover, official, ended, wronged, twin, kept = (f"/v1/lawyers/{person['lawyer_id']}" for person in people)
    zhengzhou, luoyang, small = firms
    at = {"effective_on": "2026-03-01"}
    fact = await suspend(desk, people[3])
    await desk.done(f"{mover}/moves", at | {"firm_id": luoyang["firm_id"]})
    bureau = {"institution": "郑州市司法局", "region": "410100", "category": 6}
    await desk.done(f"{official}/moves", at | bureau)
    back = {"effective_on": "2026-05-01", "firm_id": luoyang["firm_id"], "category": 1}
    await desk.done(f"{official}/moves", back)
    await desk.done(f"{wronged}/moves", back | bureau | {"firm_id": None})
    await change(desk, f"/v1/firms/{luoyang['firm_id']}", name="河南新名律师事务所")
    merger = {"absorbed_firm_id": small["firm_id"], "absorbing_firm_id": luoyang["firm_id"], "document_number": "1号"}
    await desk.done("/v1/mergers", {"effective_on": "2026-05-02"} | merger)
    await desk.done(f"{ended}/licence-end", {"ground": "own-request", "ended_on": "2026-05-01"})
    merged = {"absorbed_lawyer_id": twin.split("/")[-1], "kept_lawyer_id": kept.split("/")[-1]}
    await desk.done("/v1/person-mergers", at | merged | {"reason": "重复登记"})
    await change(desk, mover, name="李四", specialities=[])
    await desk.lawyer(zhengzhou)
    await desk.firm("410300")
    await withdraw(desk, people[3], fact)


async def a_province(desk: Desk) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    firms = [await desk.firm("410100"), await desk.firm("410300"), await desk.firm("410300")]
    people = [await desk.lawyer(firms[0]) for _ in range(6)]
    people.append(await desk.lawyer(firms[2]))
    people.append(await desk.lawyer())
    return firms, people


@pytest.mark.parametrize("in_feed", [True, False], ids=["all in the feed", "some not yet in the feed"])
async def test_a_file_and_the_changes_after_it_are_the_fresh_file(desk: Desk, tmp_path: Path, in_feed: bool):
    firms, people = await a_province(desk)
    await sequenced(desk)
    if in_feed:
        await made(desk)
    else:
        # The snapshot is ahead of its head: later events of these rows have no higher version.
        await change(desk, f"/v1/firms/{firms[1]['firm_id']}", name="河南先名律师事务所")
        good(await desk.post("/v1/files", None), 202)
        assert await runner(desk).step()
    readers = [await Reader.of(desk, region, tmp_path) for region in REGIONS]
    await a_year(desk, firms, people[:6])
    edition = await made(desk)
    for reader in readers:
        await files.update(reader.registry, reader.folder)
        await reader.holds(edition)
        for kind in Kind:
            old = gzip.decompress((reader.folder / f"{kind}.ndjson.gz").read_bytes())
            assert (reader.folder / f"{kind}.ndjson").read_bytes() != old


async def test_a_suspension_and_its_withdrawal_leave_no_trace(desk: Desk, tmp_path: Path):
    firm = await desk.firm("410300")
    lawyer = await desk.lawyer(firm)
    first = await made(desk)
    readers = [await Reader.of(desk, region, tmp_path) for region in REGIONS]
    names = [f"{kind}.{form}" for kind in Kind for form in Format]
    before = {(region, name): await content(desk, first, name, region) for region in REGIONS for name in names}
    cursor = good(await desk.get(f"/v1/public/files/{first}"))["manifest"]["cursor"]
    fact = await suspend(desk, lawyer)
    during = await made(desk)
    await withdraw(desk, lawyer, fact)
    after = await made(desk)
    for edition in (during, after):
        for (region, name), held in before.items():
            assert await content(desk, edition, name, region) == held
        assert good(await desk.get(f"/v1/public/files/{edition}"))["manifest"]["cursor"] == cursor
    for reader in readers:
        await files.update(reader.registry, reader.folder)
        await reader.holds(after)


@pytest.mark.parametrize("seed", [1, 2])
async def test_whatever_happens_in_between(desk: Desk, tmp_path: Path, seed: int):
    chance = random.Random(seed)
    firms, people = await a_province(desk)
    await made(desk)
    readers = [await Reader.of(desk, region, tmp_path) for region in REGIONS]
    days = iter(f"2026-{month:02}-{day:02}" for month in range(1, 6) for day in range(1, 29, 4))
    for _ in range(2):
        for _ in range(7):
            await _something(desk, chance, firms, people, next(days))
        edition = await made(desk)
        for reader in readers:
            await files.update(reader.registry, reader.folder)
            await reader.holds(edition)


async def _something(
    desk: Desk, chance: random.Random, firms: list[dict[str, Any]], people: list[dict[str, Any]], day: str
) -> None:
    """What the register refuses, for instance of somebody whose licence has ended, does not happen."""
    lawyer, firm = chance.choice(people), chance.choice(firms)
    path, at = f"/v1/lawyers/{lawyer['lawyer_id']}", {"effective_on": day}
    office = {"institution": "洛阳市司法局", "region": "410300", "category": 6}
    new = {"name": f"河南{chance.randrange(10**6)}律师事务所"}
    kind = chance.choice(["move", "office", "back", "rename", "end", "suspend", "new", "end firm"])
    if kind == "suspend":
        await withdraw(desk, lawyer, await suspend(desk, lawyer))
    elif kind == "new":
        people.append(await desk.lawyer(firms[0]))
    elif kind == "rename":
        tag = (await desk.get(f"/v1/firms/{firm['firm_id']}")).headers["etag"]
        await _if_allowed(desk, await desk.patch(f"/v1/firms/{firm['firm_id']}", at | new, tag))
    else:
        where, body = {
            "move": (f"{path}/moves", at | {"firm_id": firm["firm_id"]}),
            "office": (f"{path}/moves", at | office),
            "back": (f"{path}/moves", at | {"firm_id": firm["firm_id"], "category": 2}),
            "end": (f"{path}/licence-end", {"ground": "own-request", "ended_on": day}),
            "end firm": (f"/v1/firms/{firm['firm_id']}/end", {"ground": "dissolved", "ended_on": day}),
        }[kind]
        await _if_allowed(desk, await desk.post(where, body))


async def _if_allowed(desk: Desk, proposed: httpx.Response) -> None:
    if proposed.status_code == 202:
        await desk.approve(proposed)


async def test_an_altered_file_and_a_forged_manifest_are_found_out(desk: Desk, tmp_path: Path):
    await desk.firm()
    await made(desk)
    reader = await Reader.of(desk, None, tmp_path)
    path = reader.folder / "firms.csv"
    path.write_bytes(path.read_bytes().replace("河南".encode(), "湖南".encode()))
    assert [fault.split(":")[0] for fault in files.verify(reader.folder).faults] == ["firms.csv"]
    (reader.folder / "firms.parquet").write_bytes(b"")
    assert len(files.verify(reader.folder).faults) == 2
    head, payload, signature = (reader.folder / "manifest.jws").read_text().split(".")
    (reader.folder / "manifest.jws").write_text(f"{head}.{payload[:-4]}AAAA.{signature}")
    with pytest.raises(files.NotGenuine):
        files.verify(reader.folder)
    with pytest.raises(files.NothingThere):
        files.verify(tmp_path)
