"""`python -m registry_api serve | react | migrate | index`."""

import asyncio

import typer
from common.migrations import migrate as migrate_database

from registry_api.settings import SOURCE, RegistrySettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Registry of firms and lawyers.")


@cli.command()
def serve() -> None:
    """Serve HTTP and work on imports."""
    from common.http.server import serve as serve_app

    from registry_api.app import build_app

    settings = RegistrySettings.load()
    serve_app(build_app(settings), settings)


@cli.command(name="react")
def react_to_facts() -> None:
    """Follow discipline's feed; keep the search index in step."""
    from common.process import run_until_stopped

    from registry_api.reactions import react

    settings = RegistrySettings.load()
    run_until_stopped("registry-reactions", react(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring it to the newest version."""
    asyncio.run(migrate_database(RegistrySettings.load().dsn, "registry_api"))


@cli.command()
def index() -> None:
    """Make the search index anew; questions are answered from the old one until it is there."""
    asyncio.run(_index(RegistrySettings.load()))


async def _index(settings: RegistrySettings) -> None:
    from common.database import Database

    from registry_api.search.consumers import fill

    database = Database(settings.dsn, source=SOURCE)
    try:
        typer.echo(f"{await fill(database, anew=True)} names")
    finally:
        await database.close()


if __name__ == "__main__":
    cli()
