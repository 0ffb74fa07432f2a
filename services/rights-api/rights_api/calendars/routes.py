"""Holiday lists: anyone may see which are loaded; the province's organs load them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Self

from common.auth import CurrentPrincipal, Principal, forbidden
from common.clock import now_of
from common.http import Invalid, RequestModel, Router, Transaction
from common.http.rate_limit import public_rate_limit
from contracts.regions import PROVINCE
from fastapi import Depends, Request, status
from pydantic import BaseModel, Field, model_validator

from rights_api.calendars.domain import Redating, belongs
from rights_api.calendars.store import SqlCalendars
from rights_api.calendars.use_cases import load, preview
from rights_api.clocks.holidays import HolidayList
from rights_api.clocks.store import SqlClocks
from rights_api.permissions import Action, has, sees_justice_cases

router = Router(prefix="/v1/calendars", tags=["放假安排 Holiday lists"])

_SATURDAY = 5
_SHOWN = 500


class ListBody(RequestModel):
    year: Annotated[int, Field(ge=2024, le=2100)]
    document: Annotated[str, Field(min_length=1, max_length=100, examples=["国办发明电〔2026〕7号"])]
    holidays: Annotated[
        dict[date, Annotated[str, Field(min_length=1, max_length=20)]], Field(min_length=1, max_length=60)
    ]
    """Days off, with the name of the holiday."""
    make_up: Annotated[list[date], Field(default_factory=list, max_length=20)]
    """Weekend days that are worked in exchange."""

    @model_validator(mode="after")
    def _days_belong(self) -> Self:
        if not all(belongs(on, self.year) for on in (*self.holidays, *self.make_up)):
            raise Invalid("放假或调休日期（holidays、make_up）不属于该年", "holidays or make_up lie outside the year")
        if any(on.weekday() < _SATURDAY for on in self.make_up):
            raise Invalid("调休上班日（make_up）应为周末", "make_up days are weekend days")
        if set(self.make_up) & self.holidays.keys():
            raise Invalid("同一天不能既放假又上班（make_up）", "a day is either off or worked (make_up)")
        return self

    def holiday_list(self) -> HolidayList:
        return HolidayList(self.year, self.document, dict(self.holidays), frozenset(self.make_up))


class LoadBody(ListBody):
    digest: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="预览给出的摘要 / as the preview gave it")]


class MoveView(BaseModel):
    clock_id: str
    name: str
    organ_zh: str
    from_on: date
    to_on: date
    was_overdue: bool

    @classmethod
    def of(cls, each: Redating) -> Self:
        return cls(
            clock_id=str(each.clock.clock_id),
            name=each.clock.name,
            organ_zh=each.clock.owner.organ.name_zh,
            from_on=each.clock.current.due_on,
            to_on=each.dating.due_on,
            was_overdue=each.clock.overdue_at is not None,
        )


class PreviewView(BaseModel):
    """`confirmed`: deadlines that stay where they are and are no longer provisional."""

    digest: str
    moved: int
    confirmed: int
    moves: list[MoveView]
    """Those the caller may see, at most 500; the digest covers all."""


class LoadedView(BaseModel):
    year: int
    edition: int
    document: str
    loaded_at: datetime
    holidays: dict[date, str]
    make_up: list[date]


@router.get("", summary="已载入的放假安排 Lists that are loaded", dependencies=[Depends(public_rate_limit)])
async def get_calendars(tx: Transaction) -> list[LoadedView]:
    return [
        LoadedView(
            year=each.year,
            edition=edition,
            document=each.document,
            loaded_at=loaded_at,
            holidays=dict(each.holidays),
            make_up=sorted(each.make_up),
        )
        for each, edition, loaded_at in await SqlCalendars(tx).latest()
    ]


@router.post("/previews", summary="预览将变动的期限 Which open deadlines would move", status_code=status.HTTP_200_OK)
async def post_preview(body: ListBody, principal: CurrentPrincipal, tx: Transaction) -> PreviewView:
    _demand(principal)
    found, shown = await preview(SqlCalendars(tx), body.holiday_list())
    return _view(principal, found, shown)


@router.post("", summary="载入并重新计算期限 Load and date again", status_code=status.HTTP_201_CREATED)
async def post_calendar(request: Request, body: LoadBody, principal: CurrentPrincipal, tx: Transaction) -> PreviewView:
    """As previewed, or not at all: 409 where something else would move by now."""
    _demand(principal)
    found = await load(
        SqlCalendars(tx), SqlClocks(tx), body.holiday_list(), body.digest, by=principal.subject, at=now_of(request)
    )
    return _view(principal, found, body.digest)


def _demand(principal: Principal) -> None:
    if principal.region != PROVINCE or not has(principal, Action.LOAD_CALENDAR):
        raise forbidden(principal, Action.LOAD_CALENDAR.value)


def _view(principal: Principal, found: Sequence[Redating], shown: str) -> PreviewView:
    told = [each for each in found if sees_justice_cases(principal) or not each.clock.owner.justice]
    seen = [each for each in told if each.moves]
    return PreviewView(
        digest=shown,
        moved=len(seen),
        confirmed=len(told) - len(seen),
        moves=[MoveView.of(each) for each in seen[:_SHOWN]],
    )
