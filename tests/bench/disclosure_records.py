"""Records on public display, straight into the tables, rendered and logged as the service does it."""

import random
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from uuid import UUID

import asyncpg
from common.database import Database
from contracts.conduct import OrganKind
from contracts.discipline_events import Penalty, SubjectKind
from contracts.legal_day import midnight
from contracts.regions import REGIONS
from discipline_api.display import store as display
from discipline_api.display.log import append
from discipline_api.display.rendering import shown
from discipline_api.display.shown import Change, Entry, Shown, commitment, new_salt
from discipline_api.organs import Organ
from discipline_api.record.domain import Decision, Sanction, Subject
from discipline_api.record.publicity import term_of
from discipline_api.record.tariff import Imposed

from tests.bench.million import _GIVEN, _SURNAMES

_BATCH = 5_000
_FACTS = "未经本所统一收案、统一收费，私自接受委托并收取费用，违反律师法第四十八条第一项的规定。"


async def make(dsn: str, number: int, today: date) -> list[tuple[UUID, str]]:
    """The ids and licence numbers of what is then on display; published in the last sixty days."""
    database = Database(dsn, source="/discipline")
    made: list[tuple[UUID, str]] = []
    records = _records(number, today)
    while batch := list(islice(records, _BATCH)):
        salted = [(record, new_salt(), record.body()) for record in batch]
        entries = [
            Entry(record.record_id, Change.PUBLISHED, midnight(record.published_on), commitment(salt, body))
            for record, salt, body in salted
        ]
        async with database.begin() as tx:
            first = await append(tx, entries)
            rows = [
                display._values(record) | {"body": body, "salt": salt, "leaf_index": index}
                for index, (record, salt, body) in enumerate(salted, start=first)
            ]
            await _copy(await tx.raw(), rows)
        made += [(record.record_id, record.subject.licence_number or "") for record, _, _ in salted]
    await database.close()
    connection = await asyncpg.connect(dsn)
    await connection.execute("VACUUM ANALYZE")
    await connection.close()
    return made


async def _copy(connection: asyncpg.Connection, rows: list[dict[str, object]]) -> None:
    columns = list(rows[0])
    await connection.copy_records_to_table(
        "public_disclosures", columns=columns, records=[tuple(row[name] for name in columns) for row in rows]
    )


def _records(number: int, today: date) -> Iterator[Shown]:
    chance = random.Random(4)
    regions = sorted(set(REGIONS) - {"410000"})
    serials = chance.sample(range(max(number, 1_000)), number)
    for at in range(number):
        region = chance.choice(regions)
        published_on = today - timedelta(days=chance.randint(0, 60))
        served_on = published_on - timedelta(days=2)
        decided_on = served_on - timedelta(days=chance.randint(0, 5))
        imposed = Imposed((Penalty.WARNING, Penalty.FINE), chance.randint(1, 10) * 1_000, None, None)
        firm = f"河南{''.join(chance.choices(_GIVEN, k=2))}律师事务所"
        subject = Subject(
            SubjectKind.LAWYER,
            chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=2)),
            f"1{region[:4]}{chance.randint(1990, 2020)}1{at % 2}{serials[at]:06d}",
            None,
            firm,
        )
        decision = Decision(
            organ=Organ(OrganKind.BUREAU, region, region),
            document_number=f"司罚决字〔2026〕{at + 1}号",
            subject=subject,
            conduct_code=chance.choice(("L48.1", "L48.2", "L48.4", "L47.2", "L47.3")),
            imposed=imposed,
            filed_on=decided_on - timedelta(days=40),
            decided_on=decided_on,
            served_on=served_on,
            from_on=served_on,
            reasons="",
        )
        term = term_of(imposed, decided_on, None)
        sanction = Sanction(
            UUID(int=chance.getrandbits(128), version=4), 2, decision, term, {}, published_on=published_on, facts=_FACTS
        )
        yield shown(sanction)
