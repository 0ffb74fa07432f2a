"""`python -m progress_api serve | migrate`."""

import asyncio

import typer
from common.migrations import migrate as migrate_database
from progress_store import SCHEMA

from progress_api.settings import ProgressSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Progress of the plan.")


@cli.command()
def serve() -> None:
    """Serve HTTP."""
    from common.http.server import serve as serve_app

    from progress_api.app import build_app

    settings = ProgressSettings.load()
    serve_app(build_app(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring both of its schemas to the newest version."""
    asyncio.run(_migrate(ProgressSettings.load().dsn))


async def _migrate(dsn: str) -> None:
    await migrate_database(dsn, "progress_store", schema=SCHEMA)
    await migrate_database(dsn, "progress_api")


if __name__ == "__main__":
    cli()
