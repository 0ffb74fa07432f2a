"""`python -m registry_api serve | react | migrate`."""

import asyncio

import typer
from common.http.server import serve as serve_app
from common.migrations import migrate as migrate_database
from common.process import run_until_stopped

from registry_api.app import build_app
from registry_api.reactions import react
from registry_api.settings import RegistrySettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Registry of firms and lawyers.")


@cli.command()
def serve() -> None:
    """Serve HTTP and work on imports."""
    settings = RegistrySettings.load()
    serve_app(build_app(settings), settings)


@cli.command(name="react")
def react_to_facts() -> None:
    """Follow discipline's feed."""
    settings = RegistrySettings.load()
    run_until_stopped("registry-reactions", react(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring it to the newest version."""
    asyncio.run(migrate_database(RegistrySettings.load().dsn, "registry_api"))


if __name__ == "__main__":
    cli()
