"""`yulu deliveries`: register files given to a connected system, and its answers."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer

from yulu import deliveries
from yulu.client import Yulu, connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="文件交换：交付与对账回执。 / Register files given to systems.")


def _connected() -> AbstractAsyncContextManager[Yulu]:
    return connect(ClientSettings.load(), "stream-client", organisation_kind="system")


@app.command("list")
def listed(
    state: Annotated[
        str | None, typer.Option(help="awaited、late、reconciled、different、settled；缺省为全部。 / Default: all.")
    ] = None,
) -> None:
    """列出本系统的文件交付，最近的在前。 / One's own deliveries, the newest ahead."""

    async def run() -> None:
        async with _connected() as yulu:
            async for line in yulu.service("exchange").pages("/v1/file-deliveries", state=state):
                typer.echo(
                    f"{line['delivery_id']}  {line['period']}  {line['resource_zh']}  {line['rows']:,} 行 rows  "
                    f"{line['state_zh']} {line['state']}"
                )

    asyncio.run(run())


@app.command()
def acknowledge(
    delivery: Annotated[UUID, typer.Argument(help="交付编号。 / Id of the delivery.")],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, help="下载的 .ndjson.gz 或 .ndjson。 / The downloaded file.")
    ],
) -> None:
    """自行清点下载的文件并回执。 / Count a downloaded file, and answer with the counts."""

    async def run() -> None:
        async with _connected() as yulu:
            answered = await deliveries.acknowledge(yulu.service("exchange"), str(delivery), file)
        for found in answered["differences"]:
            where = f"{found['dimension_zh']} {found['code_zh'] or ''}".strip()
            typer.echo(f"  {where}: {found['ours']:,} / {found['theirs']:,} 行 rows", err=True)
        typer.echo(f"{answered['line']['state_zh']} {answered['line']['state']}")
        if answered["differences"]:
            raise typer.Exit(1)

    asyncio.run(run())
