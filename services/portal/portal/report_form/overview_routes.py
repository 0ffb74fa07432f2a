"""Who owes which report: what is overdue first, then each period's reports by reporter and region."""

from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import Response

from portal.apis import Apis, ApisOf
from portal.desks.pages import desk_page
from portal.desks.tables import room_of
from portal.look.asked import asked_of, found
from portal.look.sheets import Column, Sheet, download
from portal.visitors import CurrentVisitor, require_sign_in

router = APIRouter(prefix="/desk/reporting", dependencies=[Depends(require_sign_in)])
_OVERVIEW = "/v1/reports/overview"
_MARKS = {"confirmed": "good", "backfilled": "good", "returned": "warn", "correcting": "warn"}
_DONE = frozenset({"submitted", "confirmed", "backfilled"})


@router.get("/overview")
async def overview(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    desk, room = room_of("reporting", "overview", visitor)
    asked = asked_of(request, "period")
    told, faults, periods = await _read(apis, asked["period"])
    rows = told["rows"] if told is not None else []
    return await desk_page(
        request, "desks/reporting/overview.html", desk=desk, room=room, status=200 if told is not None else 422,
        told=told, faults=faults, asked=asked, periods=periods, overdue=late_by_region(rows), rows=rows, marks=_MARKS,
        finished=_DONE, sheet=_sheet(rows),
    )  # fmt: skip


@router.get("/overview.xlsx")
async def overview_xlsx(request: Request, visitor: CurrentVisitor, apis: ApisOf) -> Response:
    room_of("reporting", "overview", visitor)
    told = await apis.read("progress", _OVERVIEW, period=asked_of(request, "period")["period"] or None)
    return download(f"报送总览 {told['as_of']}", _sheet(told["rows"]))


async def _read(apis: Apis, period: str) -> tuple[Any, dict[str, str], list[tuple[str, str]]]:
    """Of one period, or of all that are not yet done; and the periods there are."""
    everything = await apis.read("progress", _OVERVIEW)
    periods = list(dict.fromkeys(row["period"] for row in everything["rows"]))
    if not period:
        open_rows = [row for row in everything["rows"] if any(_owed(each) for each in row["regions"])]
        return {**everything, "rows": open_rows}, {}, [(each, each) for each in periods]
    told, faults = await found(apis, "progress", _OVERVIEW, {}, period=period)
    return told, faults, [(each, each) for each in periods]


def _owed(each: Mapping[str, Any]) -> bool:
    return each["state"]["code"] not in _DONE


def late_by_region(
    rows: Iterable[Mapping[str, Any]],
) -> list[tuple[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]]]:
    """By region, in the order of their codes: each report that is late, with what it is part of."""
    late: dict[str, list[tuple[Mapping[str, Any], Mapping[str, Any]]]] = {}
    names: dict[str, str] = {}
    for row in rows:
        for each in row["regions"]:
            if each["overdue"]:
                names[each["region"]["code"]] = each["region"]["zh"]
                late.setdefault(each["region"]["code"], []).append((row, each))
    return [(names[code], late[code]) for code in sorted(late)]


def _sheet(rows: Iterable[Mapping[str, Any]]) -> Sheet:
    columns = [
        Column("报送期"), Column("填报单位"), Column("地区"), Column("状态"), Column("期限", "day"), Column("逾期"),
        Column("按期"), Column("催报", "instant"),
    ]  # fmt: skip
    lines = [
        [
            row["period"], row["reporter"]["zh"], each["region"]["zh"], each["state"]["zh"], row["due_on"],
            each["overdue"], each["in_time"], each["reminded_at"],
        ]
        for row in rows
        for each in row["regions"]
    ]  # fmt: skip
    return Sheet("reports", "报送总览", columns, lines)
