"""Whole-register files: made once, served whole or in part, kept for a while, and nobody sees more than his part."""

import asyncio
import csv
import hashlib
import io
import warnings
from datetime import time
from typing import Any

import orjson
from common.feed import sequence
from joserfc import jws as jose
from joserfc.jwk import KeySet
from registry_api.files.domain import Format, Kind
from registry_api.files.encoding import unpacked
from registry_api.files.runner import FileRunner, Terms
from registry_api.register.sealing import Places
from registry_api.settings import RegistrySettings
from yulu.files import counted

from .conftest import Desk, good, problem

ID_NUMBER = "110105194912310038"


def runner(desk: Desk, *, kept: int = 3, at: time = time(23, 59, 59)) -> FileRunner:
    settings = RegistrySettings.load()
    return FileRunner(desk.database, cursors=Places(settings.sealer()), signer=settings.signer(), terms=Terms(at, kept))


async def made(desk: Desk, **terms: Any) -> str:
    """An edition ordered and made; everything written so far stands in the feed."""
    while await sequence(desk.connection):
        pass
    ordered = good(await desk.post("/v1/files", None), 202)
    assert await runner(desk, **terms).step()
    return ordered["edition"]


async def manifest(desk: Desk, edition: str, region: str | None = None) -> dict[str, Any]:
    path = f"/v1/public/files/{edition}" if region is None else f"/v1/files/{edition}/{region}"
    return good(await desk.get(path))["manifest"]


async def content(desk: Desk, edition: str, name: str, region: str | None = None) -> bytes:
    path = f"/v1/public/files/{edition}" if region is None else f"/v1/files/{edition}/{region}"
    answer = await desk.get(f"{path}/{name}")
    assert answer.status_code == 200, answer.text
    return answer.content


async def rows(desk: Desk, edition: str, region: str | None = None, kind: Kind = Kind.LAWYERS) -> list[dict[str, str]]:
    text = (await content(desk, edition, f"{kind}.csv", region)).decode("utf-8-sig")
    header, *lines = csv.reader(io.StringIO(text))
    return [dict(zip([title.split()[1] for title in header], line, strict=True)) for line in lines]


async def test_an_edition_states_its_files_and_is_signed(desk: Desk):
    firm = await desk.firm()
    await desk.lawyer(firm)
    edition = await made(desk)
    listed = good(await desk.http.get("/v1/public/files"))["editions"]
    assert [one["manifest"]["edition"] for one in listed] == [edition]
    stated = listed[0]["manifest"]
    keys = KeySet.import_key_set(good(await desk.http.get("/.well-known/jwks.json")))
    with warnings.catch_warnings():  # the old name of the algorithm, which verifiers know
        warnings.simplefilter("ignore")
        opened = jose.deserialize_compact(listed[0]["jws"], keys, algorithms=["EdDSA"])
    assert opened.payload == orjson.dumps(stated)
    assert {file["name"] for file in stated["files"]} == {f"{kind}.{form}" for kind in Kind for form in Format}
    assert "feed" not in stated
    for file in stated["files"]:
        data = await content(desk, edition, file["name"])
        assert file["rows"] == 1
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file["bytes"], file["sha256"])
        assert hashlib.new("sm3", data).hexdigest() == file["sm3"]
        if "plain" in file:
            plain = unpacked(data, Format(file["format"]))
            assert (len(plain), hashlib.sha256(plain).hexdigest()) == (file["plain"]["bytes"], file["plain"]["sha256"])


async def test_the_feed_is_named_to_its_readers_only(desk: Desk):
    await desk.firm()
    edition = await made(desk)
    head = await desk.connection.fetchrow("SELECT position, hash FROM feed_head")
    feed = {"position": head["position"], "hash": head["hash"].hex()}
    assert (await manifest(desk, edition, "410000"))["feed"] == feed
    path = f"/v1/files/{edition}/410100"
    rights = await desk.get(path, headers=desk.officer("bureau", "410100", role="rights-officer"))
    assert "feed" not in good(rights)["manifest"]


async def test_the_public_files_hold_what_the_public_register_shows(desk: Desk):
    firm = await desk.firm()
    await desk.lawyer(firm, id_number=ID_NUMBER)
    await desk.lawyer()
    edition = await made(desk)
    assert [row["category"] for row in await rows(desk, edition)] == ["1"]
    assert sorted(row["category"] for row in await rows(desk, edition, "410000")) == ["1", "6"]
    for region in (None, "410000", "410100"):
        assert ID_NUMBER.encode() not in await content(desk, edition, "lawyers.csv", region)


async def test_an_officer_of_a_city_gets_its_files_and_no_others(desk: Desk):
    zhengzhou, luoyang = await desk.firm("410100"), await desk.firm("410300")
    await desk.lawyer(zhengzhou)
    await desk.lawyer(luoyang)
    edition = await made(desk)
    bureau = desk.officer("bureau", "410300")
    listed = good(await desk.get("/v1/files", headers=bureau))["editions"]
    assert [one["manifest"]["region"] for one in listed] == ["410300"]
    mine = await desk.get(f"/v1/files/{edition}/410300/lawyers.csv", headers=bureau)
    assert mine.status_code == 200
    assert luoyang["firm_id"] in mine.text
    assert zhengzhou["firm_id"] not in mine.text
    for path in ("410100", "410100/lawyers.csv", "410000", "410000/lawyers.csv", "public", "public/lawyers.csv"):
        refused = await desk.get(f"/v1/files/{edition}/{path}", headers=bureau)
        assert refused.status_code in {403, 422}, path
    problem(await desk.get("/v1/files", headers=bureau, region="410100"), 403, "forbidden")
    problem(await desk.post("/v1/files", None, headers=bureau), 403, "forbidden")
    assert (await desk.http.get(f"/v1/files/{edition}/410300/lawyers.csv")).status_code == 401


async def test_what_the_reader_has_is_not_sent_again_and_costs_no_content(desk: Desk):
    await desk.firm()
    edition = await made(desk)
    path = f"/v1/public/files/{edition}/firms.parquet"
    etag = (await desk.http.get(path)).headers["etag"]
    sha256 = next(f["sha256"] for f in (await manifest(desk, edition))["files"] if f["name"] == "firms.parquet")
    assert etag == f'"{sha256}"'
    await desk.connection.execute("TRUNCATE edition_chunks")
    again = await desk.http.get(path, headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    listed = await desk.http.get("/v1/public/files")
    assert (
        await desk.http.get("/v1/public/files", headers={"If-None-Match": listed.headers["etag"]})
    ).status_code == 304


async def test_a_file_is_sent_in_parts(desk: Desk, monkeypatch):
    for module in ("encoding", "serving"):
        monkeypatch.setattr(f"registry_api.files.{module}.CHUNK", 100)
    await desk.firm()
    edition = await made(desk)
    path = f"/v1/public/files/{edition}/firms.csv"
    whole = await desk.http.get(path)
    size = len(whole.content)
    assert size > 300
    assert whole.headers["content-disposition"] == 'attachment; filename="henan-20260610-firms.csv"'

    async def part(asked: str, **headers: str) -> tuple[int, bytes, str | None]:
        answer = await desk.http.get(path, headers={"Range": asked} | headers)
        return answer.status_code, answer.content, answer.headers.get("content-range")

    assert await part("bytes=150-320") == (206, whole.content[150:321], f"bytes 150-320/{size}")
    assert await part("bytes=250-") == (206, whole.content[250:], f"bytes 250-{size - 1}/{size}")
    assert await part("bytes=-7") == (206, whole.content[-7:], f"bytes {size - 7}-{size - 1}/{size}")
    assert await part(f"bytes=0-{size + 5}") == (200, whole.content, None)
    assert await part("bytes=0-5,9-10") == (200, whole.content, None)
    assert await part("bytes=0-5", **{"If-Range": '"other"'}) == (200, whole.content, None)
    assert (await part(f"bytes={size}-"))[0] == 416
    head = await desk.http.head(path)
    assert (head.headers["content-length"], head.content) == (str(size), b"")


async def test_the_newest_editions_are_kept_and_of_the_others_a_dated_tombstone(desk: Desk):
    await desk.firm()
    first = await made(desk, kept=1)
    desk.on("2026-06-11T12:00")
    second = await made(desk, kept=1)
    listed = good(await desk.http.get("/v1/public/files"))["editions"]
    assert [one["manifest"]["edition"] for one in listed] == [second]
    for path in (f"/v1/public/files/{first}", f"/v1/public/files/{first}/firms.csv", f"/v1/files/{first}/410000"):
        gone = problem(await desk.get(path), 410, "edition-removed")
        assert gone["removed_at"].startswith("2026-06-11")
        assert gone["created_at"].startswith("2026-06-10")
    assert good(await desk.get(f"/v1/files/{first}"))["state"] == "removed"
    assert await desk.count("edition_files") == await desk.connection.fetchval(
        "SELECT count(*) FROM edition_files WHERE edition_id = $1", second
    )
    problem(await desk.get(f"/v1/public/files/{second}/nothing.csv"), 404, "not-found")
    problem(await desk.get("/v1/public/files/nothing"), 404, "not-found")


async def test_one_edition_a_day_whoever_comes_first_and_not_before_its_hour(desk: Desk):
    desk.on("2026-06-10T02:00")
    assert not await runner(desk, at=time(2, 30)).step()
    desk.on("2026-06-10T02:31")
    assert await runner(desk, at=time(2, 30)).step()
    assert not await runner(desk, at=time(2, 30)).step()
    desk.on("2026-06-11T02:31")
    assert await runner(desk, at=time(2, 30)).step()
    assert await desk.count("editions") == 2


async def test_an_order_that_waits_is_not_doubled(desk: Desk):
    ordered = [good(await desk.post("/v1/files", None), 202)["edition"] for _ in range(2)]
    assert ordered[0] == ordered[1]
    assert good(await desk.get(f"/v1/files/{ordered[0]}"))["state"] == "queued"
    problem(await desk.get(f"/v1/public/files/{ordered[0]}"), 404, "not-found")


async def test_two_processes_make_an_edition_once(desk: Desk):
    await desk.firm()
    good(await desk.post("/v1/files", None), 202)
    assert sorted(await asyncio.gather(runner(desk).step(), runner(desk).step())) == [False, True]
    assert await desk.count("edition_manifests") == 20


async def test_an_edition_that_breaks_off_leaves_nothing_and_is_made_again(desk: Desk, monkeypatch):
    await desk.firm()
    edition = good(await desk.post("/v1/files", None), 202)["edition"]
    with monkeypatch.context() as broken:
        broken.setattr("registry_api.files.runner.store.mark_complete", _killed)
        assert not await runner(desk).step()
    assert [await desk.count(table) for table in ("edition_files", "edition_chunks", "edition_manifests")] == [0, 0, 0]
    assert await runner(desk).step()
    assert good(await desk.get(f"/v1/files/{edition}"))["state"] == "complete"


async def test_an_edition_that_fails_for_good_says_so(desk: Desk, monkeypatch):
    edition = good(await desk.post("/v1/files", None), 202)["edition"]
    monkeypatch.setattr("registry_api.files.runner.make_edition", _wrong)
    for _ in range(4):
        assert not await runner(desk).step()
    assert good(await desk.get(f"/v1/files/{edition}"))["state"] == "failed"


async def _killed(*_: object) -> None:
    raise ConnectionError


async def _wrong(*_: object, **__: object) -> None:
    raise ValueError("a state that cannot be encoded")


async def test_the_manifest_counts_the_rows_of_its_own_audience(desk: Desk, tmp_path):
    zhengzhou, luoyang = await desk.firm(), await desk.firm("410300")
    for firm in (zhengzhou, zhengzhou, luoyang):
        await desk.lawyer(firm)
    left = await desk.lawyer(luoyang)
    ending = {"ground": "own-request", "ended_on": "2026-06-01"}
    await desk.done(f"/v1/lawyers/{left['lawyer_id']}/licence-end", ending)
    edition = await made(desk)
    firms = {"rows": 2, "by_region": {"410100": 1, "410300": 1}, "by_state": {"active": 2}}
    public = {"rows": 3, "by_region": {"410100": 2, "410300": 1}, "by_state": {"licensed": 3}}
    assert (await manifest(desk, edition))["counts"] == {"lawyers": public, "firms": firms}
    everything = {"rows": 4, "by_region": {"410100": 2, "410300": 2}, "by_state": {"licensed": 3, "unlicensed": 1}}
    assert (await manifest(desk, edition, "410000"))["counts"]["lawyers"] == everything
    own = {"rows": 2, "by_region": {"410300": 2}, "by_state": {"licensed": 1, "unlicensed": 1}}
    assert (await manifest(desk, edition, "410300"))["counts"]["lawyers"] == own
    path = tmp_path / "lawyers.ndjson.gz"
    path.write_bytes(await content(desk, edition, "lawyers.ndjson.gz"))
    assert counted(path).model_dump(mode="json") == public
