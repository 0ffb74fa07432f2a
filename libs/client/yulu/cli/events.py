"""`yulu events`: watch and verify the feeds."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from common.feed_api import HttpFeed
from contracts.exchange_events import FEED_PREFIX

from yulu.client import connect
from yulu.exchange_log import KEYS
from yulu.feed_file import export as export_range
from yulu.feed_file import kept_heads, verify_file
from yulu.following import followed
from yulu.settings import SERVICES, ClientSettings
from yulu.verification import Verification
from yulu.verification import verify as verify_feed

app = typer.Typer(no_args_is_help=True, help="事件流：跟踪与核验。 / Event feeds: tail and verify.")

ServiceName = Annotated[
    str | None, typer.Option("--service", help="registry、discipline、rights、progress 或 exchange。")
]


def _services(name: str | None) -> tuple[str, ...]:
    if name is not None and name not in SERVICES:
        raise typer.BadParameter(f"{name!r}: {', '.join(SERVICES)}", param_hint="--service")
    return SERVICES if name is None else (name,)


@app.command()
def tail(
    service: Annotated[
        list[str] | None, typer.Option("--service", help="只看这些服务,可重复。 / Of these services only, repeatable.")
    ] = None,
    after: Annotated[
        str, typer.Option(help="游标、now 或 start。 / A cursor, `now`, or `start`: from the first event.")
    ] = "now",
) -> None:
    """跟踪全部服务的事件,每行带游标,Ctrl-C 结束。 / Follow events, each line with its cursor, until Ctrl-C."""
    sources = [f"{name}.events" for each in service or () for name in _services(each)]
    try:
        asyncio.run(_tail(sources, None if after == "start" else after))
    except KeyboardInterrupt:
        typer.echo("", err=True)


async def _tail(sources: list[str], after: str | None) -> None:
    def ended(why: dict[str, Any]) -> None:
        typer.echo(f"{why['zh']} / {why['en']}", err=True)

    async for event in followed(ClientSettings.load(), sources, after, ended=ended):
        typer.echo(orjson.dumps(event).decode())


After = Annotated[int, typer.Option(min=0, help="从此位置之后开始。 / Begin after this position.")]
To = Annotated[int | None, typer.Option(min=1, help="至此位置为止。 / End at this position.")]


@app.command()
def verify(service: ServiceName = None, after: After = 0, to: To = None) -> None:
    """核验事件流或其任一区间：连续、哈希链、版本、每小时签名的末端。 / Verify a feed, or any range of one."""
    services = _services(service)
    if (after or to is not None) and len(services) > 1:
        raise typer.BadParameter("区间只属于一个服务 / a range is of one service", param_hint="--service")
    if to is not None and to <= after:
        raise typer.BadParameter("应大于 --after / must be greater than --after", param_hint="--to")
    if not asyncio.run(_verify(services, after, to)):
        raise typer.Exit(1)


def _prefix(service: str) -> str:
    return FEED_PREFIX if service == "exchange" else "/v1"


async def _verify(services: tuple[str, ...], after: int, to: int | None) -> bool:
    whole = True
    async with connect(ClientSettings.load(), "feed-verifier", organisation_kind="system") as yulu:
        for name in services:
            service, prefix = yulu.service(name), _prefix(name)
            kept = await kept_heads(service, prefix, await service.get(KEYS))
            result = await verify_feed(
                f"{name}.events",
                HttpFeed(service.http, prefix=prefix),
                after=after,
                to=to,
                kept={head.position: bytes.fromhex(head.content["hash"]) for head in kept},
            )
            whole = _tell(result, f"{len(kept)} 小时签名 signed hours") and whole
    return whole


def _tell(result: Verification, more: str) -> bool:
    verdict = "完整 whole" if not result.faults else "有误 FAULTY"
    typer.echo(
        f"{result.topic:<18} {result.events:>9,} 事件 events, "
        f"{result.digests_only} 仅摘要 digests only, {more}: {verdict}"
    )
    for fault in result.faults[:20]:
        typer.echo(f"  {fault}", err=True)
    return not result.faults


@app.command()
def export(
    file: Annotated[Path, typer.Argument(dir_okay=False, help="写入的文件。 / File to write.")],
    service: ServiceName = "registry",
    after: After = 0,
    to: To = None,
) -> None:
    """导出一个可离线核验的区间(NDJSON)。 / Export a range that can be verified offline."""
    key_id = asyncio.run(_export(file, _services(service)[0], after, to))
    typer.echo(f"{file}  密钥 key id: {key_id}")


async def _export(file: Path, name: str, after: int, to: int | None) -> str:
    async with connect(ClientSettings.load(), "feed-verifier", organisation_kind="system") as yulu:
        service = yulu.service(name)
        keys = await service.get(KEYS)
        lines = export_range(service, f"{name}.events", prefix=_prefix(name), after=after, to=to, keys=keys)
        draft = file.with_name(f".{file.name}.part")
        with draft.open("wb") as out:
            async for line in lines:
                out.write(line)
        draft.replace(file)
        return str(keys["keys"][0]["kid"])


@app.command("verify-file")
def verify_exported(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="导出的文件。 / An exported file.")],
    key_id: Annotated[str, typer.Option("--key-id", help="签名密钥的指纹，另行获得。 / The key's thumbprint.")],
) -> None:
    """离线核验导出的区间，不用网络。 / Verify an exported range without a network."""
    result, head, first = verify_file(file, key_id)
    typer.echo(f"({first['after']:,}, {first['to']:,}]  签名 signed {head.content['hour']} @ {head.position:,}")
    if not _tell(result, "离线 offline"):
        raise typer.Exit(1)
