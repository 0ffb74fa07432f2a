"""One indicator through time and by region, the changes behind a movement, and the rows that are counted."""

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import quote

from common.clock import today_of
from contracts.regions import REGIONS
from contracts.working_days import months_after
from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOf
from portal.dashboard import domain
from portal.look import page
from portal.look.asked import asked_of, cursor_of, found
from portal.look.sheets import download
from portal.visitors import require_sign_in

router = APIRouter(prefix="/dashboard/indicators", dependencies=[Depends(require_sign_in)])

_MONTHS = 24
_ROWS = 50
_ROWS_AT_ONCE = 200
_MOST_ROWS = 5_000
"""Of one workbook: more are fetched by the API, not by a page."""


@router.get("/{indicator_id}.xlsx")
async def indicator_xlsx(request: Request, indicator_id: str, apis: ApisOf) -> Response:
    asked = _asked(request)
    told, history = await _read(apis, request, indicator_id, asked)
    return download(f"{told['title_zh']} {told['as_of']}", domain.history_sheet(history), domain.regions_sheet(told))


@router.get("/{indicator_id}/evidence.xlsx")
async def evidence_xlsx(request: Request, indicator_id: str, apis: ApisOf) -> Response:
    told = await apis.read("progress", _evidence(indicator_id), **_asked(request), limit=_ROWS_AT_ONCE)
    rows, cursor = told["items"], told["next_cursor"]
    while cursor is not None and len(rows) < _MOST_ROWS:
        more_rows = await apis.read(
            "progress", _evidence(indicator_id), **_asked(request), limit=_ROWS_AT_ONCE, cursor=cursor
        )
        rows, cursor = rows + more_rows["items"], more_rows["next_cursor"]
    more = "" if cursor is None else f"只含前 {_MOST_ROWS} 条，其余请用接口读取。"
    sheet = domain.evidence_sheet({**told, "items": rows})
    return download(f"{indicator_id} 佐证 {told['as_of']}", replace(sheet, note=sheet.note + more))


@router.get("/{indicator_id}/evidence")
async def evidence(request: Request, indicator_id: str, apis: ApisOf) -> Response:
    """Rows as far as the reader's rights reach, a page at a time."""
    asked, cursor = _asked(request), cursor_of(request)
    told, faults = await found(apis, "progress", _evidence(indicator_id), {}, **asked, limit=_ROWS, cursor=cursor)
    indicator = await apis.read("progress", f"/v1/indicators/{quote(indicator_id, safe='')}")
    return await page(
        request, "dashboard/evidence.html", indicator=indicator, told=told, faults=faults, asked=_typed(request),
        cursor=cursor, sheet=None if told is None else domain.evidence_sheet(told), place=domain.place,
        status=200 if told is not None else 422,
    )  # fmt: skip


@router.get("/{indicator_id}")
async def indicator(request: Request, indicator_id: str, apis: ApisOf) -> Response:
    asked = _asked(request)
    told, history = await _read(apis, request, indicator_id, asked)
    changes = await apis.read(
        "progress", f"/v1/indicators/{quote(indicator_id, safe='')}/changes", region=asked["region"], limit=_ROWS
    )
    return await page(
        request, "dashboard/indicator.html", told=told, unit=domain.unit(told["unit"]), asked=_typed(request),
        place=domain.place, history_sheet=domain.history_sheet(history), changes=changes, field=_field,
        regions_sheet=domain.regions_sheet(told) if told["regions"] else None, tiles=domain.tiles(told),
    )  # fmt: skip


async def _read(apis: Apis, request: Request, indicator_id: str, asked: dict[str, Any]) -> list[Any]:
    where = f"/v1/indicators/{quote(indicator_id, safe='')}"
    until = date.fromisoformat(asked["as_of"]) if asked["as_of"] else today_of(request)
    return await apis.together(
        apis.read("progress", where, **asked),
        apis.read(
            "progress", f"{where}/history", region=asked["region"], step="month", until_on=until.isoformat(),
            from_on=months_after(until, -_MONTHS).isoformat(),
        ),
    )  # fmt: skip


def _evidence(indicator_id: str) -> str:
    return f"/v1/indicators/{quote(indicator_id, safe='')}/evidence"


def _typed(request: Request) -> dict[str, str]:
    return asked_of(request, "region", "as_of")


def _asked(request: Request) -> dict[str, str | None]:
    """`region` of the province's, `as_of` a day; what is neither is left out."""
    typed = _typed(request)
    try:
        day = date.fromisoformat(typed["as_of"])
        months_after(day, -_MONTHS)  # so long before it its history begins
        as_of = day.isoformat()
    except ValueError:
        as_of = None
    return {"region": typed["region"] if typed["region"] in REGIONS else None, "as_of": as_of}


def _field(name: str) -> str:
    return domain.EVIDENCE_COLUMNS.get(name, (name, "text"))[0]
