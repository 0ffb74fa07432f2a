"""`python -m discipline_api serve | react | migrate | check-disclosures`."""

import asyncio

import typer
from common.migrations import migrate as migrate_database

from discipline_api.settings import DisciplineSettings

cli = typer.Typer(add_completion=False, no_args_is_help=True, help="Discipline and public disclosure.")


@cli.command()
def serve() -> None:
    """Serve HTTP, and forget records whose term is over."""
    from common.http.server import serve as serve_app

    from discipline_api.app import build_app

    settings = DisciplineSettings.load()
    serve_app(build_app(settings), settings)


@cli.command(name="react")
def react_to_facts() -> None:
    """Follow our own feed: link membership to penalties, note the sanctions of the honoured."""
    from common.process import run_until_stopped

    from discipline_api.reactions import react

    settings = DisciplineSettings.load()
    run_until_stopped("discipline-reactions", react(settings), settings)


@cli.command()
def migrate() -> None:
    """Create the database where it is missing and bring it to the newest version."""
    asyncio.run(migrate_database(DisciplineSettings.load().dsn, "discipline_api"))


@cli.command()
def check_disclosures() -> None:
    """Compare page, list, file and stream, record for record; status 1 where they differ."""
    from common.clock import system_clock
    from common.database import Database
    from common.telemetry import configure_logging

    from discipline_api.disclosures.checking import check_and_keep
    from discipline_api.disclosures.use_cases import Comparison

    settings = DisciplineSettings.load()
    configure_logging("discipline-api", settings.log_level)

    async def run() -> Comparison:
        database = Database(settings.dsn, source="/discipline")
        try:
            return await check_and_keep(database, system_clock())
        finally:
            await database.close()

    comparison = asyncio.run(run())
    typer.echo(f"{comparison.records:,} 条 records, {len(comparison.differences):,} 处不一致 differences")
    for each in comparison.told:
        typer.echo(f"  {each['record_id']}  缺于 missing in: {each['missing_in']}", err=True)
    if comparison.differences:
        raise typer.Exit(1)


if __name__ == "__main__":
    cli()
