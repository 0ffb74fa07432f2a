"""A record reaches its term at midnight in Beijing while no timer runs: all ways out obey, and what stays is nameless.

The clock is the test's own, and stands a second before the term or at it; timers go round when a test says so.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from contracts.disclosure_copy import Copy
from yulu.disclosure_log import fetch_head, fetch_record, watch_log
from yulu.transparency import KeptHead, NotProven, check_record, read_proof

from .conftest import FIRM_NAME, LICENCE, NAME, Hands
from .readers import OTHERS, PUBLIC, client, filed, followed, listed, tabled, undertakes
from .readers import lawyer as person
from .watching import WATCHES, bank, begin, lawyer, tick, told

DOCUMENT = "郑司罚决字〔2026〕77号"
MIDNIGHT = datetime(2027, 4, 29, 16, tzinfo=UTC)
"""It was decided on 29 April 2026 and is shown for twelve months: in Beijing 30 April 2027 begins."""
LAST_SECOND = MIDNIGHT - timedelta(seconds=1)


@dataclass
class Term:
    """One published record, and whoever held something of it before its term."""

    hands: Hands
    case: dict[str, Any]
    result: str
    copy: Copy
    head: KeptHead | None = None
    texts: list[str] = field(default_factory=list)

    @property
    def record_id(self) -> str:
        record_id: str = self.case["case_id"]
        return record_id

    async def get(self, path: str, **query: Any) -> httpx.Response:
        answer = await self.hands.http.get(path, params=query)
        self.texts.append(answer.text)
        return answer

    async def answer(self, path: str, **query: Any) -> httpx.Response:
        """For the offline verifier, which knows only this."""
        return await self.get(path, **query)

    # Each way: whether it still tells of the record.

    async def page(self) -> bool:
        return (await self.get(f"{PUBLIC}/{self.record_id}")).is_success

    async def by_licence_number(self) -> bool:
        return self._in((await self.get(PUBLIC, licence_number=LICENCE)).json()["items"])

    async def by_document_number(self) -> bool:
        return (await self.get(PUBLIC, document_number=DOCUMENT.replace("〔", "(").replace("〕", ")"))).is_success

    async def by_name_and_firm(self) -> bool:
        answer = await self.hands.http.post(f"{PUBLIC}/search", json={"name": NAME, "firm_name": FIRM_NAME})
        self.texts.append(answer.text)
        return self._in(answer.json()["items"])

    async def in_the_list(self) -> bool:
        return self._in(await listed(self.hands))

    async def in_the_bulk_file(self) -> bool:
        return self.record_id in await filed(self.hands, client(self.hands))

    async def in_the_bulk_table(self) -> bool:
        return self.record_id in {row["record_id"] for row in await tabled(self.hands, client(self.hands))}

    async def in_a_copy_made_now(self) -> bool:
        return UUID(self.record_id) in (await followed(self.hands)).records

    async def in_a_copy_kept_since(self) -> bool:
        """It reads nothing: it goes by the clock alone, as it has undertaken."""
        self.copy.forget_due(self.hands.now)
        return UUID(self.record_id) in self.copy.records

    async def proven(self) -> bool:
        """That it is on display, by its proof against the head."""
        body, proof = await fetch_record(self, self.record_id, self.head.head.tree_size)
        self.texts += [body.decode(), proof.decode()]
        try:
            check_record(body, read_proof(orjson.loads(proof)), self.head.head)
        except NotProven:
            return False
        return True

    async def in_a_new_query_result(self) -> bool:
        found = await query_result(self.hands)
        self.texts.append(str(found["records"]))
        return self.record_id in {record["record_id"] for record in found["records"]}

    async def unchanged_since_a_query_result(self) -> bool:
        checked = (await self.hands.http.get(f"/v1/public/query-results/{self.result}")).json()
        self.texts.append(str(checked["records"]))  # the number is what its holder has asked for himself
        return not checked["changed_since"]

    async def in_my_records(self) -> bool:
        answer = await self.hands.http.get("/v1/my/records", headers=lawyer(self.hands))
        self.texts.append(answer.text)
        return any(item["record_id"] == self.record_id and item["on_display"] for item in answer.json()["items"])

    async def can_be_watched(self) -> bool:
        body = {"what": "record", "record_id": self.record_id}
        answer = await self.hands.post(WATCHES, body, headers=bank(self.hands, subject=uuid4().hex))
        return answer.is_success

    async def told_to_the_registry(self) -> bool:
        """With the interval of its display, by which the register counts: it needs no second word."""
        answer = await self.hands.http.get(f"/v1/sanctions/{self.record_id}/subject", headers=self.hands.worker)
        self.texts.append(answer.text)
        return answer.is_success and answer.json()["display_to_on"] == "2027-04-30"

    def _in(self, items: list[dict[str, Any]]) -> bool:
        return any(item["case_id"] == self.record_id for item in items)


WAYS = (
    Term.page, Term.by_licence_number, Term.by_document_number, Term.by_name_and_firm, Term.in_the_list,
    Term.in_the_bulk_file, Term.in_the_bulk_table, Term.in_a_copy_made_now, Term.in_a_copy_kept_since, Term.proven,
    Term.in_a_new_query_result, Term.unchanged_since_a_query_result, Term.in_my_records, Term.can_be_watched,
    Term.told_to_the_registry,
)  # fmt: skip


async def query_result(hands):
    headers = {"Idempotency-Key": uuid4().hex}
    answer = await hands.http.post("/v1/public/query-results", json={"licence_number": LICENCE}, headers=headers)
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.fixture
async def term(hands, discipline_dsn):
    """Beside one that stays. On the day before, after the timers' last round, it is watched, copied and asked for."""
    case = await hands.published(document_number=DOCUMENT)
    hands.on("2027-04-28T12:00:00")
    await tick(hands, discipline_dsn)
    decided = dict.fromkeys(("filed_on", "decided_on", "served_on", "from_on"), "2027-04-27") | {"to_on": "2027-07-27"}
    await hands.published(**decided, **person(OTHERS[0], "钱留下"))
    assert (await undertakes(hands, client(hands))).status_code == 201
    await begin(hands, what="subject", licence_number=LICENCE)
    await begin(hands, headers=lawyer(hands), what="subject")
    term = Term(hands, case, (await query_result(hands))["code"], await followed(hands))
    term.head = await fetch_head(term)
    return term


async def each_way(term):
    return {way.__name__: await way(term) for way in WAYS}


async def test_d21_no_way_out_tells_of_a_record_from_the_first_instant_of_the_day_and_all_do_until_then(term, hands):
    hands.now = LAST_SECOND
    assert await each_way(term) == {way.__name__: True for way in WAYS}
    hands.now = MIDNIGHT
    term.texts.clear()
    assert await each_way(term) == {way.__name__: False for way in WAYS}
    assert len(await listed(hands)) == 1, "the other one is still there"
    gone = (await term.get(f"{PUBLIC}/{term.record_id}")).json()["disclosure"]
    assert (gone["reason"], gone["gone_on"], gone["rule"]) == ("term-over", "2027-04-30", "discipline.display-ordinary")
    for named in (NAME, FIRM_NAME, LICENCE, DOCUMENT):
        assert [text for text in term.texts if named in text] == []


async def test_d21_when_timers_run_again_the_end_is_logged_at_its_own_instant_and_nobody_is_named_any_more(
    term, hands, connection, discipline_dsn
):
    hands.now = LAST_SECOND
    await tick(hands, discipline_dsn)
    assert (await told(hands), await told(hands, headers=lawyer(hands))) == ([], []), "nothing has happened yet"
    hands.now = MIDNIGHT + timedelta(hours=7)
    await tick(hands, discipline_dsn)
    ended = [("ended", term.record_id)]
    assert (await told(hands), await told(hands, headers=lawyer(hands))) == (ended, ended)
    leaf = await connection.fetchrow(
        "SELECT change, at FROM disclosure_log WHERE record_id = $1 ORDER BY leaf_index DESC", term.record_id
    )
    assert tuple(leaf) == ("ended", MIDNIGHT)
    row = await connection.fetchrow("SELECT * FROM public_disclosures WHERE case_id = $1", term.record_id)
    kept = {name: value for name, value in row.items() if value is not None}
    assert not {"body", "content", "salt", "document_number", "licence_number", "licence_key", "name_key"} & set(kept)
    assert [named for named in (NAME, FIRM_NAME, LICENCE) if named in str(kept) + row["tombstone"].decode()] == []
    earlier = term.head
    term.head = await watch_log(term, earlier)
    assert term.head.head.tree_size == earlier.head.tree_size + 1, "the log goes on where it stood"
    term.texts.clear()
    body, proof = await fetch_record(term, term.record_id, term.head.head.tree_size)
    check_record(body, read_proof(orjson.loads(proof)), term.head.head)
    assert orjson.loads(body)["disclosure"]["gone_on"] == "2027-04-30"
    for named in (NAME, FIRM_NAME, LICENCE, DOCUMENT):
        assert [text for text in term.texts if named in text] == []
