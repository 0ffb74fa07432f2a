"""HTTP of statistics: open to everybody, with ETag; a reader without the right learns nothing of single persons."""

from datetime import date
from typing import Annotated, Any

from common.auth import PROVINCE, OptionalPrincipal, Principal, forbidden
from common.http import RequestModel, Router
from common.http.etag import bytes_response, etag_of_bytes
from common.http.problems import Invalid
from common.http.rate_limit import public_rate_limit
from contracts import legal_day
from contracts.policy import CategorySet, HeadcountScope, SuspendedPolicy
from fastapi import Depends, Query, Request, Response
from pydantic import Field, field_validator

from registry_api.permissions import Action, allowed
from registry_api.register.fields import RegionCode
from registry_api.register.times import check_as_of
from registry_api.statistics.domain import (
    MOST_GROUPINGS,
    Asked,
    Counted,
    FirmGroup,
    LawyerGroup,
    Policy,
    default_policy,
)
from registry_api.statistics.store import SqlStatistics
from registry_api.statistics.use_cases import answer

router = Router(prefix="/v1/statistics", tags=["统计 Statistics"], dependencies=[Depends(public_rate_limit)])

_RIGHT_ONLY = "不计停止执业者须有查看执业状态的权限 / leaving out the suspended needs the right to standing."


class _Common(RequestModel):
    as_of: date | None = Field(default=None, description="何日，默认今日 / the day, today by default.")
    region: RegionCode | None = Field(default=None, description="仅此地区 / this region only.")
    headcount_scope: HeadcountScope | None = Field(default=None, description="规模口径 / whose lawyers make the size.")
    count_suspended: SuspendedPolicy | None = Field(default=None, description=_RIGHT_ONLY)

    @field_validator("group_by", check_fields=False)
    @classmethod
    def _few_and_different(cls, names: list[str]) -> list[str]:
        if len(names) > MOST_GROUPINGS or len(set(names)) < len(names):
            raise Invalid("最多两项，不得重复", "has at most two different ones")
        return names


class LawyerQuery(_Common):
    group_by: list[LawyerGroup] = Field(default=[], description="一项或两项，重复此参数 / one or two; repeat it.")
    lawyer_categories: CategorySet | None = Field(default=None, description="律师口径 / which categories count.")


class FirmQuery(_Common):
    group_by: list[FirmGroup] = Field(default=[], description="一项或两项，重复此参数 / one or two; repeat it.")
    count_branch_as_firm: bool | None = Field(default=None, description="分所是否计为律所 / whether branches count.")


_LABEL = {"type": "object", "properties": {name: {"type": ["string", "null"]} for name in ("code", "zh", "en")}}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "按所给口径的人数或机构数 / counted under the policy that the answer states",
        "content": {
            "application/json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "counted": {"type": "string", "description": "统计对象 what is counted"},
                        "as_of": {"type": "string", "format": "date", "description": "统计日 the day"},
                        "region": {
                            "type": ["string", "null"],
                            "description": "地区，空为全省 region",
                        },
                        "group_by": {"type": "array", "items": {"type": "string"}, "description": "分组 grouping"},
                        "total": {"type": "integer", "description": "合计 total"},
                        "groups": {
                            "type": "array",
                            "description": "各组：数量与分组值 each group: its count and its keys",
                            "items": {
                                "type": "object",
                                "properties": {"count": {"type": "integer"}},
                                "additionalProperties": _LABEL,
                            },
                        },
                        "policy": {"type": "object", "description": "口径 the readings applied"},
                        "notes": {"type": "array", "items": _LABEL, "description": "说明 notes"},
                    },
                }
            }
        },
    }
}


@router.get("/lawyers", summary="律师统计 Count lawyers", responses=ANSWERS)
async def count_lawyers(
    request: Request, principal: OptionalPrincipal, query: Annotated[LawyerQuery, Query()]
) -> Response:
    return await _answered(request, principal, Counted.LAWYERS, query, lawyer_categories=query.lawyer_categories)


@router.get("/firms", summary="律师事务所统计 Count firms", responses=ANSWERS)
async def count_firms(request: Request, principal: OptionalPrincipal, query: Annotated[FirmQuery, Query()]) -> Response:
    return await _answered(request, principal, Counted.FIRMS, query, count_branch_as_firm=query.count_branch_as_firm)


async def _answered(
    request: Request,
    principal: Principal | None,
    counted: Counted,
    query: LawyerQuery | FirmQuery,
    *,
    lawyer_categories: CategorySet | None = None,
    count_branch_as_firm: bool | None = None,
) -> Response:
    today = legal_day.legal_today()
    as_of = query.as_of or today
    check_as_of(as_of, today)
    where = query.region or PROVINCE
    default = default_policy()
    policy = Policy(
        lawyer_categories=lawyer_categories or default.lawyer_categories,
        count_suspended=query.count_suspended or default.count_suspended,
        headcount_scope=query.headcount_scope or default.headcount_scope,
        count_branch_as_firm=default.count_branch_as_firm if count_branch_as_firm is None else count_branch_as_firm,
    )
    if policy.count_suspended == "not-suspended":
        _demand_standing(principal, where)
    asked = Asked(
        counted,
        as_of,
        tuple(each.value for each in query.group_by),
        policy,
        region=query.region,
        sees_closed=principal is not None and allowed(principal, Action.READ, where),
    )
    body = await answer(_statistics(request), asked, today)
    return bytes_response(request, body, etag=etag_of_bytes(body))


def _demand_standing(principal: Principal | None, where: str) -> None:
    """The difference of both counts is the number of those suspended: of few lawyers it names them."""
    caller = principal or Principal(subject="anonymous")
    if not allowed(caller, Action.READ_STANDING, where):
        raise forbidden(caller, Action.READ_STANDING.value, where)


def _statistics(request: Request) -> SqlStatistics:
    state = request.app.state
    if getattr(state, "statistics", None) is None:
        state.statistics = SqlStatistics(state.database)
    counts: SqlStatistics = state.statistics
    return counts
