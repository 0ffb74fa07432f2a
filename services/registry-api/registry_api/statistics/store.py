"""One grouped statement per question, composed of our own identifiers; answers are kept until the register changes."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import date
from typing import Any

from common.database import Database
from contracts.plan import plan
from contracts.public_register import PUBLIC_CATEGORIES
from contracts.registry_events import FirmKind

from registry_api.statistics.domain import (
    AGE_BANDS,
    INSTITUTION,
    SIZE_BANDS,
    UNDIVIDED,
    Asked,
    Counted,
    Group,
    Statistics,
    bands,
)

_KEPT = 256

# Moving a row from the outbox to the feed changes the mark without need; nothing that is committed leaves it as it was.
_MARK = """
SELECT (SELECT position FROM feed_head) AS position, count(*) AS waiting, max(id) AS newest FROM outbox"""

_OPEN = "{t}.from_on <= $1 AND ({t}.to_on IS NULL OR {t}.to_on > $1)"
_FACT = (
    "EXISTS (SELECT FROM standing_facts s WHERE s.{column} = {t}.{column} AND s.kind = '{kind}' AND NOT s.withdrawn"
    " AND s.from_on <= $1 AND (s.to_on IS NULL OR s.to_on > $1))"
)

# $1 day, $2 categories of head-counts, $3 whether the suspended are left out, $4 whether branches add to head offices.
_HEADS = f"""
own AS (
    SELECT h.firm_id, count(*) AS heads FROM practices h
    WHERE h.firm_id IS NOT NULL AND h.category = ANY($2::int[]) AND {_OPEN.format(t="h")}
      AND NOT {_FACT.format(column="lawyer_id", t="h", kind="revocation")}
      AND NOT ($3::bool AND {_FACT.format(column="lawyer_id", t="h", kind="suspension")})
    GROUP BY h.firm_id
), heads AS (
    SELECT firm_id, sum(heads)::bigint AS heads FROM (
        SELECT firm_id, heads FROM own
        UNION ALL
        SELECT b.parent_firm_id, own.heads FROM own JOIN firm_periods b ON b.firm_id = own.firm_id
        WHERE $4::bool AND b.parent_firm_id IS NOT NULL AND {_OPEN.format(t="b")}
          AND NOT {_FACT.format(column="firm_id", t="b", kind="revocation")}
    ) each_place GROUP BY firm_id
)"""

# $5 categories counted, $6 region or none.
_LAWYERS = f"""
WITH {_HEADS}
SELECT {{keys}}, count(*) AS counted
FROM practices p
JOIN lawyers l ON l.lawyer_id = p.lawyer_id
LEFT JOIN firm_periods f ON f.firm_id = p.firm_id AND {_OPEN.format(t="f")}
LEFT JOIN heads h ON h.firm_id = CASE WHEN $4::bool THEN coalesce(f.parent_firm_id, p.firm_id) ELSE p.firm_id END
WHERE {_OPEN.format(t="p")} AND p.category = ANY($5::int[]) AND ($6::text IS NULL OR p.region = $6)
  AND NOT {_FACT.format(column="lawyer_id", t="p", kind="revocation")}
  AND NOT ($3::bool AND {_FACT.format(column="lawyer_id", t="p", kind="suspension")})
GROUP BY {{places}} ORDER BY {{places}}"""

# $5 kinds counted, $6 region or none.
_FIRMS = f"""
WITH {_HEADS}
SELECT {{keys}}, count(*) AS counted
FROM firm_periods f
LEFT JOIN heads h ON h.firm_id = f.firm_id
WHERE {_OPEN.format(t="f")} AND f.kind = ANY($5::text[]) AND ($6::text IS NULL OR f.region = $6)
  AND NOT {_FACT.format(column="firm_id", t="f", kind="revocation")}
GROUP BY {{places}} ORDER BY {{places}}"""


def _banded(value: str, least: tuple[int, ...]) -> str:
    labels = bands(least)
    cases = (f"WHEN {value} >= {low} THEN '{label}'" for low, label in reversed(list(zip(least, labels, strict=True))))
    return f"CASE {' '.join(cases)} END"


def _years(since: str) -> str:
    return f"extract(year FROM age($1::date, {since}))"


_IN_FIRM = f"CASE WHEN p.firm_id IS NULL THEN '{INSTITUTION}' ELSE {{}} END"
_LAWYER_KEYS = {
    "region": "p.region",
    "county": "CASE WHEN p.firm_id IS NULL THEN p.county ELSE f.county END",
    "category": "p.category::text",
    "kind": _IN_FIRM.format("f.kind"),
    "size_band": _IN_FIRM.format(_banded("coalesce(h.heads, 0)", SIZE_BANDS)),
    "age_band": _banded(_years("l.first_licensed_on"), AGE_BANDS),
}
_FIRM_KEYS = {
    "region": "f.region",
    "county": "f.county",
    "kind": "f.kind",
    "size_band": _banded("coalesce(h.heads, 0)", SIZE_BANDS),
    "age_band": _banded(_years("(SELECT min(e.from_on) FROM firm_periods e WHERE e.firm_id = f.firm_id)"), AGE_BANDS),
}
_CLOSED = f"CASE WHEN p.category <> ALL(ARRAY{sorted(PUBLIC_CATEGORIES)}) THEN '{UNDIVIDED}' ELSE {{}} END"
_ALWAYS_TOLD = frozenset({"region", "kind", "size_band"})
"""Of kind and size band they are one group anyway."""


def statement(asked: Asked) -> str:
    lawyers = asked.counted is Counted.LAWYERS
    keys = []
    for name in asked.group_by:
        key = (_LAWYER_KEYS if lawyers else _FIRM_KEYS)[name]
        if lawyers and not asked.divides_closed and name not in _ALWAYS_TOLD:
            key = _CLOSED.format(key)
        keys.append(f"{key} AS {name}")
    places = ", ".join(str(place) for place in range(1, len(keys) + 1)) or "1"
    return (_LAWYERS if lawyers else _FIRMS).format(keys=", ".join(keys) or "NULL::text AS all_of_them", places=places)


def _counted(asked: Asked) -> list[Any]:
    if asked.counted is Counted.LAWYERS:
        return sorted(asked.policy.categories)
    left_out = {FirmKind.FOREIGN_OFFICE} | (set() if asked.policy.count_branch_as_firm else {FirmKind.BRANCH})
    return [kind.value for kind in FirmKind if kind not in left_out]


class SqlStatistics:
    """`answer` asks the register only where it has changed since; one count at a time, however many ask."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._answers: OrderedDict[tuple[Asked, date, tuple[Any, ...]], bytes] = OrderedDict()
        self._counting = asyncio.Lock()

    async def answer(self, asked: Asked, today: date, render: Callable[[Statistics], bytes]) -> bytes:
        pool = await self._database.pool()
        mark = tuple(await pool.fetchrow(_MARK))
        key = (asked, today, mark)
        if (known := self._answers.get(key)) is not None:
            return known
        async with self._counting:
            if (known := self._answers.get(key)) is not None:
                return known
            body = render(await self.count(asked))
            self._answers[key] = body
            while len(self._answers) > _KEPT:
                self._answers.popitem(last=False)
            return body

    async def count(self, asked: Asked) -> Statistics:
        policy = asked.policy
        pool = await self._database.pool()
        rows = await pool.fetch(
            statement(asked),
            asked.as_of,
            list(plan().policy_parameters.firm_headcount_categories.default),
            policy.count_suspended == "not-suspended",
            policy.with_branches,
            _counted(asked),
            asked.region,
        )
        return Statistics(
            asked, tuple(Group({name: row[name] for name in asked.group_by}, row["counted"]) for row in rows)
        )
