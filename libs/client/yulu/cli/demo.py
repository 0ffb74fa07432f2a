import asyncio
from pathlib import Path
from typing import Annotated

import typer

from yulu.demo.plan import load
from yulu.demo.province import LAWYERS, SEED, firms_csv, lawyers_csv, make
from yulu.demo.story import tell
from yulu.settings import ClientSettings


def demo(
    lawyers: Annotated[int, typer.Option(help="执业律师人数。 / Practising lawyers.", min=8_500)] = LAWYERS,
    seed: Annotated[int, typer.Option(help="随机种子。 / Seed.")] = SEED,
    files: Annotated[Path | None, typer.Option(help="只写出名册文件到此目录。 / Only write the files here.")] = None,
) -> None:
    """Makes a province, imports it through the API, plays a story and prints the plan before and after each scene."""
    province = make(lawyers=lawyers, seed=seed)
    if files is not None:
        files.mkdir(parents=True, exist_ok=True)
        (files / "firms.csv").write_bytes(firms_csv(province))
        (files / "lawyers.csv").write_bytes(lawyers_csv(province))
        typer.echo(f"{files}/firms.csv, {files}/lawyers.csv")
        return
    if not asyncio.run(tell(ClientSettings.load(), province)):
        raise typer.Exit(1)


def demo_plan() -> None:
    """Loads three years of made-up reports and whatever else the plan's pages need, through the API."""
    asyncio.run(load(ClientSettings.load()))
