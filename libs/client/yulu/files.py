"""Whole-register files from outside: fetched, checked against their signed manifest, brought current by the changes.

A folder holds the files of one edition, `manifest.jws` and `keys.json`. `update` writes `lawyers.ndjson` and
`firms.ndjson` beside them, and `cursor` says up to where: the same bytes as a file made at that head.
"""

import asyncio
import csv
import gzip
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import orjson
import pyarrow.parquet as pq
from contracts.register_counts import RegisterCounts, Tally

from yulu.client import Service
from yulu.signatures import NotGenuine, signed_payload

MANIFEST, KEYS, CURSOR = "manifest.jws", "keys.json", "cursor"
KINDS: Final = ("lawyers", "firms")
_TYPE: Final = "yulu-files-manifest+jws"
_BLOCK: Final = 1 << 20
_PAGE: Final = 1_000
_POLL_SECONDS: Final = 0.5


class NothingThere(RuntimeError):
    """No edition in the registry, or none in the folder."""


@dataclass(slots=True)
class Check:
    """`faults` is empty where every file present is the one that was signed."""

    manifest: dict[str, Any]
    files: list[str] = field(default_factory=list)
    rows: int = 0
    faults: list[str] = field(default_factory=list)


class Changes(Protocol):
    async def get(self, path: str, **params: Any) -> Any: ...


def opened(token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest, if one of these keys has signed it."""
    return signed_payload(token, keys, typ=_TYPE, zh="文件清单", en="manifest of files")


async def order(registry: Service) -> str:
    """The edition, once it is complete. It is made even where the caller is cut off."""
    edition: dict[str, Any] = await registry.post("/v1/files")
    while edition["state"] == "queued":
        await asyncio.sleep(_POLL_SECONDS)
        edition = await registry.get(f"/v1/files/{edition['edition']}")
    if edition["state"] == "failed":
        raise NothingThere("生成失败,详见登记服务的日志。 / It could not be made; the registry's log says why.")
    return str(edition["edition"])


async def fetch(registry: Service, folder: Path, *, region: str | None, formats: Sequence[str]) -> Check:
    """The newest edition: public without a region, else the internal files of that region (410000: all)."""
    path = "/v1/public/files" if region is None else "/v1/files"
    listed = await registry.get(path, region=region)
    if not listed["editions"]:
        raise NothingThere("还没有生成文件。 / No edition has been made yet.")
    token = listed["editions"][0]["jws"]
    keys = await registry.get("/.well-known/jwks.json")
    manifest = opened(token, keys)
    base = f"{path}/{manifest['edition']}" + ("" if region is None else f"/{region}")
    await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
    for file in manifest["files"]:
        if file["format"] in formats:
            await _download(registry, f"{base}/{file['name']}", folder / file["name"])
    (folder / KEYS).write_bytes(orjson.dumps(keys))
    (folder / MANIFEST).write_text(token, encoding="ascii")
    (folder / CURSOR).unlink(missing_ok=True)
    return verify(folder)


async def _download(registry: Service, path: str, to: Path) -> None:
    part = to.with_name(f"{to.name}.part")
    async with registry.stream(path) as answer:
        with part.open("wb") as out:
            async for block in answer.aiter_bytes():
                out.write(block)
    part.replace(to)


def verify(folder: Path, keys: Mapping[str, Any] | None = None) -> Check:
    """Signature, length, digests, rows and counts of each file there is. `keys`: by default those fetched with them."""
    check = Check(_manifest(folder, keys))
    for file in check.manifest["files"]:
        path = folder / file["name"]
        if path.exists():
            check.files.append(file["name"])
            check.rows += file["rows"]
            faults = list(_faults(path, file)) or list(_miscounted(path, file, check.manifest))
            check.faults.extend(f"{file['name']}: {fault}" for fault in faults)
    if not check.files:
        check.faults.append("文件夹中没有清单所列的文件 / none of the files of the manifest is here")
    return check


def _manifest(folder: Path, keys: Mapping[str, Any] | None = None) -> dict[str, Any]:
    if not (folder / MANIFEST).exists():
        raise NothingThere(f"{folder}：没有 {MANIFEST}，请先下载。 / There is no {MANIFEST}: fetch the files first.")
    known = orjson.loads((folder / KEYS).read_bytes()) if keys is None else keys
    return opened((folder / MANIFEST).read_text(encoding="ascii"), known)


def _faults(path: Path, stated: Mapping[str, Any]) -> Iterator[str]:
    if path.stat().st_size != stated["bytes"]:
        yield f"应有 {stated['bytes']} 字节 / should have {stated['bytes']} bytes"
        return
    for algorithm in ("sha256", "sm3"):
        digest = hashlib.new(algorithm)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
        if digest.hexdigest() != stated[algorithm]:
            yield f"{algorithm} 不符 / does not match"
            return
    if (rows := _rows(path)) != stated["rows"]:
        yield f"应有 {stated['rows']} 行，实有 {rows} 行 / should have {stated['rows']} rows, has {rows}"


def _miscounted(path: Path, file: Mapping[str, Any], manifest: Mapping[str, Any]) -> Iterator[str]:
    """Manifests made before have no `counts`."""
    if "counts" in manifest and file["format"] == "ndjson.gz":
        stated = manifest["counts"][file["kind"]]
        if counted(path).model_dump(mode="json") != stated:
            yield "分地区、分状态的行数与清单不符 / rows by region or state are not those of the manifest"


def counted(path: Path) -> RegisterCounts:
    """The rows of an NDJSON file, packed or plain. Raises ValueError and KeyError of what is none."""
    tally = Tally()
    tally.add(orjson.loads(line) for line in _lines(path))
    return tally.counts


def _rows(path: Path) -> int:
    if path.suffix == ".parquet":
        return int(pq.read_metadata(path).num_rows)
    if ".ndjson" in path.name:
        return sum(1 for _ in _lines(path))
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rt", encoding="utf-8-sig", newline="") as text:
        return sum(1 for _ in csv.reader(text)) - 1


async def update(registry: Changes, folder: Path) -> dict[str, int]:
    """Applies what has changed since; how many rows each file has now."""
    manifest = _manifest(folder)
    mark = folder / CURSOR
    cursor = mark.read_text(encoding="ascii") if mark.exists() else manifest["cursor"]
    changed, cursor = await changes_since(registry, cursor, schema=manifest["record_schema"])
    counts = {}
    for kind in KINDS:
        if not (folder / f"{kind}.ndjson.gz").exists():
            raise NothingThere(f"{kind}.ndjson.gz：请先下载此格式。 / Fetch the files in this format first.")
        base = folder / f"{kind}.ndjson" if mark.exists() else folder / f"{kind}.ndjson.gz"
        fresh = folder / f"{kind}.ndjson.part"
        with fresh.open("wb") as out:
            counts[kind] = 0
            for line in applied(_lines(base), changed[kind]):
                out.write(line)
                counts[kind] += 1
    for kind in KINDS:
        (folder / f"{kind}.ndjson.part").replace(folder / f"{kind}.ndjson")
    # Last: a process killed before begins again at the old mark, and finds that nothing is older than what it holds.
    mark.write_text(cursor, encoding="ascii")
    return counts


async def changes_since(
    registry: Changes, cursor: str, *, schema: int
) -> tuple[dict[str, dict[str, dict[str, Any]]], str]:
    """The last record or tombstone of everything that has changed, by kind and id; and where to go on."""
    latest: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
    while True:
        page = await registry.get("/v1/changes", after=cursor, limit=_PAGE)
        if page["record_schema"] != schema:
            raise NotGenuine("记录的模式已变，请重新下载。 / The schema of records has changed: fetch the files anew.")
        for change in page["changes"]:
            if (record := change.get("record")) is None:
                continue  # what changes no record, such as a suspension
            known = latest[f"{record['kind']}s"]
            held = known.get(record["id"])
            if held is None or held["version"] < record["version"]:
                known[record["id"]] = record
        cursor = page["next"]
        if not page["more"]:
            return latest, cursor


def applied(lines: Iterable[bytes], changed: Mapping[str, Mapping[str, Any]]) -> Iterator[bytes]:
    """Both in the order of ids, so that a file of any length passes through; only a higher version replaces a row."""
    waiting = sorted(changed.items(), reverse=True)
    for line in lines:
        row = orjson.loads(line)
        while waiting and waiting[-1][0] < row["id"]:
            yield from _line(waiting.pop()[1])
        if waiting and waiting[-1][0] == row["id"]:
            record = waiting.pop()[1]
            if record["version"] > row["version"]:
                yield from _line(record)
                continue
        yield line
    while waiting:
        yield from _line(waiting.pop()[1])


def _line(record: Mapping[str, Any]) -> Iterator[bytes]:
    if not record.get("gone"):
        yield orjson.dumps(record) + b"\n"


def _lines(path: Path) -> Iterator[bytes]:
    opening = gzip.open if path.suffix == ".gz" else open
    with opening(path, "rb") as lines:
        yield from lines
