"""`yulu plan`: where the plan stands."""

import asyncio
from typing import Annotated, Any

import typer

from yulu.client import Yulu, connect
from yulu.settings import ClientSettings


def plan(
    region: Annotated[str | None, typer.Option(help="行政区划代码。 / Region code.")] = None,
    as_of: Annotated[str | None, typer.Option(help="截至日期 YYYY-MM-DD。 / As of.")] = None,
) -> None:
    """The 11 targets with values, and every computed indicator."""

    async def run() -> None:
        async with connect(ClientSettings.load(), "plan-reader", "discipline-officer", "rights-officer") as yulu:
            await show_targets(yulu)
            if region is not None or as_of is not None:
                await show_indicators(yulu, region, as_of)

    asyncio.run(run())


async def show_targets(yulu: Yulu) -> None:
    body = await yulu.progress.get("/v1/targets")
    typer.echo(f"{'':4} {'目标 Target':<34} {'现值 Now':>9} {'目标值':>8} {'差 Gap':>8}  达成 Attained")
    for target in body["targets"]:
        typer.echo(_line(target))


def _line(target: dict[str, Any]) -> str:
    computed = target["computed"] or {}
    value, gap, reason = computed.get("value"), computed.get("gap"), computed.get("reason")
    attained = {True: "是 yes", False: "否 no", None: "—"}[computed.get("attained")]
    return (
        f"{target['id']:<4} {target['title_zh']:<30} {'—' if value is None else f'{value:,}':>9} {_bound(target):>8} "
        f"{'—' if gap is None else f'{gap:,}':>8}  {attained}  {reason['zh'] if reason else ''}"
    )


def _bound(target: dict[str, Any]) -> str:
    match target["op"]:
        case "range":
            return f"{target['min']}–{target['max']}"
        case "some":
            return "一批"
        case op:
            return f"{op}{target['value']:,}"


async def show_indicators(yulu: Yulu, region: str | None, as_of: str | None) -> None:
    for indicator in ("H1", "M05-I1", "M05-I2", "M05-I3", "M10-I1", "M10-I2", "M10-I3", "M12-I1", "M13-I1", "M13-I2"):
        body = await yulu.progress.get(f"/v1/indicators/{indicator}", region=region, as_of=as_of)
        value = body.get("value")
        shown = "—" if value is None else str(value)
        why = " ".join(body[name]["zh"] for name in ("reason", "as_of_reason") if body.get(name))
        typer.echo(f"{indicator:<8} {body['title_zh']:<28} {shown:>10} {body['as_of']} {why}")
