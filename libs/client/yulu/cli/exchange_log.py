"""`yulu exchange-log`: a service's log of calls by systems, read, verified, its head kept."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated

import orjson
import typer

from yulu import exchange_log
from yulu.client import Yulu, connect
from yulu.settings import SERVICES, ClientSettings

app = typer.Typer(no_args_is_help=True, help="交换日志：系统间调用的记录与核验。 / The log of calls by systems.")

Of = Annotated[str, typer.Option("--service", help="、".join(SERVICES))]
Own = Annotated[bool, typer.Option("--own", help="以系统客户端身份，仅限自身部分。 / As a system: its own part.")]


def _connected(*, own: bool) -> AbstractAsyncContextManager[Yulu]:
    settings = ClientSettings.load()
    return connect(settings, "stream-client", organisation_kind="system") if own else connect(settings, "auditor")


def _checked(service: str) -> str:
    if service not in SERVICES:
        raise typer.BadParameter(f"{service!r}: {', '.join(SERVICES)}", param_hint="--service")
    return service


@app.command()
def head(
    out: Annotated[Path, typer.Argument(dir_okay=False, help="写入的文件。 / File to write.")],
    service: Of = "registry",
    *,
    own: Own = False,
) -> None:
    """留存此刻签名的链首。 / Keep the signed head of this moment."""

    async def run() -> tuple[int, str]:
        async with _connected(own=own) as yulu:
            found = await yulu.service(_checked(service)).get("/v1/exchange-log/head")
            return found["seq"], found["jws"]

    seq, token = asyncio.run(run())
    out.write_text(token + "\n", encoding="ascii")
    typer.echo(f"{seq:,}")


@app.command()
def verify(
    service: Of = "registry",
    head: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="此前留存的链首。 / A head kept earlier.")
    ] = None,
    *,
    own: Own = False,
) -> None:
    """逐条重算哈希链；给出留存的链首时与之比对。 / Compute the chain anew; compare it with a head kept earlier."""

    async def run() -> exchange_log.LogCheck:
        async with _connected(own=own) as yulu:
            kept = None if head is None else head.read_text(encoding="ascii")
            return await exchange_log.check(yulu.service(_checked(service)), kept)

    found = asyncio.run(run())
    typer.echo(
        f"{found.entries:,} 条 entries, 期满删除 deleted after their term {found.pruned:,}: "
        f"{'完整 whole' if not found.faults else '有误 FAULTY'}"
    )
    for fault in found.faults:
        typer.echo(f"  {fault}", err=True)
    if found.faults:
        raise typer.Exit(1)


@app.command()
def mine(service: Of = "registry") -> None:
    """列出自身的调用。 / List one's own calls."""

    async def run() -> None:
        async with _connected(own=True) as yulu:
            async for item in yulu.service(_checked(service)).pages("/v1/exchange-log", limit=200):
                entry = orjson.loads(item["entry"])
                typer.echo(
                    f"{item['seq']:>8}  {entry['at']}  {entry['status']}  {entry['operation']}  {entry['phase']}"
                )

    asyncio.run(run())
