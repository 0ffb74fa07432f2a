"""The register as open data: no account, nothing of persons, JSON and CSV."""

import csv
import io
from datetime import date
from typing import Any

import orjson
from common.clock import today_of
from common.http import Router, Transaction, answered_as
from common.http.etag import bytes_response, etag_of_bytes
from common.http.rate_limit import public_rate_limit
from contracts.legal_day import end_of
from fastapi import Depends, Request, Response

from rights_api.facilities.access import AskedOrgan, AskedRegion
from rights_api.facilities.domain import Facility, Hours, Verified
from rights_api.facilities.store import SqlFacilities
from rights_api.facilities.views import OutageView, shown

router = Router(prefix="/v1/public", tags=["公开数据 Open data"], dependencies=[Depends(public_rate_limit)])

LICENCE_ZH = "可自由使用、转载，注明来源“豫律执业权利设施登记”及查询日期即可。未核验的内容以机关现场公布为准。"
LICENCE_EN = (
    "Free to use and pass on; name the source, Yulü register of facilities, and the day. What is not verified is only "
    "what was reported: the notice at the organ itself prevails."
)
_BOM = "\ufeff"
_WEEKDAYS = "一二三四五六日"
_COLUMNS = (
    "region", "organ_code", "organ_kind", "organ_name", "address", "kind", "kind_zh", "status", "status_zh", "count",
    "opened_on", "hours", "exceptions", "channels", "not_monitored", "no_booking_needed", "security_equal",
    "verified", "verified_on", "outage_reason", "outage_began_at", "outage_expected_until",
)  # fmt: skip


_TEXT: dict[str, Any] = {"type": "string"}
_DAY = {"type": ["string", "null"], "format": "date"}
_FLAG = {"type": ["boolean", "null"]}
_THINGS = {"type": "array", "items": {"type": "object"}}
_ONE: dict[str, Any] = {
    "facility_id": {"type": "string", "format": "uuid", "description": "设施编号 its number"},
    "organ_code": {"type": "string", "description": "机关场所编号 the place of the organ"},
    "region": _TEXT | {"description": "地区 region"},
    "organ_kind": _TEXT | {"description": "机关种类 kind of organ"},
    "organ_kind_zh": _TEXT,
    "organ_name": _TEXT | {"description": "机关名称 name of the organ"},
    "address": _TEXT | {"description": "地址 address"},
    "kind": _TEXT | {"description": "设施种类 kind of facility"},
    "kind_zh": _TEXT,
    "status": _TEXT | {"description": "状态 status"},
    "status_zh": _TEXT,
    "count": {"type": ["integer", "null"], "description": "数量 how many"},
    "opened_on": _DAY | {"description": "启用日期 opened on"},
    "from_on": _DAY | {"description": "本次登记适用起 from which day this holds"},
    "hours": _THINGS | {"description": "每周开放时间 hours of the week"},
    "exceptions": _THINGS | {"description": "特殊日期 days that differ"},
    "channels": _THINGS | {"description": "预约渠道 ways to book"},
    "not_monitored": _FLAG | {"description": "会见不被监听 meetings are not monitored"},
    "no_booking_needed": _FLAG | {"description": "无需预约 no booking needed"},
    "security_equal": _FLAG | {"description": "与检察人员同等安检 the same security check as prosecutors"},
    "verified": {"type": "boolean", "description": "是否经核验 verified by a second officer"},
    "verified_zh": _TEXT,
    "verified_on": _DAY | {"description": "核验日期 verified on"},
    "outage": {"type": ["object", "null"], "description": "停用 an outage that goes on"},
}
_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "全部设施 / every facility",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "licence_zh": _TEXT,
                        "licence_en": _TEXT,
                        "facilities": {"type": "array", "items": {"type": "object", "properties": _ONE}},
                    },
                }
            }
        },
    }
}


@router.get("/facilities", summary="执业权利设施 Facilities for lawyers", responses=_ANSWERS)
async def get_facilities(
    request: Request, tx: Transaction, region: AskedRegion = None, organ_kind: AskedOrgan = None
) -> Response:
    today = today_of(request)
    found = await SqlFacilities(tx.session).every(region=region, organ_kind=organ_kind)
    body = orjson.dumps(
        {
            "licence_zh": LICENCE_ZH,
            "licence_en": LICENCE_EN,
            "facilities": [_public(facility, today) for facility in found],
        }
    )
    # A verification expires at midnight by itself.
    return bytes_response(request, body, etag=etag_of_bytes(body), valid_until=end_of(today))


@router.get("/facilities.csv", summary="执业权利设施（CSV） Facilities for lawyers as CSV", **answered_as("text/csv"))
async def get_csv(
    request: Request, tx: Transaction, region: AskedRegion = None, organ_kind: AskedOrgan = None
) -> Response:
    today = today_of(request)
    out = io.StringIO()
    out.write(_BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for facility in await SqlFacilities(tx.session).every(region=region, organ_kind=organ_kind):
        writer.writerow(_line(facility, today))
    body = out.getvalue().encode()
    answer = bytes_response(
        request,
        body,
        etag=etag_of_bytes(body),
        valid_until=end_of(today),
        media_type="text/csv; charset=utf-8",
    )
    answer.headers["Content-Disposition"] = 'attachment; filename="facilities.csv"'
    answer.headers["Link"] = '</v1/public/facilities>; rel="license"'
    return answer


def _public(facility: Facility, today: date) -> dict[str, Any]:
    """Without who entered or verified it, and without the paper behind it."""
    told, state = shown(facility.content), facility.verified(today)
    del told["document_number"], told["document_date"]
    outage = (
        None
        if facility.outage is None
        else OutageView.of(facility.outage).model_dump(mode="json", exclude={"ended_at"})
    )
    return {
        "facility_id": str(facility.facility_id),
        "organ_code": str(facility.place.organ_code),
        "region": facility.place.region,
        "organ_kind": facility.place.organ_kind.value,
        "organ_kind_zh": facility.place.organ_kind.zh,
        "organ_name": facility.place.name,
        "address": facility.place.address,
        "kind": facility.kind.value,
        "kind_zh": facility.kind.zh,
        **told,
        "verified": state is Verified.VALID,
        "verified_zh": state.zh,
        "verified_on": _verified_on(facility, today),
        "outage": outage,
    }


def _verified_on(facility: Facility, today: date) -> date | None:
    given = facility.verification
    return None if given is None or facility.verified(today) is not Verified.VALID else given.on


def _line(facility: Facility, today: date) -> list[Any]:
    content, flags, outage = facility.content, facility.content.flags, facility.outage
    return [
        facility.place.region,
        facility.place.organ_code,
        facility.place.organ_kind.value,
        facility.place.name,
        facility.place.address,
        facility.kind.value,
        facility.kind.zh,
        content.status.value,
        content.status.zh,
        content.count,
        content.opened_on,
        _week(content.hours),
        _exceptions(content.hours),
        "；".join(f"{each.kind.zh} {each.where or ''}".strip() for each in content.channels),
        *(None if flag is None else str(flag).lower() for flag in (
            flags.not_monitored, flags.no_booking_needed, flags.security_equal,
        )),
        str(facility.verified(today) is Verified.VALID).lower(),
        _verified_on(facility, today),
        outage and outage.reason.value,
        outage and outage.began_at.isoformat(),
        outage and outage.expected_until,
    ]  # fmt: skip


def _week(hours: Hours) -> str:
    days = sorted(hours.week.items(), key=lambda each: each[0].value)
    return "；".join(f"周{_WEEKDAYS[day.value - 1]} {_told(spans)}" for day, spans in days)


def _exceptions(hours: Hours) -> str:
    return "；".join(f"{day.isoformat()} {_told(spans)}" for day, spans in sorted(hours.exceptions.items()))


def _told(spans: tuple[Any, ...]) -> str:
    return "、".join(f"{span.opens}-{span.closes}" for span in spans) or "不开放"
