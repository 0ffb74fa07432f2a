"""`yulu disclosures`: the log of what was published, kept an eye on from outside."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from yulu import disclosure_log
from yulu.client import connect
from yulu.settings import ClientSettings
from yulu.transparency import KeptHead, check_record, read_json, read_proof

app = typer.Typer(no_args_is_help=True, help="公示与公示日志。 / Disclosures and the log of them.")

HeadFile = Annotated[Path, typer.Argument(dir_okay=False, help="保存树头的文件。 / File of the head.")]
KeptFile = typer.Option("--head", exists=True, dir_okay=False, help="保存的树头。 / A head that was kept.")
Keys = Annotated[
    Path | None,
    typer.Option("--keys", exists=True, dir_okay=False, help="另行取得的公钥（JWKS）。 / Keys from elsewhere (JWKS)."),
]


@app.command()
def head(file: HeadFile, keys: Keys = None) -> None:
    """取得并保存树头，证明其接续已存的树头。 / Fetch and keep a head, proven to continue the one in the file."""

    async def run() -> KeptHead:
        async with connect(ClientSettings.load()) as yulu:
            trusted = None if keys is None else read_json(keys)
            if not await asyncio.to_thread(file.exists):
                return await disclosure_log.fetch_head(yulu.discipline, trusted)
            return await disclosure_log.watch_log(yulu.discipline, KeptHead.load(file), trusted)

    kept = asyncio.run(run())
    kept.save(file)
    _show(kept)


@app.command("watch-log")
def watch_log(kept: Annotated[list[Path], KeptFile], keys: Keys = None) -> None:
    """证明现在的日志以保存的各树头为开头。 / Prove that the present log begins with each of the heads kept."""

    async def run() -> None:
        async with connect(ClientSettings.load()) as yulu:
            trusted = None if keys is None else read_json(keys)
            for path in kept:
                now = await disclosure_log.watch_log(yulu.discipline, KeptHead.load(path), trusted)
                typer.echo(f"{path}: 一致 consistent")
            _show(now)

    asyncio.run(run())


@app.command()
def proof(
    record_id: Annotated[str, typer.Argument(help="公示编号。 / Id of the record.")],
    kept: Annotated[Path, KeptFile],
    folder: Annotated[Path, typer.Option(file_okay=False, help="存放的文件夹。 / Folder of the two files.")] = Path(),
) -> None:
    """下载记录原文及其对应保存的树头的证明。 / Fetch a record as it is, and its proof against the kept head."""

    async def run() -> None:
        async with connect(ClientSettings.load()) as yulu:
            size = KeptHead.load(kept).head.tree_size
            record, proven = await disclosure_log.fetch_record(yulu.discipline, record_id, size)
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        for name, content in ((f"{record_id}.json", record), (f"{record_id}.proof.json", proven)):
            (folder / name).write_bytes(content)
            typer.echo(str(folder / name))

    asyncio.run(run())


@app.command()
def verify(
    record: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="记录原文。 / The record, as it came.")],
    proof_file: Annotated[Path, typer.Option("--proof", exists=True, dir_okay=False, help="证明。 / Its proof.")],
    kept: Annotated[Path, KeptFile],
) -> None:
    """离线核验：记录正是树头所示日志承诺的内容。 / Offline: the record is what the log of this head commits to."""
    proven, against = read_proof(read_json(proof_file)), KeptHead.load(kept)
    check_record(record.read_bytes(), proven, against.head)
    typer.echo(f"{proven.leaf.change} {proven.leaf.at}  #{proven.leaf.leaf_index}")
    typer.echo("与日志相符 as the log commits to")


@app.command()
def audit(
    kept: Annotated[list[Path] | None, KeptFile] = None,
    keys: Keys = None,
) -> None:
    """由全部条目重算日志，并核对每条公示。 / Recompute the log from all leaves and check every record."""

    async def run() -> disclosure_log.Audit:
        async with connect(ClientSettings.load()) as yulu:
            trusted = None if keys is None else read_json(keys)
            return await disclosure_log.audit(yulu.discipline, [KeptHead.load(path) for path in kept or ()], trusted)

    done = asyncio.run(run())
    typer.echo(
        f"{done.leaves:,} 条目 leaves, {done.shown:,} 公示中 on display, {done.gone:,} 已终止 gone; "
        f"{done.head.at.isoformat()}"
    )
    for fault in done.faults:
        typer.echo(f"  {fault}", err=True)
    typer.echo("有误 FAULTY" if done.faults else "完整 whole")
    if done.faults:
        raise typer.Exit(1)


def _show(kept: KeptHead) -> None:
    typer.echo(f"{kept.head.tree_size:,} 条目 leaves  {kept.head.root.hex()}  {kept.head.at.isoformat()}")
