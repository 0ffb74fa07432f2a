import asyncio
from typing import Annotated

import typer

from yulu.settings import ClientSettings
from yulu.tokens import PROVINCE, token_for


def token(
    role: Annotated[list[str], typer.Option("--as", help="角色，可多次给出。 / Role; may be repeated.")],
    region: Annotated[str, typer.Option(help="行政区划代码。 / Region code.")] = PROVINCE,
    organisation: Annotated[str, typer.Option(help="机构类别。 / Kind of organisation.")] = "department",
    organisation_id: Annotated[
        str,
        typer.Option(
            "--id",
            help="机构代码，律师为执业证号，律所为信用代码。 / Its id: a licence number, a credit code.",
        ),
    ] = "dev",
) -> None:
    """A token for other tools: `curl -H "Authorization: Bearer $(yulu token --as operator)" …`."""
    asked_for = token_for(
        ClientSettings.load(),
        role,
        region=region,
        organisation_kind=organisation,
        organisation_id=organisation_id,
    )
    typer.echo(asyncio.run(asked_for))
