"""`yulu kafka`: which connected systems read Kafka, and their passwords."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from yulu.client import connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="其他系统的 Kafka 授权。 / Kafka for other systems.")
_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"


@app.command("clients")
def clients() -> None:
    """列出各接入系统的授权。 / List what each connected system may."""

    async def run() -> None:
        async with connect(ClientSettings.load(), "operator") as yulu:
            async for item in yulu.exchange.pages("/v1/kafka/clients"):
                password = "有口令" if item["has_password"] else "无口令"
                agrees = "" if item["as_wanted"] else "  !授权待更新 / not yet as wanted"
                topics = ",".join(item["topics"]) or "-"
                typer.echo(f"{item['client_id']}  {item['organ_code']}  {item['state']}  {topics}  {password}{agrees}")

    asyncio.run(run())


@app.command("credentials")
def credentials(
    client: Annotated[UUID, typer.Argument(help="接入系统编号。 / The connected system's id.")],
) -> None:
    """发放新口令（原口令失效），输出客户端配置。 / Give out a new password; prints a client's settings."""

    async def run() -> None:
        async with connect(ClientSettings.load(), "operator") as yulu:
            given = await yulu.exchange.post(f"/v1/clients/{client}/kafka-credentials", {})
        typer.echo(f"可读主题 / topics: {', '.join(given['topics'])}；口令只显示一次 / shown this once", err=True)
        typer.echo("security.protocol=SASL_SSL")
        typer.echo(f"sasl.mechanism={given['mechanism']}")
        typer.echo(f'sasl.jaas.config={_LOGIN} required username="{given["user"]}" password="{given["password"]}";')
        typer.echo("ssl.truststore.type=PEM\nssl.truststore.location=ca.pem")
        typer.echo(f"group.id={given['group_prefix']}1")

    asyncio.run(run())
