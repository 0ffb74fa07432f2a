"""What must be true of a case after every accepted order, read from the rows and the events."""

from datetime import date
from itertools import pairwise
from typing import Any
from uuid import UUID

import asyncpg

from . import penalties
from .case import Case

_PREFIX = "lawyers.discipline."


async def check_all(sql: asyncpg.Connection, row: Any, case: Case, told: str) -> None:
    assert row is not None, told
    kind, region, code = case.organ
    seen = {name: row[name] for name in ("state", "remedy", "version", "ended", "organ_kind", "organ_region")}
    seen |= {"organ_code": row["organ_code"], "recused": set(row["recused"])}
    assert seen == {
        "state": case.state, "remedy": case.remedy, "version": case.version, "ended": case.has_ended,
        "organ_kind": kind, "organ_region": region, "organ_code": code or "", "recused": case.recused,
    }, told  # fmt: skip
    await _check_steps(sql, row, told)
    await _check_events(sql, row, case, told)
    await _check_sanction(sql, row, case, told)
    await _check_clocks(sql, row, case, told)


async def _check_steps(sql: asyncpg.Connection, row: Any, told: str) -> None:
    """One entry per version; each step begins where the one before it left the case, and on no earlier day."""
    steps = await sql.fetch(
        'SELECT version, step, from_state, to_state, "on" FROM proceeding_steps WHERE proceeding_id = $1 ORDER BY version',
        row["proceeding_id"],
    )
    assert [each["version"] for each in steps] == list(range(1, row["version"] + 1)), told
    for one, two in pairwise(steps):
        assert one["to_state"] == two["from_state"], told
        moved = (two["from_state"], two["to_state"])
        reopened = moved[0] in ("REFUSED", "FORWARDED", "CLOSED", "WITHDRAWN") and moved[0] != moved[1]
        assert not reopened or moved == ("CLOSED", "WITHDRAWN"), told
        if "recuse" not in (one["step"], two["step"]):  # which is of the day it is recorded
            assert one["on"] <= two["on"], told
    assert steps[-1]["to_state"] == row["state"], told


async def _events(sql: asyncpg.Connection, key: UUID) -> list[tuple[str, int]]:
    rows = await sql.fetch("SELECT event_type, entity_version FROM outbox WHERE key = $1 ORDER BY id", str(key))
    return [(each["event_type"].removeprefix(_PREFIX), each["entity_version"]) for each in rows]


async def _check_events(sql: asyncpg.Connection, row: Any, case: Case, told: str) -> None:
    events = await _events(sql, row["proceeding_id"])
    assert [version for _, version in events] == list(range(1, len(events) + 1)), told
    assert row["told"] == len(events), told
    assert [name for name, _ in events] == [f"proceeding.{name}.v1" for name in case.events], told


async def _check_sanction(sql: asyncpg.Connection, row: Any, case: Case, told: str) -> None:
    """D26: no row and no event before service, or before an industry sanction takes effect; withdrawn with the case."""
    assert (row["sanction_id"] is not None) == case.has_sanction, told
    if row["sanction_id"] is None:
        decided = await sql.fetchval(
            "SELECT count(*) FROM sanctions s WHERE NOT EXISTS "
            "(SELECT FROM proceedings p WHERE p.sanction_id = s.case_id)"
        )
        assert decided == 0, told
        return
    sanction = await sql.fetchrow("SELECT * FROM sanctions WHERE case_id = $1", row["sanction_id"])
    assert sanction is not None, told
    assert sanction["penalties"] == penalties.kinds(case.imposed), told
    assert sanction["fine_yuan"] == (penalties.amount(case.imposed, "fine_yuan") or None), told
    assert sanction["suspension_months"] == (penalties.amount(case.imposed, "suspension_months") or None), told
    assert (sanction["decided_on"], sanction["served_on"]) == (case.decided_on, case.served_on), told
    assert (sanction["from_on"], sanction["to_on"]) == (case.from_on, case.to_on), told
    assert sanction["from_on"] >= sanction["served_on"] >= sanction["decided_on"], told
    fallen = case.state == "WITHDRAWN"
    assert (sanction["withdrawn_on"] is not None) == fallen, told
    names = ["sanction.decided.v1"] + ["sanction.withdrawn.v1"] * fallen
    assert await _events(sql, sanction["case_id"]) == list(zip(names, (1, 2), strict=False)), told


async def _check_clocks(sql: asyncpg.Connection, row: Any, case: Case, told: str) -> None:
    """The latest deadline of each name ends on the day that the model has counted, too."""
    rows = await sql.fetch(
        "SELECT name, due_on FROM deadlines WHERE owner_id = $1 ORDER BY started_on, due_at", row["proceeding_id"]
    )
    seen: dict[str, date] = {each["name"]: each["due_on"] for each in rows}
    assert {name: seen.get(name) for name in case.clocks} == case.clocks, told
