"""`yulu events`: watch and verify the feeds."""

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any

import httpx
import orjson
import typer
from common.feed_api import HttpFeed

from yulu.client import Unreachable, connect
from yulu.settings import SERVICES, ClientSettings
from yulu.verification import verify as verify_feed

app = typer.Typer(no_args_is_help=True, help="事件流：跟踪与核验。 / Event feeds: tail and verify.")

ServiceName = Annotated[str | None, typer.Option("--service", help="registry、discipline、rights 或 progress。")]


def _services(name: str | None) -> tuple[str, ...]:
    if name is not None and name not in SERVICES:
        raise typer.BadParameter(f"{name!r}: {', '.join(SERVICES)}", param_hint="--service")
    return SERVICES if name is None else (name,)


@app.command()
def tail(
    service: ServiceName = "registry",
    after: Annotated[int | None, typer.Option(help="从此位置之后开始。 / Start after this position.")] = None,
) -> None:
    """跟踪事件,Ctrl-C 结束。 / Follow events until Ctrl-C."""
    try:
        asyncio.run(_tail(_services(service)[0], after))
    except KeyboardInterrupt:
        typer.echo("", err=True)


async def _tail(service: str, after: int | None) -> None:
    async with connect(ClientSettings.load(), "internal-consumer", organisation_kind="system") as yulu:
        async for event in _stream(yulu.service(service).http, service, after):
            typer.echo(orjson.dumps(event).decode())


async def _stream(http: httpx.AsyncClient, service: str, after: int | None) -> AsyncIterator[Any]:
    """Server-sent events, resumed by Last-Event-ID whenever the connection breaks."""
    position = None if after is None else str(after)
    while True:
        headers = {"Accept": "text/event-stream"} | ({} if position is None else {"Last-Event-ID": position})
        try:
            async with http.stream(
                "GET", "/v1/events", headers=headers, timeout=httpx.Timeout(60, connect=5)
            ) as answer:
                answer.raise_for_status()
                async for line in answer.aiter_lines():
                    if line.startswith("id: "):
                        position = line[4:]
                    elif line.startswith("data: "):
                        yield orjson.loads(line[6:])
        except httpx.ConnectError as error:
            raise Unreachable(service, str(http.base_url)) from error
        except httpx.TransportError:
            await asyncio.sleep(1)


@app.command()
def verify(service: ServiceName = None) -> None:
    """核验事件流：连续、哈希链、每个对象的版本。 / Verify contiguity, hash chains and versions per key."""
    if not asyncio.run(_verify(_services(service))):
        raise typer.Exit(1)


async def _verify(services: tuple[str, ...]) -> bool:
    whole = True
    async with connect(ClientSettings.load(), "internal-consumer", organisation_kind="system") as yulu:
        for service in services:
            result = await verify_feed(f"{service}.events", HttpFeed(yulu.service(service).http))
            verdict = "完整 whole" if not result.faults else "有误 FAULTY"
            typer.echo(
                f"{result.topic:<18} {result.events:>9,} 事件 events, "
                f"{result.digests_only} 仅摘要 digests only: {verdict}"
            )
            for fault in result.faults[:20]:
                typer.echo(f"  {fault}", err=True)
            whole = whole and not result.faults
    return whole
