"""`yulu audit`: the audit log of discipline, verified, and its head kept."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from yulu import audit
from yulu.client import connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="审计日志：核验与留存链首。 / The audit log of discipline.")


@app.command()
def verify(
    head: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="此前留存的链首。 / A head kept earlier.")
    ] = None,
) -> None:
    """逐条重算哈希链；给出留存的链首时与之比对。 / Compute the chain anew; compare it with a head kept earlier."""

    async def run() -> audit.AuditCheck:
        async with connect(ClientSettings.load(), "auditor") as yulu:
            return await audit.check(yulu.discipline, None if head is None else head.read_text(encoding="ascii"))

    found = asyncio.run(run())
    typer.echo(f"{found.entries:,} 条 entries: {'完整 whole' if not found.faults else '有误 FAULTY'}")
    for fault in found.faults:
        typer.echo(f"  {fault}", err=True)
    if found.faults:
        raise typer.Exit(1)


@app.command()
def head(out: Annotated[Path, typer.Argument(dir_okay=False, help="写入的文件。 / File to write.")]) -> None:
    """留存当日签名的链首。 / Keep the signed head of the day."""

    async def run() -> tuple[str, str]:
        async with connect(ClientSettings.load(), "auditor") as yulu:
            found = await yulu.discipline.get("/v1/audit/head")
            return f"{found['day']}: {found['seq']:,}", found["jws"]

    said, token = asyncio.run(run())
    out.write_text(token + "\n", encoding="ascii")
    typer.echo(said)
