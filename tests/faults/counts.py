"""The same numbers twice: from the world's plain Python, and from SQL over the progress store's rows."""

from collections import Counter
from datetime import date
from typing import Any

import asyncpg
from contracts.registry_events import StandingKind

from tests.faults.world import World

DAYS = tuple(map(date.fromisoformat, ("2024-01-01", "2024-05-20", "2024-12-31", "2025-07-01", "2026-12-31")))

LAWYERS_PER_FIRM = 3
Counts = dict[str, Any]


def expected(world: World) -> Counts:
    counts: Counts = {}
    for day in DAYS:
        places = {id_: place for id_, history in world.lawyers.items() if (place := history.on(day)) is not None}
        barred = {
            id_
            for id_, facts in world.facts.items()
            if any(
                not fact.withdrawn and fact.from_on <= day and (fact.to_on is None or day < fact.to_on)
                for fact in facts.values()
            )
        }
        counts[f"lawyers {day}"] = Counter((place.region, place.category) for place in places.values())
        counts[f"lawyers not barred {day}"] = Counter(
            place.region for id_, place in places.items() if id_ not in barred
        )
        firms = {id_: firm for id_, history in world.firms.items() if (firm := history.on(day)) is not None}
        counts[f"firms {day}"] = Counter((firm.region, firm.kind.value) for firm in firms.values())
        members = Counter(place.firm for place in places.values())
        counts[f"large firms {day}"] = sum(number >= LAWYERS_PER_FIRM for number in members.values())
        counts[f"recognised {day}"] = sum(
            from_on <= day and (to_on is None or day < to_on) for _, from_on, to_on in world.recognitions.values()
        )
        cases = [case for case in world.cases.values() if case.decided_on <= day]
        counts[f"sanctions {day}"] = Counter(case.region for case in cases if case.withdrawn_on is None)
        counts[f"published {day}"] = sum(case.published_on is not None and case.published_on <= day for case in cases)
    counts["facts"] = Counter(
        (fact.kind.value, fact.withdrawn) for facts in world.facts.values() for fact in facts.values()
    )
    counts["revoked"] = sum(
        fact.kind is StandingKind.REVOCATION and not fact.withdrawn
        for facts in world.facts.values()
        for fact in facts.values()
    )
    counts["complaints"] = Counter((c.region, c.fast_lane, c.state) for c in world.complaints.values())
    return counts


_ON = "from_on <= $1 AND (to_on IS NULL OR $1 < to_on)"


async def projected(connection: asyncpg.Connection) -> Counts:
    counts: Counts = {}

    async def grouped(query: str, *arguments: object) -> Counter[Any]:
        rows = [tuple(row) for row in await connection.fetch(query, *arguments)]
        return Counter({row[0] if len(row) == 2 else row[:-1]: row[-1] for row in rows})

    for day in DAYS:
        counts[f"lawyers {day}"] = await grouped(
            f"SELECT region, category, count(DISTINCT lawyer_id) FROM practices WHERE {_ON} GROUP BY 1, 2", day
        )
        counts[f"lawyers not barred {day}"] = await grouped(
            f"SELECT region, count(DISTINCT lawyer_id) FROM practices WHERE {_ON} AND lawyer_id NOT IN "
            f"(SELECT subject_id FROM standing_facts WHERE NOT withdrawn AND {_ON}) GROUP BY 1",
            day,
        )
        counts[f"firms {day}"] = await grouped(
            f"SELECT region, kind, count(DISTINCT firm_id) FROM firm_periods WHERE {_ON} GROUP BY 1, 2", day
        )
        counts[f"large firms {day}"] = await connection.fetchval(
            f"SELECT count(*) FROM (SELECT FROM practices WHERE {_ON} GROUP BY firm_id "
            "HAVING count(DISTINCT lawyer_id) >= $2) f",
            day, LAWYERS_PER_FIRM,
        )  # fmt: skip
        counts[f"recognised {day}"] = await connection.fetchval(f"SELECT count(*) FROM recognitions WHERE {_ON}", day)
        counts[f"sanctions {day}"] = await grouped(
            "SELECT region, count(*) FROM sanctions WHERE decided_on <= $1 AND withdrawn_on IS NULL GROUP BY 1", day
        )
        counts[f"published {day}"] = await connection.fetchval(
            "SELECT count(*) FROM sanctions WHERE decided_on <= $1 AND published_on <= $1", day
        )
    counts["facts"] = await grouped("SELECT kind, withdrawn, count(*) FROM standing_facts GROUP BY 1, 2")
    counts["revoked"] = await connection.fetchval(
        "SELECT count(*) FROM standing_facts WHERE kind = 'revocation' AND NOT withdrawn"
    )
    counts["complaints"] = await grouped(
        "SELECT region, fast_lane, CASE WHEN closed_at IS NOT NULL THEN 'closed' WHEN refused_at IS NOT NULL THEN "
        "'refused' WHEN replied_at IS NOT NULL THEN 'replied' WHEN accepted_at IS NOT NULL THEN 'accepted' "
        "ELSE 'filed' END, count(*) FROM complaints GROUP BY 1, 2, 3"
    )
    return counts


def difference(model: Counts, store: Counts) -> dict[str, tuple[object, object]]:
    """What does not agree: the model's number first."""
    return {name: (model.get(name), store.get(name)) for name in model | store if model.get(name) != store.get(name)}
