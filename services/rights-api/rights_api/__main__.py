"""`python -m rights_api serve | migrate`."""

import asyncio

import typer
from common.http.server import serve as serve_app
from common.migrations import migrate as migrate_database

from rights_api.app import build_app
from rights_api.settings import RightsSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Complaints about violated practice rights.")


@cli.command()
def serve() -> None:
    """Serve HTTP."""
    settings = RightsSettings.load()
    serve_app(build_app(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring it to the newest version."""
    asyncio.run(migrate_database(RightsSettings.load().dsn, "rights_api"))


if __name__ == "__main__":
    cli()
