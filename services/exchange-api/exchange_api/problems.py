"""How refusals raised below the routes reach the caller."""

from common.http import FieldError, Problem, not_found
from common.kafka.administration import AdministrationFailed
from common.positions import FeedUnavailable
from common.telemetry import get_logger
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from exchange_api.refusals import NotFound, Refused

_log = get_logger(__name__)


def install_exchange_handlers(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _on_refused)
    app.add_exception_handler(NotFound, _on_missing)
    app.add_exception_handler(FeedUnavailable, _on_source_away)
    app.add_exception_handler(AdministrationFailed, _on_kafka_refusing)


async def _on_refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, Refused)  # noqa: S101 -- narrows the type Starlette's signature lost
    return Problem(
        type=exc.code,
        status=409 if exc.conflict else 422,
        title_zh="当前状态不允许" if exc.conflict else "请求内容不符合要求",
        title_en="Not possible in this state" if exc.conflict else "The request is not valid",
        detail_zh=f"{exc.zh}。",
        detail_en=f"{exc.en}.",
        field=exc.field,
        errors=[] if exc.field is None else [FieldError(field=exc.field, zh=exc.zh, en=exc.en)],
    ).response()


async def _on_missing(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, NotFound)  # noqa: S101 -- as above
    return not_found(exc.zh, exc.en).response()


async def _on_source_away(_: Request, exc: Exception) -> Response:
    _log.warning("source-unavailable", error=type(exc).__name__)
    return Problem(
        type="source-unavailable",
        status=503,
        title_zh="事件来源暂不可用",
        title_en="A source of events is not available",
        detail_zh="请稍后重试。",
        detail_en="Try again later.",
        headers={"Retry-After": "5"},
    ).response()


async def _on_kafka_refusing(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, AdministrationFailed)  # noqa: S101 -- as above
    _log.warning("kafka-administration-failed", error=str(exc), retriable=exc.retriable)
    return Problem(
        type="kafka-unavailable",
        status=503,
        title_zh="Kafka 暂不可用",
        title_en="Kafka is not available",
        detail_zh="未能在 Kafka 上办理，请稍后重试；仍不成功的，请查看本服务日志。",
        detail_en="Kafka did not carry it out; try again later, and if that fails see this service's log.",
        headers={"Retry-After": "10"},
    ).response()
