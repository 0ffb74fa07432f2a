"""Answering an invitation: no account, the code is the only right. Nothing here tells who else has answered."""

import orjson
from common.clock import now_of
from common.database import Database
from common.http import Router
from common.http.rate_limit import RateLimit
from contracts.evaluations import EvaluationSide, evaluation_items
from fastapi import Depends, Request, Response, status

from rights_api.evaluations.store import SqlEvaluations
from rights_api.evaluations.tokens import InvitationCodes
from rights_api.evaluations.use_cases import answer
from rights_api.evaluations.views import AnswerEvaluation, ItemsView, ReceivedView

router = Router(prefix="/v1", tags=["互评 Mutual evaluation"])


def _limit(request: Request) -> None:
    limit: RateLimit = request.app.state.evaluation_limit
    limit.check(request)


@router.get("/evaluation-items", summary="评价表 What either side is asked")
async def get_items() -> list[ItemsView]:
    return [ItemsView(side=side, side_zh=side.zh, items=list(evaluation_items()[side])) for side in EvaluationSide]


@router.post(
    "/evaluation-answers",
    status_code=status.HTTP_201_CREATED,
    summary="填写互评 Answer an invitation",
    description="无需登录，凭邀请码填写，每码一次。同一内容重复提交不算第二次。"
    " No account: the code alone, once. The same answer sent again is no second one; no Idempotency-Key.",
    dependencies=[Depends(_limit)],
)
async def post_answer(request: Request, response: Response, body: AnswerEvaluation) -> ReceivedView:
    codes: InvitationCodes = request.app.state.invitation_codes
    database: Database = request.app.state.database
    content = orjson.dumps([body.points, body.comment], option=orjson.OPT_SORT_KEYS)
    async with database.begin() as tx:
        await answer(
            SqlEvaluations(tx.session, request.app.state.vault),
            codes.digest(body.code),
            codes.answer_digest(body.code, content),
            points=body.points,
            comment=body.comment,
            now=now_of(request),
        )
    response.headers["Cache-Control"] = "no-store"
    return ReceivedView()
