"""Inviting, answering, and what is told of a quarter."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from contracts.evaluations import EvaluationSide

from rights_api.evaluations.domain import Answer, Evaluation, Mean, Quarter, Rating, means, points_of
from rights_api.refusals import NotFound, Refused


class CodeUnknown(NotFound):
    """Wrong, used, or too late: which of these is told to nobody, for it would tell who has answered."""

    def __init__(self) -> None:
        super().__init__("邀请码不正确、已使用或已过期。", "This code is wrong, has been used, or its time is over.")


class Evaluations(Protocol):
    async def open(
        self, evaluation: Evaluation, codes: Mapping[EvaluationSide, Sequence[bytes]], *, by: str
    ) -> None: ...

    async def invited(self, code: bytes, answer: bytes, now: datetime) -> tuple[EvaluationSide, bool] | None:
        """Its side, and whether this very answer is known; locked. None where the code may not answer."""

    async def answer(self, code: bytes, answer: bytes, given: Answer) -> None: ...

    async def uncounted(self, before: datetime) -> bool:
        """Whether a window that is over has not been counted yet."""

    async def ratings(self, quarter: Quarter) -> Sequence[Rating]: ...


async def answer(
    evaluations: Evaluations,
    code: bytes,
    answer_digest: bytes,
    *,
    points: Mapping[str, int],
    comment: str | None,
    now: datetime,
) -> None:
    """The same answer again is no second one: the first time may have gone unseen."""
    invited = await evaluations.invited(code, answer_digest, now)
    if invited is None:
        raise CodeUnknown
    side, known = invited
    if not known:
        await evaluations.answer(code, answer_digest, Answer(side, points_of(side, points), comment))


async def means_of(evaluations: Evaluations, quarter: Quarter, now: datetime) -> list[Mean]:
    """Whole quarters that are over: means that moved from answer to answer would tell each one."""
    if now < quarter.ends_at:
        raise Refused(
            "quarter-not-over",
            "只公布已结束季度的结果",
            "results are told of quarters that are over",
            field="quarter",
        )
    if await evaluations.uncounted(quarter.ends_at):
        raise Refused(
            "not-counted-yet", "该季度结果尚在汇总，请稍后再试", "the quarter is still being counted", conflict=True
        )
    return means(await evaluations.ratings(quarter))
