"""HTTP of benchmarks: public to read (行政处罚法 34), loaded by department or association, compared by officers."""

from datetime import date, timedelta
from typing import Annotated
from uuid import uuid4

from common.auth import PROVINCE, CurrentPrincipal
from common.clock import LegalDay, now_of, today_of
from common.http import Router, Transaction
from common.http.rate_limit import public_rate_limit
from contracts.benchmarks import deviations, tiers
from contracts.conduct import OrganKind, PenaltyKind, UnknownConductCode, conduct, penalties
from fastapi import Depends, Query, Response, status
from starlette.requests import Request

from discipline_api.audit.entries import Entry
from discipline_api.audit.store import append
from discipline_api.benchmarks.domain import compare, drifts
from discipline_api.benchmarks.store import SqlTables, decided_cases
from discipline_api.benchmarks.use_cases import LoadedTable, load_table
from discipline_api.benchmarks.views import ConsistencyView, DriftView, LoadedView, LoadTable, Propose, TableView
from discipline_api.organs import Organ
from discipline_api.permissions import Action, allowed, demand, demand_any
from discipline_api.record.store_benchmarks import benchmark_table
from discipline_api.refusals import Refused

router = Router(prefix="/v1", tags=["裁量基准 Benchmarks"])

LOOKS_BACK = timedelta(days=5 * 366)
"""Older decisions say little of today's scale."""


@router.get(
    "/public/benchmarks",
    summary="裁量基准 The benchmark in force on a day",
    dependencies=[Depends(public_rate_limit)],
)
async def get_benchmarks(
    *,
    request: Request,
    tx: Transaction,
    kind: PenaltyKind = PenaltyKind.ADMINISTRATIVE,
    conduct_code: Annotated[str | None, Query(max_length=16)] = None,
    as_of: date | None = None,
) -> TableView:
    if conduct_code is not None:
        _check_conduct(conduct_code)
    return TableView.of(await benchmark_table(tx.session, kind, as_of or today_of(request)), conduct_code)


@router.post("/benchmarks", status_code=status.HTTP_201_CREATED, summary="载入裁量基准 Load an official table")
async def post_benchmarks(
    request: Request, body: LoadTable, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> LoadedView:
    organ = OrganKind.DEPARTMENT if body.kind is PenaltyKind.ADMINISTRATIVE else OrganKind.ASSOCIATION
    demand_any(principal, Action.LOAD_BENCHMARK)
    demand(principal, Action.LOAD_BENCHMARK, organ, PROVINCE, principal.organisation_id)
    now = now_of(request)
    table = await load_table(
        SqlTables(tx),
        LoadedTable(
            uuid4(),
            body.kind,
            body.title,
            Organ(organ, PROVINCE, "").name_zh,
            body.document_number,
            body.effective_on,
            tuple((item.conduct_code, item.item()) for item in body.items),
        ),
        loaded_by=principal.subject,
        at=now,
    )
    await append(tx, Entry.by(principal, Action.LOAD_BENCHMARK.value, "benchmark", table.table_id, at=now))
    response.headers["Location"] = f"/v1/public/benchmarks?kind={table.kind.value}"
    return LoadedView.of(table)


@router.post(
    "/consistency",
    summary="尺度比对 Compare a proposed sanction with the benchmark and with similar cases",
    description="不保存任何内容；不要求幂等键。Keeps nothing, and needs no idempotency key.",
)
async def post_consistency(request: Request, body: Propose, principal: CurrentPrincipal) -> ConsistencyView:
    demand_any(principal, Action.COMPARE)
    _check_conduct(body.conduct_code)
    kinds = {penalties()[kind].kind for kind in body.penalties}
    if len(kinds) > 1:
        raise Refused(
            "penalties-of-two-kinds",
            "行政处罚与行业处分分别比对",
            "administrative penalties and industry sanctions are compared apart",
            field="penalties",
        )
    (kind,), on = kinds, body.decided_on or today_of(request)
    proposed = body.proposed(principal.region or "")
    async with request.app.state.database.begin() as tx:
        table = await benchmark_table(tx.session, kind, on)
        decided = await decided_cases(tx, kind, on - LOOKS_BACK, on, now_of(request))
    item = None if body.tier is None else table.item(body.conduct_code, body.tier)
    if body.tier is not None and body.tier not in tiers():
        raise Refused("tier-unknown", "没有这一档次", "there is no such tier", field="tier")
    found = [] if item is None else deviations(item, proposed.kinds, proposed.fine_yuan, proposed.months)
    comparison = compare(
        proposed,
        decided,
        lambda case: case.public or allowed(principal, Action.READ, case.organ_kind, case.region, ""),
    )
    return ConsistencyView.of(table, body.conduct_code, found, comparison)


@router.get("/consistency/organs", summary="各机关尺度偏离 How far each organ lies from the province")
async def get_drift(
    *,
    request: Request,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: PenaltyKind = PenaltyKind.ADMINISTRATIVE,
    from_on: Annotated[LegalDay | None, Query(alias="from")] = None,
    to_on: Annotated[LegalDay | None, Query(alias="to")] = None,
) -> list[DriftView]:
    organ = OrganKind.DEPARTMENT if kind is PenaltyKind.ADMINISTRATIVE else OrganKind.ASSOCIATION
    demand(principal, Action.READ_DRIFT, organ, PROVINCE, principal.organisation_id)
    last = to_on or today_of(request)
    first = from_on or last - LOOKS_BACK
    if first > last:
        raise Refused("period-empty", "起始日晚于截止日", "the period ends before it begins", field="from")
    return [DriftView.of(each) for each in drifts(await decided_cases(tx, kind, first, last, now_of(request)))]


def _check_conduct(code: str) -> None:
    try:
        conduct(code)
    except UnknownConductCode:
        raise Refused(
            "conduct-code-unknown", "违法行为代码不在清单内", "the closed list has no such code", field="conduct_code"
        ) from None
