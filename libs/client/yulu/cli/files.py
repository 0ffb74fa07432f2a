"""`yulu files`: whole-register files fetched, verified and kept current."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated

import typer

from yulu import files
from yulu.client import Yulu, connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="全量文件：下载、核验、更新。 / Whole-register files.")

FORMATS = ("csv", "csv.gz", "ndjson.gz", "parquet")
Folder = Annotated[Path, typer.Argument(file_okay=False, help="存放的文件夹。 / Folder of the files.")]
Region = Annotated[
    str | None,
    typer.Option(
        help="内部文件的地区，410000 为全省；缺省为公开文件。 / Internal files of this region; default: public."
    ),
]


def _connected(region: str | None) -> AbstractAsyncContextManager[Yulu]:
    settings = ClientSettings.load()
    if region is None:
        return connect(settings)
    kind = "department" if region == "410000" else "bureau"
    return connect(settings, "registry-officer", region=region, organisation_kind=kind)


@app.command()
def order() -> None:
    """请省厅生成一版新文件，等到完成。 / Have a new edition made, and wait for it; for officers of the department."""

    async def run() -> str:
        async with _connected("410000") as yulu:
            return await files.order(yulu.registry)

    typer.echo(asyncio.run(run()))


@app.command()
def fetch(
    folder: Folder,
    region: Region = None,
    form: Annotated[list[str] | None, typer.Option("--format", help=", ".join(FORMATS))] = None,
) -> None:
    """下载最新一版并核验。 / Fetch the newest edition and verify it."""
    for name in form or ():
        if name not in FORMATS:
            raise typer.BadParameter(f"{name!r}: {', '.join(FORMATS)}", param_hint="--format")

    async def run() -> files.Check:
        async with _connected(region) as yulu:
            return await files.fetch(yulu.registry, folder, region=region, formats=form or ["ndjson.gz"])

    _show(asyncio.run(run()))


@app.command()
def verify(folder: Folder) -> None:
    """核验签名、字节数、摘要与行数。 / Verify signature, lengths, digests and rows."""
    _show(files.verify(folder))


@app.command()
def update(folder: Folder, region: Region = None) -> None:
    """应用其后的变更，写出 lawyers.ndjson 与 firms.ndjson。 / Apply the changes since; write NDJSON files."""

    async def run() -> dict[str, int]:
        async with _connected(region) as yulu:
            return await files.update(yulu.registry, folder)

    for kind, rows in asyncio.run(run()).items():
        typer.echo(f"{kind}.ndjson: {rows:,} 行 rows")


def _show(check: files.Check) -> None:
    typer.echo(f"{check.manifest['edition']}  {check.manifest['created_at']}  {check.manifest['audience']}")
    for name in check.files:
        typer.echo(f"  {name}")
    for fault in check.faults:
        typer.echo(f"  {fault}", err=True)
    typer.echo("有误 FAULTY" if check.faults else "完整，签名有效 whole, and the signature holds")
    if check.faults:
        raise typer.Exit(1)
