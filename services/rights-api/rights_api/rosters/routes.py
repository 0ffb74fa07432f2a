"""Rosters, telephones and addresses of an organ's own officers; and whom one reaches where, for all officers."""

from datetime import date, timedelta
from typing import Annotated

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import LegalDay, now_of, today_of
from common.http import Router, Transaction
from common.http.etag import IfMatch, bytes_response, etag_of_version, require_match
from contracts.conduct import OrganKind
from contracts.legal_day import midnight
from fastapi import Query, Request, Response

from rights_api.clocks.store import calendar_of
from rights_api.duty.officers import oversees, own_organ
from rights_api.duty.store_staffing import ALL_ORGANS, on_duty
from rights_api.organs import Organ
from rights_api.permissions import Action
from rights_api.refusals import Refused
from rights_api.rosters.domain import MOST_DAYS, RosterDay
from rights_api.rosters.fields import SetContact, SetDay, SetDays, SetTelephone
from rights_api.rosters.store import SqlRosters
from rights_api.rosters.use_cases import set_day, set_days
from rights_api.rosters.views import (
    ContactList,
    ContactView,
    DayView,
    OnDutyList,
    OnDutyView,
    OrganView,
    RosterDayView,
    RosterView,
    TelephoneView,
)

router = Router(prefix="/v1/duty", tags=["值班 Duty"])

OfKind = Annotated[OrganKind | None, Query(description="缺省为本单位 / default: one's own organ")]
OfRegion = Annotated[str | None, Query(pattern=r"^41\d{4}$", description="行政区划代码 / region of the organ")]
Day = Annotated[LegalDay, Query()]


@router.get("/on-duty", summary="各单位值班电话 Whom one reaches on a day")
async def get_on_duty(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    on: LegalDay | None = None,
    organ_kind: OfKind = None,
    region: OfRegion = None,
) -> OnDutyList:
    own_organ(principal, Action.DUTY)
    day = on or today_of(request)
    _check_near(day, today_of(request))
    found = [
        OnDutyView.of(await on_duty(tx.session, organ, midnight(day)))
        for organ in ALL_ORGANS
        if organ_kind in (None, organ.kind) and region in (None, organ.region)
    ]
    calendar = await calendar_of(tx.session)
    return OnDutyList(day=DayView.of(calendar.day(day)), items=found)


@router.get("/rosters", summary="值班表 A roster")
async def get_rosters(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    from_on: Day,
    to_on: Day,
    organ_kind: OfKind = None,
    region: OfRegion = None,
) -> RosterView:
    organ = _organ(principal, organ_kind, region)
    if not timedelta(0) <= to_on - from_on < timedelta(days=MOST_DAYS):
        raise Refused(
            "roster-range",
            f"起止日期应依次，且一次不超过{MOST_DAYS}日",
            f"from_on to to_on, at most {MOST_DAYS} days",
            field="to_on",
        )
    days = [from_on + timedelta(days=n) for n in range((to_on - from_on).days + 1)]
    items = await _views(tx, await _rosters(request, tx).days(organ, days))
    return RosterView(items=items, gaps=[item.day.on for item in items if not item.staffed])


@router.post("/rosters", status_code=201, summary="连续多日排班 Set a range of days")
async def post_rosters(request: Request, body: SetDays, principal: CurrentPrincipal, tx: Transaction) -> RosterView:
    after = await set_days(
        _rosters(request, tx),
        own_organ(principal, Action.DUTY),
        body.days(),
        body.sitting(),
        by=principal.subject,
        at=now_of(request),
        today=today_of(request),
        replace=body.replace,
    )
    return RosterView(items=await _views(tx, after), gaps=[])


@router.get("/rosters/{on}", summary="某日值班 A day of a roster", response_model=RosterDayView)
async def get_roster_day(
    *,
    request: Request,
    on: LegalDay,
    principal: CurrentPrincipal,
    tx: Transaction,
    organ_kind: OfKind = None,
    region: OfRegion = None,
) -> Response:
    [day] = await _rosters(request, tx).days(_organ(principal, organ_kind, region), [on])
    [view] = await _views(tx, [day])
    return bytes_response(request, view.model_dump_json().encode(), etag=etag_of_version(day.version))


@router.put("/rosters/{on}", summary="排某日的班 Set a day")
async def put_roster_day(
    *,
    request: Request,
    response: Response,
    on: LegalDay,
    body: SetDay,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> RosterDayView:
    """For a day not set yet, If-Match is `"v0"`."""
    organ, rosters = own_organ(principal, Action.DUTY), _rosters(request, tx)
    [before] = await rosters.days(organ, [on], lock=True)
    require_match(if_match, etag_of_version(before.version))
    after = await set_day(
        rosters, before, body.sitting(), by=principal.subject, at=now_of(request), today=today_of(request)
    )
    response.headers["ETag"] = etag_of_version(after.version)
    [view] = await _views(tx, [after])
    return view


@router.get("/rosters/{on}/versions", summary="某日值班的历次安排 Every version of a day")
async def get_versions(
    *,
    request: Request,
    on: LegalDay,
    principal: CurrentPrincipal,
    tx: Transaction,
    organ_kind: OfKind = None,
    region: OfRegion = None,
) -> RosterView:
    versions = await _rosters(request, tx).versions(_organ(principal, organ_kind, region), on)
    return RosterView(items=await _views(tx, versions), gaps=[])


@router.get("/telephone", summary="本单位值班电话 The telephone of one's office", response_model=TelephoneView)
async def get_telephone(request: Request, principal: CurrentPrincipal, tx: Transaction) -> Response:
    organ = own_organ(principal, Action.DUTY)
    version, telephone = await _rosters(request, tx).telephone(organ)
    view = TelephoneView(organ=OrganView.of(organ), version=version, telephone=telephone)
    return bytes_response(request, view.model_dump_json().encode(), etag=etag_of_version(version))


@router.put("/telephone", summary="登记本单位值班电话 Set the telephone of one's office")
async def put_telephone(
    *,
    request: Request,
    response: Response,
    body: SetTelephone,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> TelephoneView:
    organ, rosters = own_organ(principal, Action.DUTY), _rosters(request, tx)
    await rosters.lock(organ)
    version, _ = await rosters.telephone(organ)
    require_match(if_match, etag_of_version(version))
    await rosters.set_telephone(organ, version + 1, body.telephone, principal.subject, now_of(request))
    response.headers["ETag"] = etag_of_version(version + 1)
    return TelephoneView(organ=OrganView.of(organ), version=version + 1, telephone=body.telephone)


@router.get("/contacts", summary="本单位人员的联系渠道（不含号码） By which channels one's officers are reached")
async def get_contacts(request: Request, principal: CurrentPrincipal, tx: Transaction) -> ContactList:
    contacts = await _rosters(request, tx).contacts(own_organ(principal, Action.DUTY))
    return ContactList(items=[ContactView.of(contact) for contact in contacts])


@router.put("/contacts", summary="登记值班人员联系方式 Set the addresses of an officer")
async def put_contact(
    *,
    request: Request,
    response: Response,
    body: SetContact,
    principal: CurrentPrincipal,
    tx: Transaction,
    if_match: IfMatch = None,
) -> ContactView:
    """Addresses are sealed and shown to nobody again. For an officer without any, If-Match is `"v0"`."""
    organ, rosters = own_organ(principal, Action.DUTY), _rosters(request, tx)
    await rosters.lock(organ)
    before = await rosters.contact(organ, body.subject)
    require_match(if_match, etag_of_version(before.version))
    after = await rosters.set_contact(
        organ, body.subject, body.addresses.by_channel(), principal.subject, now_of(request)
    )
    response.headers["ETag"] = etag_of_version(after.version)
    return ContactView.of(after)


def _rosters(request: Request, tx: Transaction) -> SqlRosters:
    return SqlRosters(tx.session, request.app.state.vault)


async def _views(tx: Transaction, days: list[RosterDay]) -> list[RosterDayView]:
    calendar = await calendar_of(tx.session)
    return [RosterDayView.of(day, calendar.day(day.on)) for day in days]


def _organ(principal: Principal, kind: OrganKind | None, region: str | None) -> Organ:
    """One's own, or one directly below it; persons on duty are no other organ's business."""
    own = own_organ(principal, Action.DUTY)
    try:
        organ = Organ(kind or own.kind, region or own.region)
    except ValueError:
        raise Refused(
            "organ-region-mismatch",
            "地区代码与单位种类不符",
            "the region does not fit this kind of organ",
            field="region",
        ) from None
    if not oversees(own, organ):
        raise forbidden(principal, Action.DUTY.value, organ.region)
    return organ


def _check_near(on: date, today: date) -> None:
    if abs(on - today) > timedelta(days=MOST_DAYS):
        raise Refused(
            "day-out-of-range",
            f"只能查询前后{MOST_DAYS}日",
            f"only days within {MOST_DAYS} days of today",
            field="on",
        )
