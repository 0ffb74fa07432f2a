"""`python -m rights_api serve | serve-public | migrate | office-public-key`."""

import asyncio

import typer
from common.migrations import migrate as migrate_database

from rights_api.public_settings import PublicSettings
from rights_api.settings import RightsSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Complaints about violated practice rights.")


@cli.command()
def serve() -> None:
    """Serve HTTP to officers; timers and the feed are here."""
    from common.http.server import serve as serve_app

    from rights_api.app import build_app

    settings = RightsSettings.load()
    serve_app(build_app(settings), settings)


@cli.command()
def serve_public() -> None:
    """Serve HTTP to complainants."""
    from common.http.server import serve as serve_app

    from rights_api.public_app import build_public_app

    settings = PublicSettings.load()
    serve_app(build_public_app(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the databases of cases and of keys where they are missing, and bring them to the newest version."""
    settings = RightsSettings.load()
    asyncio.run(migrate_database(settings.dsn, "rights_api"))
    asyncio.run(migrate_database(settings.keys_dsn, "rights_api.keys"))
    settings.publish_office_key()


@cli.command()
def office_public_key() -> None:
    """Print what RIGHTS_OFFICE_PUBLIC_KEY of the public process is to be."""
    typer.echo(RightsSettings.load().opener().public.hex())


if __name__ == "__main__":
    cli()
