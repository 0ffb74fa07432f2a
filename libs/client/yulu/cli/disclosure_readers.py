"""`yulu disclosures undertake` and `check`: the disclosures as a system reads them."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from yulu import disclosures
from yulu.cli.disclosures import app
from yulu.client import connect
from yulu.settings import ClientSettings

_CLIENT = {"organisation_kind": "system"}


@app.command(help="显示承诺书，或作出承诺。 / Show or give the undertaking.")
def undertake(
    organisation: Annotated[str, typer.Option(help="机构名称。 / Name of the organisation.")],
    contact: Annotated[str, typer.Option(help="联系方式，加密保存。 / Contact, kept sealed.")],
    *,
    accept: Annotated[bool, typer.Option("--accept", help="承诺遵守。 / Undertake it.")] = False,
) -> None:
    """Without --accept the text alone."""

    async def run() -> None:
        async with connect(ClientSettings.load(), "disclosure-client", **_CLIENT) as yulu:
            text = await yulu.discipline.get("/v1/disclosure-undertakings/text")
            typer.echo(f"{text['zh']}\n{text['en']}")
            if not accept:
                return
            given = await disclosures.undertake(
                yulu.discipline, organisation_name=organisation, contact=contact, text_version=text["version"]
            )
            typer.echo(f"{given['undertaking_id']}  {given['from_on']} → {given['to_on']}")

    asyncio.run(run())


@app.command(help="核对各公示途径是否逐条一致。 / Do all ways tell the same?")
def check() -> None:
    """Status 1 where they do not."""

    async def run() -> disclosures.Outcome:
        settings = ClientSettings.load()
        async with connect(settings) as public, connect(settings, "disclosure-client", **_CLIENT) as client:
            return await disclosures.check(public.discipline, client.discipline, lambda: datetime.now(UTC))

    outcome = asyncio.run(run())
    typer.echo(
        f"日志 log {outcome.log_size:,}: {outcome.records:,} 条 records, "
        f"期间变动 changed meanwhile {outcome.left_out:,}, 不一致 differences {len(outcome.differences):,}"
    )
    for each in outcome.differences:
        typer.echo(f"  {each.record_id}  缺于 missing in: {', '.join(each.missing_in) or '—'}", err=True)
    if outcome.differences:
        raise typer.Exit(1)
