"""Whom a number belongs to today: asked of the registry's public look-up, and kept nowhere here."""

import httpx
from common.telemetry import get_logger
from contracts.discipline_events import SubjectKind

from discipline_api.extracts.domain import Asked, Registered

_log = get_logger(__name__)
SECONDS = 3.0
_PATHS = {SubjectKind.LAWYER: "/v1/public/lawyers/{}", SubjectKind.FIRM: "/v1/public/firms/{}"}


async def ask_registry(registry: httpx.AsyncClient, asked: Asked) -> Registered:
    """A registry that is away does not keep the result from being made: it says that the name could not be asked."""
    try:
        answer = await registry.get(_PATHS[asked.kind].format(asked.number))
    except httpx.HTTPError as error:
        _log.warning("registry_not_asked", error=type(error).__name__)
        return _unknown()
    if answer.status_code == httpx.codes.OK:
        return Registered(known=True, name=answer.json()["name"])
    if answer.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
        return Registered(
            known=False,
            remark_zh="本省公开登记中没有该号码",
            remark_en="the province's public register does not hold this number",
        )
    _log.warning("registry_not_asked", status=answer.status_code)
    return _unknown()


def _unknown() -> Registered:
    return Registered(
        known=None, remark_zh="登记信息暂时无法查询", remark_en="the register could not be asked at that moment"
    )
