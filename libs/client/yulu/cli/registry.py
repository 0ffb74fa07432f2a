"""`yulu import`, `yulu approve-import`, `yulu reconcile`, `yulu lawyer`, `yulu firm`."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer

from yulu.client import connect
from yulu.imports import Import, run_import, watch
from yulu.settings import ClientSettings


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    *,
    kind: Annotated[str, typer.Option(help="lawyers 或 firms。 / lawyers or firms.")] = "lawyers",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="只检查，不写入。 / Check only.")] = False,
    report: Annotated[Path | None, typer.Option(help="逐行报告存为 .csv 或 .xlsx。 / Save the report.")] = None,
    region: Annotated[str, typer.Option(help="以此地区的身份导入。 / Act for this region.")] = "410000",
    snapshot: Annotated[bool, typer.Option("--snapshot", help="文件为全量。 / The file is the whole.")] = False,
    licensing_system: Annotated[
        bool, typer.Option("--licensing-system", help="以许可系统身份，直接写入。 / As the licensing system, at once.")
    ] = False,
) -> None:
    """Uploads and shows the progress until the file is checked; then another officer approves it."""

    async def run() -> Import:
        role = "licensing-system" if licensing_system else "registry-officer"
        kind_of = "system" if licensing_system else _organ(region)
        async with connect(ClientSettings.load(), role, region=region, organisation_kind=kind_of) as yulu:
            content = await asyncio.to_thread(file.read_bytes)
            name, flags = file.name, {"dry_run": dry_run, "snapshot": snapshot}
            done = await run_import(yulu.registry, name, content, kind, **flags, tell=_progress)
            if report is not None:
                form = "xlsx" if report.suffix == ".xlsx" else "csv"
                saved = await yulu.registry.download(f"/v1/imports/{done.import_id}/report", format=form)
                await asyncio.to_thread(report.write_bytes, saved)
            return done

    show(asyncio.run(run()))


def approve_import(
    import_id: Annotated[str, typer.Argument(help="导入编号。 / The import's id.")],
    subject: Annotated[str, typer.Option(help="开发环境：经办人。 / In development: who approves.")] = "second-officer",
    region: Annotated[str, typer.Option(help="以此地区的身份批准。 / Act for this region.")] = "410000",
) -> None:
    """What another officer has uploaded is applied."""

    async def run() -> Import:
        who = {"organisation_kind": _organ(region), "subject": subject}
        async with connect(ClientSettings.load(), "registry-officer", region=region, **who) as yulu:
            await yulu.registry.post(f"/v1/imports/{import_id}/approve")
            return await watch(yulu.registry, import_id, tell=_progress)

    show(asyncio.run(run()))


def reconcile_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)],
    kind: Annotated[str, typer.Option(help="lawyers 或 firms。 / lawyers or firms.")] = "lawyers",
    report: Annotated[Path | None, typer.Option(help="差异存为 .xlsx。 / Save the differences.")] = None,
) -> None:
    """Compares a full export of the licensing system with the register; changes nothing in either."""

    async def run() -> dict[str, Any]:
        async with connect(ClientSettings.load(), "licensing-system", organisation_kind="system") as yulu:
            content = await asyncio.to_thread(file.read_bytes)
            done: dict[str, Any] = await yulu.registry.upload(
                "/v1/reconciliations", (file.name, content), {"kind": kind}
            )
            if report is not None:
                saved = await yulu.registry.download("/v1/reconciliations/lines", kind=kind, format="xlsx")
                await asyncio.to_thread(report.write_bytes, saved)
            return done

    _print(asyncio.run(run()))


def _organ(region: str) -> str:
    return "department" if region == "410000" else "bureau"


def _progress(state: Import) -> None:
    typer.echo(f"\r{state.rows_done:,} / {state.rows_total or 0:,} 行 rows", nl=False, err=True)


def show(done: Import) -> None:
    typer.echo("", err=True)
    typer.echo(f"导入 import {done.import_id}: {done.state}")
    for zh, en, number in done.counts():
        typer.echo(f"  {zh} {en}: {number:,}")
    if done.state == "checked":
        typer.echo(f"  待另一名经办人批准 / awaits another officer: yulu approve-import {done.import_id}")
    if done.state == "failed":
        raise typer.Exit(1)


def lawyer(number: Annotated[str, typer.Argument(help="执业证号，曾用证号亦可。 / Licence number.")]) -> None:
    """The public record; no account needed."""

    async def run() -> dict[str, Any]:
        async with connect(ClientSettings.load()) as yulu:
            record: dict[str, Any] = await yulu.registry.get(f"/v1/public/lawyers/{number}")
            return record

    _print(asyncio.run(run()))


def firm(
    text: Annotated[str, typer.Argument(help="名称开头，或统一社会信用代码。 / Beginning of the name, or the code.")],
) -> None:
    """Firms as an officer of the registry sees them."""

    async def run() -> None:
        async with connect(ClientSettings.load(), "registry-officer") as yulu:
            by = {"credit_code": text} if text.isascii() else {"name": text}
            page = await yulu.registry.get("/v1/firms", limit=20, **by)
            for item in page["items"]:
                _print(item)
            if not page["items"]:
                typer.echo("没有找到 / none found")

    asyncio.run(run())


def _print(record: dict[str, Any]) -> None:
    for name, value in record.items():
        if isinstance(value, dict):
            typer.echo(
                f"{name}: {' '.join(str(value[part]) for part in ('zh', 'en', 'name', 'credit_code') if part in value)}"
            )
        elif value is None:
            typer.echo(f"{name}: —")
        else:
            typer.echo(f"{name}: {value}")
