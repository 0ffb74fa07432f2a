"""`/v1/indicators/{id}/history`, `/v1/indicators/{id}/changes`, `/v1/changes`."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from common.auth import CurrentPrincipal
from common.clock import today_of
from common.http import Router, not_found
from common.http.etag import bytes_response, etag_of_bytes
from common.http.paging import DEFAULT_LIMIT, MAX_LIMIT, decode_cursor, encode_cursor
from contracts.plan import UnknownPlanId, plan
from contracts.regions import PROVINCE
from fastapi import Query
from progress_store.queries import SMALLEST_ID
from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from progress_api.board import Board
from progress_api.history.domain import Changed, Step
from progress_api.history.store import StoredHistory
from progress_api.history.use_cases import moved, read_changes, read_history
from progress_api.history.views import ChangedView, ChangesView, EventsView, HistoryView, PlanChangesView
from progress_api.organisations import PlaceCode
from progress_api.parameters import PolicyQuery
from progress_api.permissions import Action, demand
from progress_api.questions import Question
from progress_api.readings.domain import Choices
from progress_api.readings.store import all_choices
from progress_api.refusals import Refused

router = Router(prefix="/v1", tags=["历史 History"])

EARLIEST = date(2020, 1, 1)
_WEEK = timedelta(days=7)


class _Interval(PolicyQuery):
    region: PlaceCode | None = Field(None, description="地区代码，默认全省 / region code")
    from_on: date | None = Field(None, ge=EARLIEST, description="起始日 / first day")
    until_on: date | None = Field(None, ge=EARLIEST, description="截止日，默认今天 / last day, today by default")

    def question(self, indicator_id: str, today: date, choices: Choices) -> Question:
        try:
            indicator = plan().indicator(indicator_id)
        except UnknownPlanId as error:
            raise not_found("方案中没有这个指标。", "The plan has no such indicator.") from error
        return Question(
            indicator=indicator,
            today=today,
            as_of=self.until_on or today,
            region=None if self.region == PROVINCE else self.region,
            choices=choices,
            chosen=self.chosen(),
        )


class HistoryQuery(_Interval):
    step: Step = Step.DAY


class ChangesQuery(_Interval):
    limit: int = Field(DEFAULT_LIMIT, ge=1, le=MAX_LIMIT)
    cursor: str | None = Field(None, max_length=1000)


@router.get("/indicators/{indicator_id}/history", summary="逐日或逐月数值 Day by day", response_model=HistoryView)
async def get_history(
    request: Request, indicator_id: str, principal: CurrentPrincipal, query: Annotated[HistoryQuery, Query()]
) -> Response:
    """30 days, or 12 months, up to the last day unless said otherwise."""
    demand(principal, Action.READ_VALUES)
    question = query.question(indicator_id, today_of(request), await all_choices(request.app.state.database))
    span = timedelta(days=29) if query.step is Step.DAY else timedelta(days=365)
    view = await read_history(
        StoredHistory(request.app.state.database),
        principal,
        question,
        step=query.step,
        from_on=query.from_on or question.as_of - span,
    )
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


@router.get(
    "/indicators/{indicator_id}/changes", summary="两日之差由哪些记录造成 What changed", response_model=ChangesView
)
async def get_changes(
    request: Request, indicator_id: str, principal: CurrentPrincipal, query: Annotated[ChangesQuery, Query()]
) -> Response:
    """From a week before the last day unless said otherwise."""
    demand(principal, Action.READ_VALUES)
    question = query.question(indicator_id, today_of(request), await all_choices(request.app.state.database))
    from_on = query.from_on or question.as_of - _WEEK
    kind = f"changes:{indicator_id}:{from_on}:{question.as_of}:{question.region}:{sorted(question.chosen.items())}"
    after = decode_cursor(query.cursor, kind, UUID)
    changes = await read_changes(
        StoredHistory(request.app.state.database),
        principal,
        question,
        from_on=from_on,
        row_after=SMALLEST_ID if after is None else after[0],
        limit=query.limit,
    )
    shown = changes.records[: query.limit]
    view = ChangesView(
        id=indicator_id,
        from_on=from_on,
        until_on=question.as_of,
        region=question.region,
        before=changes.before,
        after=changes.after,
        items=[_view(item, question.computation.topic) for item in shown],
        next_cursor=encode_cursor(kind, str(shown[-1].row_id)) if len(changes.records) > query.limit else None,
        columns_withheld=list(changes.withheld),
    )
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))


def _view(item: Changed, topic: str) -> ChangedView:
    events = None if item.key is None else EventsView(topic=topic, href=f"/v1/events?key={item.key}")
    return ChangedView(row_id=item.row_id, region=item.region, before=item.before, after=item.after, events=events)


@router.get("/changes", summary="全部指标两日之间的变化 What changed in the plan", response_model=PlanChangesView)
async def get_plan_changes(
    request: Request,
    principal: CurrentPrincipal,
    from_on: Annotated[date | None, Query(description="默认一周前 / a week ago by default")] = None,
) -> Response:
    demand(principal, Action.READ_VALUES)
    today = today_of(request)
    before = from_on or today - _WEEK
    if not EARLIEST <= before <= today:
        raise Refused("day-out-of-range", "日期不在可查询的范围内", "is out of range", field="from_on")
    board: Board = request.app.state.board
    then, now = await board.on(before), await board.on(today)
    items, closed = moved(principal, then, now, from_on=before, until_on=today)
    view = PlanChangesView(
        from_on=before,
        until_on=today,
        items=items,
        unchanged=len(now) - len(items) - closed,
        closed=closed,
    )
    body = view.model_dump_json().encode()
    return bytes_response(request, body, etag=etag_of_bytes(body))
