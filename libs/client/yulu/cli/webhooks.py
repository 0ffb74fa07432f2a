"""`yulu webhooks`: addresses to which events are pushed; with a system's own YULU_TOKEN, else as an operator."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer

from yulu.client import Service, connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="推送：登记、密钥、记录、重发、恢复。 / Webhooks.")

Hook = Annotated[str, typer.Argument(help="推送地址编号。 / Id of the webhook.")]


@asynccontextmanager
async def _exchange() -> AsyncIterator[Service]:
    async with connect(ClientSettings.load(), "operator") as yulu:
        yield yulu.exchange


def _run(work: Callable[[Service], Awaitable[None]]) -> None:
    async def run() -> None:
        async with _exchange() as exchange:
            await work(exchange)

    asyncio.run(run())


@app.command("list")
def listed() -> None:
    """推送地址及其进度。 / Webhooks, and how far each has come."""

    async def work(exchange: Service) -> None:
        async for hook in exchange.pages("/v1/webhooks"):
            status = await exchange.get(f"/v1/webhooks/{hook['webhook_id']}/status")
            cause = f" ({hook['cause']})" if hook["cause"] else ""
            typer.echo(
                f"{hook['webhook_id']}  {hook['state']}{cause}  待推送 pending {status['pending']:,}  "
                f"熔断 circuit {status['circuit']}  {hook['url']}"
            )

    _run(work)


@app.command()
def add(  # noqa: PLR0917 -- typer passes them by name
    url: Annotated[str, typer.Argument(help="https 地址。 / https address.")],
    client: Annotated[str | None, typer.Option(help="接入系统编号，运维代办时须给出。 / For which system.")] = None,
    types: Annotated[list[str] | None, typer.Option("--type", help="事件类型，可多次。 / Event type.")] = None,
    regions: Annotated[list[str] | None, typer.Option("--region", help="地区，可多次。 / Region.")] = None,
    keys: Annotated[list[str] | None, typer.Option("--key", help="对象编号，可多次。 / Key.")] = None,
    signature: Annotated[str, typer.Option(help="hmac-sha256 或 ed25519。")] = "hmac-sha256",
    after: Annotated[str, typer.Option(help="now、first 或游标。 / now, first or a cursor.")] = "now",
) -> None:
    """登记推送地址；密钥只显示这一次。 / Register one; its secret is shown this once."""

    async def work(exchange: Service) -> None:
        made = await exchange.post(
            "/v1/webhooks",
            {
                "url": url, "client_id": client, "types": types or [], "regions": regions or [], "keys": keys or [],
                "signature": signature, "after": after,
            },
        )  # fmt: skip
        _show_secret(made)

    _run(work)


@app.command()
def rotate(webhook: Hook) -> None:
    """更新密钥，新旧密钥并用若干天。 / Another secret; the former one signs too for some days."""

    async def work(exchange: Service) -> None:
        made = await exchange.post(f"/v1/webhooks/{webhook}/rotate")
        _show_secret(made)
        typer.echo(f"原密钥签名至 / the former one signs until: {made['former_until']}")

    _run(work)


@app.command("test")
def send_test(
    webhook: Hook, seconds: Annotated[int, typer.Option(help="等待结果至多几秒。 / Wait so long.")] = 30
) -> None:
    """测试推送并等待结果，失败则退出码为 1。 / Send a test and wait for its outcome; status 1 where it failed."""

    async def work(exchange: Service) -> None:
        sent = (await exchange.post(f"/v1/webhooks/{webhook}/test"))["delivery_id"]
        for _ in range(seconds * 2):
            page = await exchange.get(f"/v1/webhooks/{webhook}/deliveries", limit=200)
            found = [item for item in page["items"] if item["delivery_id"] == sent and item["state"] != "waiting"]
            if found:
                typer.echo(_line(found[0]))
                raise typer.Exit(0 if found[0]["state"] == "delivered" else 1)
            await asyncio.sleep(0.5)
        typer.echo("尚无结果，webhook-dispatcher 是否在运行？ / No outcome: is webhook-dispatcher running?", err=True)
        raise typer.Exit(1)

    _run(work)


@app.command()
def deliveries(
    webhook: Hook,
    state: Annotated[str | None, typer.Option(help="waiting、delivered、failed…")] = None,
    most: Annotated[int, typer.Option(help="至多几条，由新到旧。 / At most; newest first.")] = 50,
) -> None:
    """推送记录。 / The log."""

    async def work(exchange: Service) -> None:
        shown = 0
        async for item in exchange.pages(f"/v1/webhooks/{webhook}/deliveries", state=state):
            if shown == most:
                break
            shown += 1
            typer.echo(_line(item))

    _run(work)


@app.command()
def resend(
    webhook: Hook,
    delivery: Annotated[str | None, typer.Option(help="推送编号。 / Id of one delivery.")] = None,
    start: Annotated[str | None, typer.Option(help="或起始时间。 / Or from this time on.")] = None,
    end: Annotated[str | None, typer.Option(help="与截止时间。 / Until before this time.")] = None,
) -> None:
    """重新推送一条或一段时间的。 / Send one, or those of a range of time, again."""

    async def work(exchange: Service) -> None:
        given = {"delivery_id": delivery, "start": start, "end": end}
        body = {name: value for name, value in given.items() if value is not None}
        answer = await exchange.post(f"/v1/webhooks/{webhook}/resend", body)
        typer.echo(f"{answer['deliveries']:,} 条 / deliveries")

    _run(work)


@app.command()
def resume(
    webhook: Hook,
    after: Annotated[
        str | None, typer.Option(help="从该游标之后；默认从停止处。 / After this cursor; default: where it stopped.")
    ] = None,
) -> None:
    """恢复推送。 / Go on."""

    async def work(exchange: Service) -> None:
        hook = await exchange.post(f"/v1/webhooks/{webhook}/resume", {} if after is None else {"after": after})
        typer.echo(f"{hook['webhook_id']}  {hook['state']}")

    _run(work)


@app.command("give-up")
def give_up(
    webhook: Hook,
    delivery: Annotated[str, typer.Argument(help="推送编号。 / Id of the delivery.")],
    reason: Annotated[str, typer.Option(help="理由，记入审计。 / Reason, kept for audit.")],
) -> None:
    """放弃一条推送，其对象的后续事件继续。 / Let one go; what follows it goes on."""

    async def work(exchange: Service) -> None:
        await exchange.post(f"/v1/webhooks/{webhook}/deliveries/{delivery}/give-up", {"reason": reason})
        typer.echo(f"{delivery}  given-up")

    _run(work)


def _show_secret(made: dict[str, Any]) -> None:
    typer.echo(f"{made['webhook_id']}  {made['state']}  {made['url']}")
    typer.echo(f"{made['secret']}")
    typer.echo("密钥不再显示，请妥善保存。 / It is not shown again: keep it safe.", err=True)


def _line(item: dict[str, Any]) -> str:
    place = "测试 test" if item["source"] is None else f"{item['source']}@{item['position']}"
    tries = " ".join(
        f"[{each['attempt']} {each['at'][:19]} {each['reason']}"
        f"{'' if each['status_class'] is None else ' ' + str(each['status_class']) + 'xx'} {each['duration_ms']} ms]"
        for each in item["attempts"]
    )
    return f"{item['delivery_id']}  {place}  {item['state']}  {tries}"
