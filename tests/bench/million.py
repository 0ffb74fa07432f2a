"""A register of 1,000,000 lawyers, straight into the tables: an import of it would take half an hour."""

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
from contracts.regions import REGIONS
from registry_api.register.lawyer import Lawyer
from registry_api.register.practice import Place, Practice
from registry_api.register.public import FirmName, render
from registry_api.search.domain import firm_keys, person_keys, sort_key
from registry_api.search.use_cases import FIRMS, LAWYERS

from tests.bench.importing import TEMPLATE
from tests.bench.plant import Plant

NUMBER = 1_000_000
PER_FIRM = 40
DATABASE = "million"
TODAY = date(2026, 6, 10)
_BATCH = 20_000
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文单解仇"
)
_GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂红玉梅鹏华飞燕鑫波斌宇浩凯健俊帆帅旭宁龙林欢佳阳倩雪"
    "琳晨颖婷慧莹洁丹萍蕾宏志建国文海东晓春光亮新立成学德永福生庆金玲云峰利民辉山世全胜武清才良富顺仁义礼智信"
)
_LAWYER = (
    "lawyer_id", "name", "licence_number", "serial", "first_licensed_on", "licensed", "current_practice_id", "version",
)  # fmt: skip
_KEY = ("kind", "place", "key", "entity_id", "region", "county", "category", "active", "shown")
_ENTRY = (
    "entity_id", "kind", "region", "county", "category", "active", "shown", "firm_id", "specialities", "sort",
    "places", "keys",
)  # fmt: skip


async def make(plant: Plant, number: int = NUMBER) -> None:
    """Ids in order, so that indexes grow at one end; the keys' index is made once they are there."""
    dsn = await plant.create(DATABASE, template=TEMPLATE)
    connection = await asyncpg.connect(dsn)
    # References hold by construction; checking each would double the time.
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await connection.execute("SET maintenance_work_mem = '512MB'; DROP INDEX search_by_key")
    firms = _firms(number // PER_FIRM)
    await _copy_firms(connection, firms)
    for batch in _batches(_lawyers(number, firms)):
        await _copy_lawyers(connection, batch)
    await connection.execute(
        "CREATE UNIQUE INDEX search_by_key ON search_keys (kind, place, key, entity_id)"
        " INCLUDE (region, county, category, active, shown)"
    )
    await connection.execute("UPDATE search_progress SET snapshot = pg_current_snapshot()::text")
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


_Firm = tuple[FirmName, str]


def _firms(number: int) -> list[_Firm]:
    chance, regions = random.Random(2), sorted(set(REGIONS) - {"410000"})
    ids = sorted(chance.getrandbits(128) for _ in range(number))
    return [
        (
            FirmName(
                UUID(int=ids[at]),
                f"河南{''.join(chance.choices(_GIVEN, k=chance.choice((2, 2, 3))))}律师事务所",
                f"31410000{at:09d}0",
            ),
            chance.choice(regions),
        )
        for at in range(number)
    ]


def _lawyers(number: int, firms: Sequence[_Firm]) -> Iterator[tuple[Lawyer, FirmName]]:
    chance = random.Random(3)
    ids = sorted(chance.getrandbits(128) for _ in range(number))
    serials = chance.sample(range(number), number)
    for at in range(number):
        firm, region = chance.choice(firms)
        year = chance.randint(1990, 2025)
        practice = Practice(
            UUID(int=(1 << 127) ^ ids[at]),
            Place(region=region, firm_id=firm.firm_id),
            1,
            date(year, chance.randint(1, 12), 1),
        )
        name = chance.choice(_SURNAMES) + "".join(chance.choices(_GIVEN, k=chance.choice((1, 2, 2, 2))))
        lawyer = Lawyer(
            lawyer_id=UUID(int=ids[at]), name=name, licence_number=f"1{region[:4]}{year}1{at % 2}{serials[at]:06d}",
            first_licensed_on=practice.from_on, practices=(practice,),
        )  # fmt: skip
        yield lawyer, firm


def _batches(lawyers: Iterator[tuple[Lawyer, FirmName]]) -> Iterator[list[tuple[Lawyer, FirmName]]]:
    batch: list[tuple[Lawyer, FirmName]] = []
    for one in lawyers:
        batch.append(one)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


async def _copy(
    connection: asyncpg.Connection, table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]
) -> None:
    await connection.copy_records_to_table(table, columns=columns, records=rows)


async def _copy_firms(connection: asyncpg.Connection, firms: Sequence[_Firm]) -> None:
    periods = {firm.firm_id: UUID(int=(1 << 126) ^ firm.firm_id.int) for firm, _ in firms}
    await _copy(
        connection, "firms", ("firm_id", "credit_code", "name", "version", "current_period_id"),
        [(firm.firm_id, firm.credit_code, firm.name, 1, periods[firm.firm_id]) for firm, _ in firms],
    )  # fmt: skip
    await _copy(
        connection, "firm_periods", ("period_id", "firm_id", "ordinal", "kind", "region", "from_on"),
        [(periods[f.firm_id], f.firm_id, 0, "general-partnership", region, date(1990, 1, 1)) for f, region in firms],
    )  # fmt: skip
    keys = {firm.firm_id: firm_keys(firm.name) for firm, _ in firms}
    await _index(
        connection, FIRMS, [(firm.firm_id, firm.name, region, None, keys[firm.firm_id]) for firm, region in firms]
    )


async def _copy_lawyers(connection: asyncpg.Connection, batch: Sequence[tuple[Lawyer, FirmName]]) -> None:
    lawyers = [lawyer for lawyer, _ in batch]
    await _copy(
        connection, "lawyers", _LAWYER,
        [
            (lw.lawyer_id, lw.name, lw.licence_number, lw.serial, lw.first_licensed_on, *_open(lw), 1)
            for lw in lawyers
        ],
    )  # fmt: skip
    await _copy(
        connection, "practices",
        ("practice_id", "lawyer_id", "ordinal", "firm_id", "region", "category", "from_on"),
        [
            (p.practice_id, lw.lawyer_id, 0, p.place.firm_id, p.place.region, p.category, p.from_on)
            for lw in lawyers
            for p in lw.practices
        ],
    )  # fmt: skip
    await _copy(
        connection, "licence_numbers", ("licence_number", "lawyer_id"),
        sorted((lw.licence_number, lw.lawyer_id) for lw in lawyers),
    )  # fmt: skip
    rows = [render(lawyer, firm, TODAY) for lawyer, firm in batch]
    await _copy(
        connection, "public_lawyers", ("lawyer_id", "body", "etag"), [(r.lawyer_id, r.body, r.etag) for r in rows]
    )
    await _index(
        connection,
        LAWYERS,
        [(lw.lawyer_id, lw.name, lw.region, lw.practice.place.firm_id, _person(lw.name)) for lw in lawyers],
    )


def _open(lawyer: Lawyer) -> tuple[bool, UUID]:
    return lawyer.licensed, lawyer.practice.practice_id


@cache
def _person(name: str) -> Any:
    return person_keys(name)


async def _index(
    connection: asyncpg.Connection, kind: int, named: Sequence[tuple[UUID, str, str, UUID | None, Any]]
) -> None:
    await _copy(
        connection, "search_entries", _ENTRY,
        [
            (one, kind, int(region), None, 1, True, True, firm_id, [], sort_key(name),
             [key.place for key in keys], [key.text for key in keys])
            for one, name, region, firm_id, keys in named
        ],
    )  # fmt: skip
    await _copy(
        connection, "search_keys", _KEY,
        [
            (kind, key.place, key.text, one, int(region), None, 1, True, True)
            for one, _, region, _, keys in named
            for key in keys
        ],
    )  # fmt: skip
