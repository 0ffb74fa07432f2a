"""Those who look: the public by every way there is, systems that copy or watch, and who trusts only proofs."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
from contracts.disclosure_copy import Change, Copy
from yulu.disclosure_log import fetch_head, fetch_record, watch_log
from yulu.transparency import KeptHead, check_record, read_proof

from tests.journeys.actors import Caller
from tests.journeys.ledger import run

DISCLOSURES = "/v1/public/disclosures"


def undertakes(client: Caller) -> None:
    """To delete at term: the condition of the bulk file."""
    text = client.read("discipline", "/v1/disclosure-undertakings/text")
    body = {
        "organisation_name": "河南某征信公司",
        "text_version": text["version"],
        "accepted": True,
        "contact": "数据部 0371-66662222",
    }
    client.done("discipline", "/v1/disclosure-undertakings", body)


@dataclass
class Record:
    """One record, looked for by everything that its decision says."""

    record_id: str
    document_number: str
    subject: dict[str, Any]
    region: str

    def page(self, reader: Caller) -> httpx.Response:
        return reader.get("discipline", f"{DISCLOSURES}/{self.record_id}")

    def marks(self, reader: Caller) -> dict[str, Any]:
        marks: dict[str, Any] = self.page(reader).json()["marks"]
        return marks

    def everywhere(self, reader: Caller, client: Caller) -> dict[str, Any]:
        """What each way out tells of it, or None; `client` may read in bulk."""
        return {
            "page": self.page(reader).json() if self.page(reader).is_success else None,
            "licence number": self._found(reader, licence_number=self.subject["licence_number"]),
            "document number": self._found(reader, document_number=self.document_number),
            "document number in other brackets": self._found(reader, document_number=self._in_other_brackets()),
            "name and firm": self._of(self._by_name(reader)),
            "list": self._of(self._listed(reader)),
            "bulk": self._in_bulk(client),
            "changes": self._copied(reader),
        }

    def agrees(self, reader: Caller, client: Caller) -> Any:
        """What all ways out tell, one as the other."""
        told = self.everywhere(reader, client)
        assert told["page"] is not None
        assert [way for way, said in told.items() if said != told["page"]] == []
        return told["page"]

    def _found(self, reader: Caller, **asked: str) -> Any:
        answer = reader.get("discipline", DISCLOSURES, **asked)
        assert answer.status_code in (200, 410), answer.text
        return None if answer.status_code == httpx.codes.GONE else self._of(answer.json()["items"])

    def _in_other_brackets(self) -> str:
        return self.document_number.replace("〔", "[").replace("〕", "]")

    def _by_name(self, reader: Caller) -> Any:
        body = {"name": self.subject["name"], "firm_name": self.subject["firm_name"]}
        answer = reader.http("discipline").post(f"{DISCLOSURES}/search", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    def _listed(self, reader: Caller) -> list[Any]:
        items: list[Any] = []
        cursor = None
        while True:
            page = reader.read("discipline", f"{DISCLOSURES}/list", region=self.region, cursor=cursor)
            items += page["items"]
            if (cursor := page["next_cursor"]) is None:
                return items

    def _in_bulk(self, client: Caller) -> Any:
        answer = client.get("discipline", "/v1/disclosures/bulk.ndjson")
        assert answer.status_code == 200, answer.text
        return self._of([orjson.loads(line)["record"] for line in answer.content.splitlines()])

    def _copied(self, reader: Caller) -> Any:
        """From a copy that has followed the stream from its beginning."""
        held = copied(reader).records.get(UUID(self.record_id))
        return None if held is None else orjson.loads(held.record)

    def _of(self, items: list[Any]) -> Any:
        return next((item for item in items if item["case_id"] == self.record_id), None)


def copied(reader: Caller) -> Copy:
    copy = Copy()
    while True:
        page = reader.read("discipline", "/v1/disclosures/changes", after=copy.after)
        for item in page["changes"]:
            copy.apply(Change.of(item))
        if not page["more"]:
            return copy


@dataclass
class Watcher:
    """A system, or a lawyer for himself; every notice it was ever given, each acknowledged at once."""

    caller: Caller
    given: list[tuple[str, str]] = field(default_factory=list)
    because: set[str] = field(default_factory=set)

    def watches(self, **what: Any) -> None:
        self.caller.done("discipline", "/v1/watches", what)

    def told_of(self, record: Record) -> list[str]:
        while (found := self.caller.read("discipline", "/v1/watches/notices"))["items"]:
            for item in found["items"]:
                self.given.append((item["kind"]["code"], item["record_id"]))
                self.because |= set(item["because"])
            self.caller.done("discipline", "/v1/watches/notices/acknowledgement", {"cursor": found["cursor"]})
        return [kind for kind, record_id in self.given if record_id == record.record_id]


@dataclass
class Sceptic:
    """Keeps the heads of the log, and believes of a record only what they prove; the proof is checked offline."""

    caller: Caller
    kept: list[KeptHead] = field(default_factory=list)

    async def answer(self, path: str, **params: Any) -> httpx.Response:
        return self.caller.get("discipline", path, **params)

    def proves(self, record: Record) -> str:
        """The newest change of the record, proven to be in a log that continues all heads kept before."""
        return run(self._prove(record))

    async def _prove(self, record: Record) -> str:
        head = await fetch_head(self)
        for earlier in self.kept:
            head = await watch_log(self, earlier)
        self.kept.append(head)
        body, proof = await fetch_record(self, record.record_id, head.head.tree_size)
        # From here on nothing is asked any more.
        proven = read_proof(orjson.loads(proof))
        check_record(body, proven, head.head)
        return proven.leaf.change


@dataclass
class QueryResult:
    """公示信息查询结果: what somebody keeps on paper, and looks up by its code."""

    asked: dict[str, Any]

    @classmethod
    def made(cls, reader: Caller, **number: str) -> "QueryResult":
        return cls(reader.done("discipline", "/v1/public/query-results", number, Idempotency_Key=uuid4().hex))

    @property
    def found(self) -> list[str]:
        return [record["record_id"] for record in self.asked["records"]]

    def looked_up(self, reader: Caller) -> dict[str, Any]:
        checked: dict[str, Any] = reader.read("discipline", f"/v1/public/query-results/{self.asked['code']}")
        return checked

    def page(self, reader: Caller) -> str:
        """As the page behind the code on paper says it."""
        path = f"/v1/public/query-results/{self.asked['code']}"
        return reader.http("discipline").get(path, headers={"Accept": "text/html"}).text
