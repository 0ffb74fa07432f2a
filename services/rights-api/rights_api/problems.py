"""How refusals raised below the routes reach the caller."""

from common.secrecy.receipts import QueueFull
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from rights_api.complaints.domain import DecisionDateWrong, IllegalTransition
from rights_api.complaints.problems import problem
from rights_api.complaints.routing import FilingRefused


def install_rights_handlers(app: FastAPI) -> None:
    app.add_exception_handler(QueueFull, _on_queue_full)
    app.add_exception_handler(FilingRefused, _on_filing_refused)
    app.add_exception_handler(IllegalTransition, _on_illegal_transition)
    app.add_exception_handler(DecisionDateWrong, _on_decision_date)


async def _on_queue_full(_: Request, __: Exception) -> Response:
    return problem(
        "busy",
        503,
        "当前提交较多，请稍后以同一密钥重试，不会重复立案。",
        "Busy just now; try again with the same key, no second case comes of it.",
        headers={"Retry-After": "2"},
    ).response()


async def _on_filing_refused(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, FilingRefused)  # noqa: S101 -- narrows the type Starlette's signature lost
    return problem(exc.code, 422, exc.zh, exc.en, field=exc.field).response()


async def _on_illegal_transition(_: Request, exc: Exception) -> Response:
    assert isinstance(exc, IllegalTransition)  # noqa: S101 -- as above
    return problem(
        "illegal-transition",
        409,
        f"该件目前状态为“{exc.status.zh}”，只有“{exc.needed.zh}”的件才能转为“{exc.wanted.zh}”。",
        f"This complaint is {exc.status.en}; only one that is {exc.needed.en} can become {exc.wanted.en}.",
        extra={"state": exc.status.value, "needed": exc.needed.value},
    ).response()


async def _on_decision_date(_: Request, __: Exception) -> Response:
    return problem(
        "decision-date-wrong",
        422,
        "决定日期不得早于受理日，也不得晚于今日。",
        "The decision lies neither before the acceptance nor in the future.",
        field="decided_on",
    ).response()
