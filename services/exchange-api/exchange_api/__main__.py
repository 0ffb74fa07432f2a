"""`python -m exchange_api serve | release | migrate`."""

import asyncio

import typer
from common.migrations import migrate as migrate_database

from exchange_api.settings import ExchangeSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="What other systems and operators build on.")


@cli.command()
def serve() -> None:
    """Serve HTTP."""
    from common.http.server import serve as serve_app

    from exchange_api.app import build_app

    settings = ExchangeSettings.load()
    serve_app(build_app(settings), settings)


@cli.command(name="release")
def release_events() -> None:
    """Fill the channels of those outside, send them to Kafka, keep who may read there."""
    from common.process import run_until_stopped

    from exchange_api.releases import release

    settings = ExchangeSettings.load()
    run_until_stopped("exchange-releases", release(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring it to the newest version."""
    asyncio.run(migrate_database(ExchangeSettings.load().dsn, "exchange_api"))


if __name__ == "__main__":
    cli()
