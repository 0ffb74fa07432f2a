"""What must never leave: planted, then searched for in every place that anyone but the entitled could read."""

import json
import re

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from common.events import PARTITIONS

from tests.journeys.actors import complaint
from tests.journeys.conftest import BUREAU
from tests.journeys.ledger import SERVICES, run, tables
from tests.journeys.made_up import licence_number, today

NAME, CONTACT, FACTS, REPLY = "欧阳独标记", "13987651234", "独标记所述看守所拒绝会见", "独标记答复已责成改正"
SANCTIONED = "尉迟独标记"
ID_NUMBER = "410105199003077818"


@pytest.fixture(scope="module")
def planted(public, association, zhengzhou, department, written):
    """Markers by name, after everything that handles them has done so, refusals included."""
    number = licence_number()
    body = complaint(
        facts=FACTS, complainant={"name": NAME, "licence_number": number, "contact": CONTACT}, identity_mode="sealed"
    )
    receipt = public.done("rights_public", "/v1/complaints", body)["receipt"]
    public.follows(receipt)
    public.post("rights_public", "/v1/complaints", body | {"unknown": NAME})
    public.post("rights_public", "/v1/complaints", body, Idempotency_Key=receipt)
    public.get("rights_public", "/v1/receipts/case", receipt=receipt)
    public.get("rights_public", f"/v1/receipts/{receipt}")
    public.get("registry", f"/v1/public/lawyers/{number}")
    public.get("registry", f"/v1/public/lawyers/{number}/{NAME}", name=NAME)
    cases = association.read("rights", "/v1/complaints", limit=200)["items"]
    case = max(cases, key=lambda case: case["filed_at"])
    path = f"/v1/complaints/{case['complaint_id']}"
    assert zhengzhou.get("rights", path).status_code == 403
    association.done("rights", f"{path}/assignments", {})
    opened = association.http("rights").get(path, headers={"Access-Purpose": "handling"})
    assert opened.json()["identity"]["name"] == NAME
    on = today().isoformat()
    letter = {"document_number": "1号", "document_date": on, "organ": "郑州市第一看守所"}
    decision = {"decided_on": on, "received_on": on, "organ": "郑州市第一看守所", "summary": REPLY}
    steps = {"acceptance": None, "letter": letter, "decision": decision, "reply": {"text": REPLY}}
    for version, (step, told) in enumerate(steps.items(), 1):
        association.done("rights", f"{path}/{step}", told, If_Match=f'"v{version}"')
    association.post("rights", f"{path}/reply", {"text": REPLY}, If_Match='"v4"')
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm(), id_number=ID_NUMBER)
    twice = zhengzhou.registers_firm()
    refused = zhengzhou.post(
        "registry", "/v1/lawyers",
        {"name": NAME, "licence_number": licence_number(), "firm_id": twice["firm_id"],
         "first_licensed_on": "2015-07-01", "id_number": ID_NUMBER},
    )  # fmt: skip
    assert refused.status_code == 409, refused.text
    sanction = zhengzhou.decides(lawyer | {"name": SANCTIONED}, BUREAU)
    zhengzhou.withdraws(sanction)
    department.get("registry", "/v1/lawyers", name=NAME)
    written()
    digits = re.sub(r"\D", "", receipt)
    return {
        "name": NAME, "licence number": number, "contact": CONTACT, "facts": FACTS, "reply": REPLY, "receipt": receipt,
        "receipt's digits": digits, "ID number": ID_NUMBER, "sanctioned": SANCTIONED,
    }  # fmt: skip


def _found(markers, data: bytes):
    """Also as JSON and URLs write them."""
    forms = {}
    for name, marker in markers.items():
        raw = marker.encode()
        escaped = "".join(f"%{byte:02X}" for byte in raw).encode() if not marker.isascii() else raw
        forms[name] = {raw, json.dumps(marker)[1:-1].encode(), escaped, escaped.lower(), raw.hex().encode()}
    return [name for name, found in forms.items() if any(form in data for form in found)]


async def _kafka(bootstrap):
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partitions = [
            TopicPartition(topic, partition) for topic in await consumer.topics() for partition in range(PARTITIONS)
        ]  # fmt: skip
        consumer.assign(partitions)
        await consumer.seek_to_beginning()
        ends = await consumer.end_offsets(partitions)
        messages = []
        while any([await consumer.position(partition) < ends[partition] for partition in partitions]):
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                messages += batch
        return messages
    finally:
        await consumer.stop()


def test_not_in_kafka(planted, system):
    messages = run(_kafka(system.kafka))
    assert {message.topic for message in messages} >= {"registry.events", "discipline.events", "rights.events"}
    sent = b"\n".join(
        b"".join([message.key or b"", message.value or b"", *(value for _, value in message.headers)])
        for message in messages
    )
    assert _found(planted, sent) == []


def test_not_in_any_log(planted, system):
    logs = [path for path in system.logs.rglob("*") if path.is_file()]
    assert {"registry-api.log", "rights-api.log", "rights-public.log", "outbox-relay.log", "postgres.log"} <= {
        path.name for path in logs
    }
    assert b"access_refused" in b"".join(path.read_bytes() for path in logs), "the logs say what happens"
    assert {path.name: found for path in logs if (found := _found(planted, path.read_bytes()))} == {}


def test_not_in_any_trace(planted, system):
    traces = list((system.data_dir / "traces").glob("*.ndjson"))
    assert "registry-api.ndjson" in {path.name for path in traces}
    assert {path.name: found for path in traces if (found := _found(planted, path.read_bytes()))} == {}


def test_not_in_metrics_nor_in_what_the_public_reads(planted, public, system):
    for service in SERVICES:
        metrics = public.http(service).get("/metrics", headers=system.scraper(closed=True))
        assert b"http_requests_total{" in metrics.content
        assert _found(planted, metrics.content) == []
        assert _found(planted, public.get(service, "/health/ready").content) == []
    found = public.get("discipline", "/v1/public/disclosures", licence_number=planted["licence number"])
    assert _found(planted, found.content) == []


async def _holding(system, service, planted):
    """Tables with a marker in clear, in whatever column."""
    connection = await asyncpg.connect(system.dsn(service))
    try:
        held = {}
        for table in await tables(connection):
            text = "\n".join(row[0] for row in await connection.fetch(f"SELECT t::text FROM {table} t"))
            # The bytes of events and of stored answers are text in hexadecimal here.
            if found := _found(planted, text.encode()):
                held[table] = found
        return held
    finally:
        await connection.close()


def test_not_in_clear_in_any_table_but_that_of_the_record_itself(planted, system):
    held = {service: run(_holding(system, service, planted)) for service in (*SERVICES, "rights_keys")}
    assert held == {
        "registry": {}, "rights": {}, "rights_keys": {}, "progress": {}, "exchange": {},
        # Whom a decision names is the record itself, for its term.
        "discipline": {"public.sanctions": ["sanctioned"]},
    }  # fmt: skip
