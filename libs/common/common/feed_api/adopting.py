"""How a consumer that stopped at a fork goes on: from the place at which the restored feed came back."""

from typing import Annotated

import structlog
from fastapi import Path
from pydantic import BaseModel, Field
from starlette.requests import Request

from common.auth import CurrentPrincipal, forbidden
from common.clock import now_of
from common.events import PARTITIONS
from common.feed_api.parked_views import PositionView, position_view
from common.feed_api.rights import FeedRights
from common.http.problems import Problem, RequestModel, not_found
from common.http.transaction import Router, Transaction
from common.operator_acts import Act, record

_log = structlog.get_logger()


class Adoption(RequestModel):
    """The place at which the feed came back, as the restore reported it."""

    reason: str = Field(min_length=1, max_length=500)
    seq: int = Field(ge=0, le=2**63 - 1)
    partition_hash: str = Field(pattern="^[0-9a-f]{64}$")


class AdoptedView(BaseModel):
    """applied_beyond: events of the history that is gone, whose effects stand; of a closed feed it is not told."""

    position: PositionView
    applied_beyond: int | None


def add_adoption(router: Router, rights: FeedRights) -> None:
    @router.post("/positions/{topic}/{partition}/adoption", summary="采用恢复后的事件流 Adopt a restored feed")
    async def post_adoption(  # noqa: PLR0917 -- FastAPI passes parameters by name
        request: Request,
        topic: str,
        partition: Annotated[int, Path(ge=0, lt=PARTITIONS)],
        body: Adoption,
        principal: CurrentPrincipal,
        tx: Transaction,
    ) -> AdoptedView:
        """A partition that stopped at a fork goes on from where the restored feed ended. What was applied beyond stays
        applied, and is said: a projection is rebuilt afterwards. If the feed does not hold that place with that hash,
        the next look is a fork again.
        """
        if not rights.may_operate(principal):
            raise forbidden(principal, "operator")
        raw = await tx.raw()
        before = await raw.fetchrow(
            "SELECT * FROM positions WHERE topic = $1 AND partition = $2 FOR UPDATE", topic, partition
        )
        if before is None:
            raise not_found("没有这个分区的消费位置。", "There is no position of such a partition.")
        if before["stopped"] is None or not before["stopped"].startswith("fork"):
            raise _conflict(
                "partition-not-forked", "该分区没有因分叉而停止。", "This partition has not stopped at a fork."
            )
        if body.seq > before["last_seq"]:
            raise _conflict(
                "adoption-ahead",
                "seq 在已处理的位置之后：其间的事件会被跳过。",
                "seq is beyond what was applied: what is between would be skipped.",
            )
        after = await raw.fetchrow(
            "UPDATE positions SET stopped = NULL, last_seq = $3, last_partition_hash = $4 "
            "WHERE topic = $1 AND partition = $2 RETURNING *",
            topic, partition, body.seq, bytes.fromhex(body.partition_hash),
        )  # fmt: skip
        beyond = before["last_seq"] - body.seq
        _log.warning(
            "restored-feed-adopted", topic=topic, partition=partition, applied_beyond=beyond,
            adopted_by=principal.subject,
        )  # fmt: skip
        await record(tx, principal, Act("adopt", "partition", f"{topic}/{partition}", body.reason), now_of(request))
        view = position_view(after, rights, principal)
        return AdoptedView(position=view, applied_beyond=beyond if rights.may_read_feed(principal, topic) else None)


def _conflict(kind: str, zh: str, en: str) -> Problem:
    return Problem(
        type=kind, status=409, title_zh="与当前状态冲突", title_en="Conflict", detail_zh=zh, detail_en=en,
    )  # fmt: skip
