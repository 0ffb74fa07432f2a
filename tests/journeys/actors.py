"""Those who act: each with his own token, over HTTP, as any client would."""

import time
from collections.abc import Callable
from datetime import date
from typing import Any, Self
from uuid import uuid4

import httpx
from contracts.working_days import months_after

from tests.journeys.made_up import (
    FOUNDERS,
    ZHENGZHOU,
    credit_code,
    csv_of,
    days_ago,
    document_number,
    hours_ago,
    lawyer_row,
    licence_number,
    today,
)
from tests.support.system import System

PATIENCE_SECONDS = 300
"""Far more than anything takes: it only ends a test that would wait for ever."""
POLICIES = ("licence-held", "not-suspended")
_TRUST = httpx.create_ssl_context()
"""Of all callers: it takes longer to make than a request, and nothing here is asked over TLS."""


def eventually(holds: Callable[[], Any]) -> Any:
    """What `holds` answers once it is true; its last AssertionError where that takes too long."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            answer = holds()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        else:
            if answer:
                return answer
            assert time.monotonic() < deadline, f"still {answer!r} after {PATIENCE_SECONDS} s"
        time.sleep(0.05)


class Caller:
    """One identity towards all services; without a token, the public."""

    def __init__(self, system: System, token: str | None = None) -> None:
        self._system = system
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._services: dict[str, httpx.Client] = {}

    def again(self) -> "Caller":
        """The same identity over connections of its own."""
        other = Caller(self._system)
        other.headers = self.headers
        return other

    def close(self) -> None:
        for client in self._services.values():
            client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def http(self, service: str) -> httpx.Client:
        if service not in self._services:
            self._services[service] = httpx.Client(
                base_url=self._system.url(service), headers=self.headers, timeout=60, trust_env=False, verify=_TRUST
            )
        return self._services[service]

    def get(self, service: str, path: str, **params: Any) -> httpx.Response:
        return self.http(service).get(path, params={k: v for k, v in params.items() if v is not None})

    def post(self, service: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        sent = {"Idempotency-Key": uuid4().hex} | {name.replace("_", "-"): text for name, text in headers.items()}
        return self.http(service).post(path, json=body, headers=sent)

    def read(self, service: str, path: str, **params: Any) -> Any:
        answer = self.get(service, path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def done(self, service: str, path: str, body: Any = None, **headers: str) -> Any:
        answer = self.post(service, path, body, **headers)
        assert answer.is_success, answer.text
        return answer.json()

    def put(self, service: str, path: str, body: Any, **headers: str) -> Any:
        sent = {name.replace("_", "-"): text for name, text in headers.items()}
        answer = self.http(service).put(path, json=body, headers=sent)
        assert answer.is_success, answer.text
        return answer.json() if answer.content else None

    def takes(self, thing: dict[str, Any], path: str, body: Any = None) -> dict[str, Any]:
        """A step of something of discipline's, at the version it was last seen with: it as it is now."""
        now: dict[str, Any] = self.done("discipline", path, body, If_Match=f'"v{thing["version"]}"')
        return thing | now

    # The registry

    def changes(self, path: str, body: Any, **headers: str) -> Any:
        """Proposed here, approved by an officer of the department: what the change has made."""
        return self.approved(self.done("registry", path, body, **headers))

    def approved(self, proposal: dict[str, Any]) -> Any:
        assert proposal["state"] == "open", proposal
        token = self._system.token("registry-officer", organisation_id="hn-sft", subject="hn-second")
        with Caller(self._system, token) as second:
            return second.done("registry", f"/v1/proposals/{proposal['proposal_id']}/approve")["result"]

    def registers_firm(self, name: str | None = None, region: str = ZHENGZHOU) -> dict[str, Any]:
        code = credit_code()
        body = {
            "credit_code": code,
            "name": name or f"河南第{code[-7:-1]}律师事务所",
            "kind": "general-partnership",
            "region": region,
            "established_on": "2010-03-01",
            "founders": FOUNDERS,
            "capital_yuan": 300_000,
        }
        firm: dict[str, Any] = self.changes("/v1/firms", body)
        return firm

    def registers_lawyer(self, firm: dict[str, Any], **changes: Any) -> dict[str, Any]:
        number = licence_number(firm["region"])
        body = {
            "name": f"林{number[-6:]}",
            "licence_number": number,
            "firm_id": firm["firm_id"],
            "first_licensed_on": "2015-07-01",
        }
        lawyer: dict[str, Any] = self.changes("/v1/lawyers", body | changes)
        return lawyer

    def moves(self, lawyer: dict[str, Any], to: dict[str, Any], on: str | None = None) -> dict[str, Any]:
        body = {"firm_id": to["firm_id"], "effective_on": on or today().isoformat()}
        moved: dict[str, Any] = self.changes(f"/v1/lawyers/{lawyer['lawyer_id']}/moves", body)
        return moved

    def uploads(self, content: bytes, *, name: str = "名册.csv", **fields: str) -> httpx.Response:
        return self.http("registry").post(
            "/v1/imports",
            files={"file": (name, content)},
            data={"kind": "lawyers"} | fields,
            headers={"Idempotency-Key": uuid4().hex},
        )

    def imports(self, content: bytes, **fields: str) -> dict[str, Any]:
        accepted = self.uploads(content, **fields)
        assert accepted.status_code == 202, accepted.text
        return self.import_ended(accepted.json()["import_id"])

    def import_ended(self, import_id: str) -> dict[str, Any]:
        """Checked, approved by another officer where that is needed, applied."""
        state = self._import_at_rest(import_id)
        if state["state"] == "checked":
            self.approves_import(import_id)
            state = self._import_at_rest(import_id)
        assert state["state"] == "done", state
        return state

    def approves_import(self, import_id: str) -> None:
        token = self._system.token("registry-officer", organisation_id="hn-sft", subject="hn-second")
        with Caller(self._system, token) as second:
            second.done("registry", f"/v1/imports/{import_id}/approve")

    def _import_at_rest(self, import_id: str) -> dict[str, Any]:
        def at_rest() -> dict[str, Any] | None:
            state = self.read("registry", f"/v1/imports/{import_id}")
            return None if state["state"] in ("queued", "running") else state

        state: dict[str, Any] = eventually(at_rest)
        return state

    def fills(self, firm: dict[str, Any], lawyers: int) -> None:
        imported = self.imports(csv_of(lawyer_row(firm) for _ in range(lawyers)))
        assert (imported["created"], imported["errors"]) == (lawyers, 0), imported

    # Discipline

    def decides(self, lawyer: dict[str, Any], organ: dict[str, str], **changes: Any) -> dict[str, Any]:
        """A suspension of six months that began yesterday, unless changed."""
        began = changes.pop("from_on", days_ago(1).isoformat())
        body = {
            "organ": organ,
            "document_number": document_number(),
            "subject": {
                "kind": "lawyer",
                "licence_number": lawyer["licence_number"],
                "name": lawyer["name"],
                "firm_name": "河南某律师事务所",
            },
            "conduct_code": "L49.4",
            "penalties": [{"kind": "suspension", "suspension_months": 6}],
            "filed_on": days_ago(90).isoformat(),
            "decided_on": days_ago(40).isoformat(),
            "served_on": min(began, days_ago(1).isoformat()),
            "from_on": began,
            "reasons": "提供虚假证据。",
        } | changes
        if body["penalties"][0]["kind"] == "suspension":
            body |= {"to_on": _months_later(began, body["penalties"][0]["suspension_months"])} | changes
        case: dict[str, Any] = self.done("discipline", "/v1/sanctions", body)
        return case

    def assesses(self, organ: dict[str, str], *scope: str) -> None:
        """The impact assessment without which an organ publishes nothing."""
        body = {
            "organ": organ,
            "scope": list(scope or ("administrative",)),
            "purpose": "依法公示",
            "risks": "当事人名誉",
            "measures": "到期停止公示，不收录于搜索引擎",
            "conclusion": "lawful-with-measures",
            "document_number": document_number("评"),
            "assessed_on": days_ago(30).isoformat(),
        }
        self.done("discipline", "/v1/impact-assessments", body)

    def publishes(self, case: dict[str, Any], **changes: Any) -> dict[str, Any]:
        body = {"facts": "私自收取费用。", "checked_for_third_parties": True} | changes
        return self.takes(case, f"/v1/sanctions/{case['case_id']}/publication", body)

    def withdraws(self, case: dict[str, Any]) -> dict[str, Any]:
        body = {"ground": "revoked", "document_number": document_number(), "withdrawn_on": today().isoformat()}
        return self.takes(case, f"/v1/sanctions/{case['case_id']}/withdrawal", body)

    # Rights

    def files_complaint(self, **changes: Any) -> dict[str, Any]:
        filed: dict[str, Any] = self.done("rights_public", "/v1/complaints", complaint(**changes))
        return filed

    def follows(self, receipt: str) -> dict[str, Any]:
        session = self.done("rights_public", "/v1/receipts/sessions", {"receipt": receipt})["session"]
        answer = self.http("rights_public").get("/v1/receipts/case", headers={"Receipt-Session": session})
        assert answer.status_code == 200, answer.text
        followed: dict[str, Any] = answer.json()
        return followed

    def does_in_his_case(self, receipt: str, step: str, body: dict[str, Any]) -> dict[str, Any]:
        """A step of the complainant himself."""
        session = self.done("rights_public", "/v1/receipts/sessions", {"receipt": receipt})["session"]
        headers = {"Receipt-Session": session, "Idempotency-Key": uuid4().hex}
        answer = self.http("rights_public").post(f"/v1/receipts/case/{step}", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    # Progress

    def value(self, indicator: str, **asked: Any) -> Any:
        return self.read("progress", f"/v1/indicators/{indicator}", **asked)["value"]

    def share(self, indicator: str, **asked: Any) -> tuple[int, int]:
        """Numerator and denominator."""
        found = self.read("progress", f"/v1/indicators/{indicator}", **asked)
        return found["numerator"], found["denominator"]

    def counts(self) -> dict[str, Any]:
        """Lawyers and firms of 100 or more, under both readings of suspension."""
        return {
            f"{indicator} {policy}": self.value(indicator, count_suspended=policy)
            for indicator in ("H1", "M05-I1")
            for policy in POLICIES
        }

    def evidence(self, indicator: str, **asked: Any) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = self.read("progress", f"/v1/indicators/{indicator}/evidence", limit=200, cursor=cursor, **asked)
            rows += page["items"]
            if (cursor := page["next_cursor"]) is None:
                return rows


def complaint(**changes: Any) -> dict[str, Any]:
    body = {
        "kind": "RIGHTS_APP",
        "identity_mode": "named",
        "right": "MEET",
        "respondent": "DETENTION",
        "respondent_level": "city",
        "criminal": True,
        "registration_region": ZHENGZHOU,
        "incident_region": ZHENGZHOU,
        "incident_at": hours_ago(3),
        "facts": "看守所以未预约为由拒绝会见。",
        "complainant": {"name": "林申请", "licence_number": licence_number(), "contact": "0371-00000000"},
    }
    return body | changes


def _months_later(day: str, months: int) -> str:
    return months_after(date.fromisoformat(day), months).isoformat()
