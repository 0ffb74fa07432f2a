"""`python -m discipline_api serve | migrate`."""

import asyncio

import typer
from common.http.server import serve as serve_app
from common.migrations import migrate as migrate_database

from discipline_api.app import build_app
from discipline_api.settings import DisciplineSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Discipline and public disclosure.")


@cli.command()
def serve() -> None:
    """Serve HTTP, and forget records whose term is over."""
    settings = DisciplineSettings.load()
    serve_app(build_app(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring it to the newest version."""
    asyncio.run(migrate_database(DisciplineSettings.load().dsn, "discipline_api"))


if __name__ == "__main__":
    cli()
