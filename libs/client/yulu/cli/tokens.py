import asyncio
from typing import Annotated

import typer

from yulu.settings import ClientSettings
from yulu.tokens import PROVINCE, token_for


def token(
    role: Annotated[list[str], typer.Option("--as", help="角色，可多次给出。 / Role; may be repeated.")],
    region: Annotated[str, typer.Option(help="行政区划代码。 / Region code.")] = PROVINCE,
    organisation: Annotated[str, typer.Option(help="机构类别。 / Kind of organisation.")] = "department",
) -> None:
    """A token for other tools: `curl -H "Authorization: Bearer $(yulu token --as operator)" …`."""
    typer.echo(asyncio.run(token_for(ClientSettings.load(), role, region=region, organisation_kind=organisation)))
