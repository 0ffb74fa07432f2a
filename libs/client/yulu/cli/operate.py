"""`yulu parked` and `yulu progress`: what an operator does."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from yulu.client import Service, Yulu, connect
from yulu.settings import ClientSettings

parked = typer.Typer(no_args_is_help=True, help="搁置的事件。 / Parked events.")
positions = typer.Typer(no_args_is_help=True, help="消费位置：停止的分区。 / Positions of consumers.")
progress = typer.Typer(no_args_is_help=True, help="进展库：重建与比对。 / The progress store: rebuild and compare.")

CONSUMERS = ("progress", "registry", "discipline", "exchange")
"""Services in whose databases a consumer stands."""

Where = Annotated[
    str, typer.Option("--service", help="消费方:progress、registry、discipline 或 exchange。 / The consumer.")
]
Reason = Annotated[str, typer.Option(help="理由，记入审计。 / Reason, kept for audit.")]


def _consumer(yulu: Yulu, name: str) -> Service:
    if name not in CONSUMERS:
        raise typer.BadParameter(f"{name!r}: {', '.join(CONSUMERS)}", param_hint="--service")
    return yulu.service(name)


@parked.command("list")
def list_parked(service: Where = "progress", state: str = "parked") -> None:
    """列出搁置的事件。 / List parked events."""

    async def run() -> None:
        async with connect(ClientSettings.load(), "operator") as yulu:
            found = 0
            async for item in _consumer(yulu, service).pages("/v1/parked", state=state):
                found += 1
                typer.echo(
                    f"{item['parked_id']}  {item['topic']}/{item['partition']}@{item['seq']}  {item['event_type']}  "
                    f"{item['error']}"
                )
            typer.echo(f"{found} 条 / events", err=True)

    asyncio.run(run())


def _resolve(service: str, parked_id: str, verb: str, reason: str) -> None:
    async def run() -> None:
        async with connect(ClientSettings.load(), "operator") as yulu:
            body = await _consumer(yulu, service).post(f"/v1/parked/{parked_id}/{verb}", {"reason": reason})
            typer.echo(str(body))

    asyncio.run(run())


@parked.command()
def redrive(parked_id: str, reason: Reason, service: Where = "progress") -> None:
    """重新处理该事件及其同键的后续事件。 / Apply it and its key's later events again, in order."""
    _resolve(service, parked_id, "redrive", reason)


@parked.command()
def discard(parked_id: str, reason: Reason, service: Where = "progress") -> None:
    """放弃该事件。 / Discard it."""
    _resolve(service, parked_id, "discard", reason)


@positions.command("list")
def list_positions(service: Where = "progress") -> None:
    """列出已停止的分区。 / List partitions that have stopped."""

    async def run() -> None:
        async with connect(ClientSettings.load(), "operator") as yulu:
            found = [each for each in await _consumer(yulu, service).get("/v1/positions") if each["stopped"]]
            for each in found:
                typer.echo(f"{each['topic']}/{each['partition']}@{each['last_seq']}  {each['stopped']}")
            typer.echo(f"{len(found)} 个分区已停止 / partitions have stopped", err=True)

    asyncio.run(run())


@positions.command()
def adopt(
    reason: Reason,
    restored: Annotated[
        Path,
        typer.Option("--from", exists=True, dir_okay=False, help="恢复报告 restored.json。 / The restore's report."),
    ],
    service: Where = "progress",
) -> None:
    """因分叉停止的分区改从恢复后的事件流继续；进展库随后应重建。 / Go on from the restored feed after a fork."""
    heads = _heads_of(restored)

    async def run() -> None:
        async with connect(ClientSettings.load(), "operator") as yulu:
            consumer, adopted = _consumer(yulu, service), 0
            for each in await consumer.get("/v1/positions"):
                if not (each["stopped"] or "").startswith("fork"):
                    continue
                topic, partition = each["topic"], each["partition"]
                if topic not in heads:
                    raise typer.BadParameter(f"{restored}: 其中没有 {topic} / does not tell of it", param_hint="--from")
                seq, partition_hash = heads[topic][partition]
                told = await consumer.post(
                    f"/v1/positions/{topic}/{partition}/adoption",
                    {"reason": reason, "seq": seq, "partition_hash": partition_hash},
                )
                adopted += 1
                beyond = told["applied_beyond"]
                typer.echo(f"{topic}/{partition}: 从 {seq} 继续，已处理而不复存在 {'—' if beyond is None else beyond}")
            typer.echo(f"已采用 {adopted} 个分区 / partitions adopted", err=True)

    asyncio.run(run())


def _heads_of(restored: Path) -> dict[str, list[tuple[int, str]]]:
    """Topic → by partition the last event of the restored feed."""
    try:
        told = orjson.loads(restored.read_bytes())
        return {f"{each['name']}.events": each["heads"] for each in told["databases"] if each["heads"]}
    except (ValueError, KeyError, TypeError) as error:
        raise typer.BadParameter(
            f"{restored}: 不是恢复报告 / not the report of a restore", param_hint="--from"
        ) from error


@progress.command()
def rebuild(
    switch: Annotated[bool, typer.Option(help="比对后启用重建的库。 / Switch to the rebuilt store.")] = False,
) -> None:
    """由事件流重建进展库，并与现库逐行比对。 / Rebuild from the feeds and compare row for row."""
    _report(asyncio.run(_rebuild(switch=switch)))


@progress.command()
def compare() -> None:
    """重建一份并比对，不切换。 / Rebuild beside the live store and compare, without switching."""
    _report(asyncio.run(_rebuild(switch=False)))


async def _rebuild(*, switch: bool, timeout: float = 900) -> dict[str, Any]:
    async with connect(ClientSettings.load(), "operator") as yulu:
        request = await yulu.progress.post("/v1/rebuilds", {"switch": switch})
        deadline = time.monotonic() + timeout
        while True:
            state: dict[str, Any] = await yulu.progress.get(f"/v1/rebuilds/{request['rebuild_id']}")
            if state["state"] in ("done", "failed") or time.monotonic() > deadline:
                return state
            await asyncio.sleep(0.5)


def _report(state: dict[str, Any]) -> None:
    if state["state"] != "done":
        typer.echo(f"未完成 / not done: {state['state']} {state.get('error') or ''}", err=True)
        raise typer.Exit(1)
    typer.echo(
        f"重建 rebuilt from {state['events']:,} 登记事件 registry events (其他流不计数 other feeds uncounted); "
        f"不同的行 differing rows: {state['differing_rows']}"
    )
    for difference in (state.get("differences") or [])[:20]:
        typer.echo(f"  {difference}", err=True)
    if state["differing_rows"]:
        raise typer.Exit(1)
