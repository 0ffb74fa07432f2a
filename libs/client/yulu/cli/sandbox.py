"""`yulu sandbox`: try everything that another system can be connected to, with made-up data."""

import asyncio
import shlex
import signal
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from yulu.sandbox.contents import connected, fill, go_on
from yulu.sandbox.deployment import PORT_OFFSET, NotStarted, receiver_port, running, settings
from yulu.sandbox.receiver import Receiver, receiving


def sandbox(
    directory: Annotated[Path, typer.Option(help="数据目录。 / Where it keeps its data.")] = Path(".local/sandbox"),
    port_offset: Annotated[int, typer.Option(help="各默认端口加此数。 / Added to each default port.")] = PORT_OFFSET,
    every: Annotated[float, typer.Option(help="每隔几秒发生一次变更。 / Seconds between changes.", min=0.1)] = 5.0,
) -> None:
    """启动沙箱：虚构数据，含事件流、推送与 Kafka，Ctrl-C 结束。 / A sandbox with streams, webhooks and Kafka."""
    directory.mkdir(parents=True, exist_ok=True)
    try:
        asyncio.run(_until_stopped(directory.resolve(), port_offset, every))
    except NotStarted as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error


async def _until_stopped(directory: Path, offset: int, every: float) -> None:
    """By Ctrl-C or SIGTERM: what was started is stopped first."""
    running_here = asyncio.create_task(_run(directory, offset, every))
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, running_here.cancel)
    with suppress(asyncio.CancelledError):
        await running_here


async def _run(directory: Path, offset: int, every: float) -> None:
    at, received = settings(directory, offset), directory / "webhooks.ndjson"
    receiver = Receiver(received)
    async with running(directory, offset, typer.echo), receiving(receiver, receiver_port(offset)):
        await fill(at, typer.echo)
        system = await connected(at, directory, offset)
        receiver.secret = system.webhook_secret
        environment = directory / "environment"
        environment.write_text("".join(f"export {k}={shlex.quote(v)}\n" for k, v in system.environment.items()))
        environment.chmod(0o600)
        typer.echo(
            f"\n沙箱已就绪：接入系统 sandbox-court（法院），每 {every:g} 秒有一次变更。\n"
            f"  . {environment}    # TOKEN、各地址、KAFKA、CLIENT_PROPERTIES；然后照 docs/integration.md 操作\n"
            f"  {received}    # 收到并验签的推送 / webhooks received and verified\n"
            "The sandbox is ready: source the file, then follow docs/integration.md; Ctrl-C stops it.\n"
            "sandbox ready"
        )
        await go_on(at, every)
