"""`python -m portal serve | migrate`."""

import asyncio

import typer
from common.migrations import migrate as migrate_database

from portal.settings import PortalSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Pages for the public, lawyers and officers.")


@cli.command()
def serve() -> None:
    """Serve HTTP."""
    from common.http.server import serve as serve_app

    from portal.app import build_app

    settings = PortalSettings.load()
    serve_app(build_app(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring it to the newest version."""
    asyncio.run(migrate_database(PortalSettings.load().dsn, "portal"))


if __name__ == "__main__":
    cli()
