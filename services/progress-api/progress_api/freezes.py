"""The plan's freeze, as other rooms must heed it: what lies inside a frozen plan changes no more (late facts become an
addendum).
"""

from datetime import date

import asyncpg
from contracts.plan import plan

from progress_api.refusals import Refused

_LOCK = "SELECT pg_advisory_xact_lock_shared(hashtextextended('plan_freezes/' || $1, 0))"
_LOCK_ALONE = "SELECT pg_advisory_xact_lock(hashtextextended('plan_freezes/' || $1, 0))"
IS_OPEN = "NOT EXISTS (SELECT FROM plan_freezes f WHERE f.plan_id = r.plan_id AND f.frozen_on >= r.until_on)"
"""Of a report `r`, in a query: who has not sent it is not asked any more once it could not be sent."""

_FROZEN = "SELECT EXISTS (SELECT FROM plan_freezes WHERE plan_id = $1 AND frozen_on >= $2)"


async def is_frozen(connection: asyncpg.Connection, until_on: date) -> bool:
    """Whether a period that ends on this day lies inside the frozen plan. Holds off a freeze until the transaction
    ends: who freezes takes the same advisory lock for himself alone.
    """
    plan_id = plan().meta.id
    await connection.execute(_LOCK, plan_id)
    return bool(await connection.fetchval(_FROZEN, plan_id, until_on))


async def check_open(connection: asyncpg.Connection, until_on: date) -> None:
    """Raises `plan-frozen` where it is (`is_frozen`)."""
    if await is_frozen(connection, until_on):
        raise plan_frozen()


async def check_frozen(connection: asyncpg.Connection, until_on: date) -> None:
    """Raises Refused where it is not: nothing is late yet."""
    if not await is_frozen(connection, until_on):
        raise Refused(
            "nothing-is-late",
            "该期尚未收官定格，不作为迟到数值",
            "the period is not frozen: its numbers are not late",
            field="late",
            conflict=True,
        )


async def hold_alone(connection: asyncpg.Connection, plan_id: str) -> None:
    """Waits for every change that has been found open, and holds off others until the transaction ends."""
    await connection.execute(_LOCK_ALONE, plan_id)


def plan_frozen() -> Refused:
    return Refused(
        "plan-frozen",
        "方案已收官定格，该期数据不再变更，迟到的情况请列入补充说明",
        "the plan is frozen: this period changes no more, and late facts go into an addendum",
        conflict=True,
    )
