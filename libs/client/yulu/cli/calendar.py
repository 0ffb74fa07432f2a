"""`yulu calendar`: the State Council's list of holidays, previewed, agreed to, loaded."""

import asyncio
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from yulu.client import connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="放假安排与期限。 / Holiday lists and deadlines.")


@app.command("load")
def load(
    file: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="YAML：year、document、holidays、make_up。"),
    ],
    *,
    preview: Annotated[bool, typer.Option("--preview", help="只预览。 / Only show what would move.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="不再询问。 / Do not ask.")] = False,
) -> None:
    """预览将变动的期限，询问后载入并重新计算。 / Show which open deadlines move, ask, then date them again."""
    body = _read(file)

    async def run() -> None:
        async with connect(ClientSettings.load(), "rights-officer") as yulu:
            shown = await yulu.rights.post("/v1/calendars/previews", body)
            _show(shown)
            if preview or not (yes or typer.confirm("载入并重新计算？ / Load and date again?")):
                typer.echo("未载入。 / Nothing was loaded.")
                return
            done = await yulu.rights.post("/v1/calendars", body | {"digest": shown["digest"]})
            typer.echo(f"已载入，变动 {done['moved']} 项。 / Loaded; {done['moved']} moved.")

    asyncio.run(run())


def _read(file: Path) -> dict[str, Any]:
    loaded = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(loaded, dict):
        raise typer.BadParameter("文件应为 YAML 映射。 / The file is no YAML mapping.")
    body: dict[str, Any] = dict(loaded)
    holidays = body.get("holidays")
    if isinstance(holidays, dict):
        body["holidays"] = {str(on): name for on, name in holidays.items()}
    make_up = body.get("make_up")
    if isinstance(make_up, list):
        body["make_up"] = [str(on) for on in make_up]
    return body


def _show(shown: dict[str, Any]) -> None:
    for move in shown["moves"]:
        overdue = "（曾记逾期 was overdue）" if move["was_overdue"] else ""
        typer.echo(f"  {move['organ_zh']}  {move['name']}  {move['from_on']} → {move['to_on']}{overdue}")
    typer.echo(
        f"变动 {shown['moved']} 项，确认 {shown['confirmed']} 项。 / {shown['moved']} move, {shown['confirmed']} stay."
    )
