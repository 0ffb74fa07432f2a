"""`python -m tests.bench.bare_chain relay|project DSN BOOTSTRAP [TOPIC]`: outbox → Kafka → upsert and nothing else.

It loses events (a cursor over ids passes rows that commit late) and knows no duplicate, gap, chain or restore. Its
upsert commits durably, because the offset is committed elsewhere afterwards: otherwise a crash would lose rows too.
"""

import asyncio
import sys
import zlib
from datetime import date

import asyncpg
import orjson
import uvloop
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

TOPIC = "bare.events"
DDL = """
CREATE TABLE sent (id bigint NOT NULL);
INSERT INTO sent VALUES (0);
CREATE TABLE practices (
    practice_id uuid PRIMARY KEY, lawyer_id uuid, region text, category smallint, from_on date
);
"""
_UPSERT = """
INSERT INTO practices SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::date[])
ON CONFLICT (practice_id) DO UPDATE SET region = excluded.region"""
_POLL_SECONDS = 0.02
_PARTITIONS = 12


async def relay(dsn: str, bootstrap: str) -> None:
    connection = await asyncpg.connect(dsn)
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=1, max_batch_size=262_144
    )
    await producer.start()
    last = await connection.fetchval("SELECT id FROM sent")
    while True:
        rows = await connection.fetch("SELECT id, key, bytes FROM outbox WHERE id > $1 ORDER BY id LIMIT 2000", last)
        if not rows:
            await asyncio.sleep(_POLL_SECONDS)
            continue
        sent = []
        for row in rows:
            key = row["key"].encode()
            partition = zlib.crc32(key) % _PARTITIONS
            sent.append(await producer.send(TOPIC, key=key, value=row["bytes"], partition=partition))
        await asyncio.gather(*sent)
        last = rows[-1]["id"]
        await connection.execute("UPDATE sent SET id = $1", last)


async def project(dsn: str, bootstrap: str, topic: str = TOPIC) -> None:
    connection = await asyncpg.connect(dsn)
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, group_id="bare", enable_auto_commit=False,
        auto_offset_reset="earliest", max_poll_records=4000,
    )  # fmt: skip
    await consumer.start()
    while True:
        batches = await consumer.getmany(timeout_ms=200)
        data = [orjson.loads(message.value)["data"] for messages in batches.values() for message in messages]
        if not data:
            continue
        await connection.execute(
            _UPSERT,
            [d["practice_id"] for d in data],
            [d["lawyer_id"] for d in data],
            [d["region"] for d in data],
            [d["category"] for d in data],
            [date.fromisoformat(d["from_on"]) for d in data],
        )
        await consumer.commit()


if __name__ == "__main__":
    _, role, *arguments = sys.argv
    uvloop.run({"relay": relay, "project": project}[role](*arguments))
