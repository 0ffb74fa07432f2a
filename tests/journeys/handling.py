"""Officers at their desks: complaints and clues by their receipts, cases step by step, each on its own day."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from contracts.proceedings import Need, ProceedingKind, machine

from tests.journeys.actors import Caller
from tests.journeys.made_up import days_ago, document_number

INVESTIGATORS = [
    {"officer": "investigator-1", "certificate_number": "豫A-0001"},
    {"officer": "investigator-2", "certificate_number": "豫A-0002"},
]
HEADS = ["head-1", "head-2", "head-3"]
COMMITTEE = [f"member-{n}" for n in range(1, 10)]


@dataclass
class Handled:
    """A case in the hands of one officer."""

    officer: Caller
    case: dict[str, Any]

    @classmethod
    def opened(
        cls, officer: Caller, organ: dict[str, str], subject: dict[str, Any], *, on: date, **changes: Any
    ) -> "Handled":
        industry = organ["kind"] in ("association", "city-association")
        body = {
            "kind": "industry" if industry else "administrative",
            "organ": organ,
            "origin": "own-initiative",
            "received_on": on.isoformat(),
            "subject": subject,
            "reason": "反映其提供虚假证据。",
        }
        return cls(officer, officer.done("discipline", "/v1/proceedings", body | changes))

    @property
    def path(self) -> str:
        return f"/v1/proceedings/{self.case['proceeding_id']}"

    @property
    def state(self) -> str:
        state: str = self.case["state"]["code"]
        return state

    def takes(self, step: str, on: date, *, by: Caller | None = None, **details: Any) -> dict[str, Any]:
        """With a document and a reason where the step requires them."""
        row = machine(ProceedingKind(self.case["kind"]["code"])).step(step)
        assert row is not None, step
        body: dict[str, Any] = {"step": step, "on": on.isoformat(), "details": _plain(details)}
        if row.document is Need.REQUIRED:
            body["document_number"] = document_number("司案字")
        if row.reason is Need.REQUIRED:
            body["reason"] = f"{row.zh}的事实、理由和依据。"
        self.case = (by or self.officer).takes(self.case, f"{self.path}/steps", body)
        return self.case

    def refused(self, step: str, on: date, **details: Any) -> str:
        """By which guard."""
        body = {"step": step, "on": on.isoformat(), "details": _plain(details)}
        version = f'"v{self.case["version"]}"'
        answer = self.officer.post("discipline", f"{self.path}/steps", body, If_Match=version)
        assert answer.is_client_error, answer.text
        guard: str = answer.json()["guard"]
        return guard

    def deadline(self, name: str) -> str:
        """How it stands."""
        case = self.officer.read("discipline", self.path)
        (state,) = [each["state"] for each in case["deadlines"] if each["name"] == name]
        return str(state)

    @property
    def sanction(self) -> dict[str, Any]:
        """What the case has become, as its organ reads it."""
        found: dict[str, Any] = self.officer.read("discipline", f"/v1/sanctions/{self.case['sanction']['case_id']}")
        return found


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in details.items()}


@dataclass
class Receipt:
    """All that somebody without an account has, and all he needs."""

    holder: Caller
    digits: str
    door: str = "complaint-receipts"

    def opens(self) -> dict[str, Any]:
        session = self.holder.done("discipline", f"/v1/{self.door}/sessions", {"receipt": self.digits})["session"]
        answer = self.holder.http("discipline").get(f"/v1/{self.door}/case", headers={"Receipt-Session": session})
        assert answer.status_code == 200, answer.text
        followed: dict[str, Any] = answer.json()
        return followed

    def steps(self) -> list[str]:
        return [step["step"] for step in self.opens()["steps"]]


def newest(officer: Caller, path: str, since: str) -> list[dict[str, Any]]:
    """Of an officer's list, the latest first; `since` is the field that says when each came."""
    items = officer.read("discipline", path, limit=200)["items"]
    return sorted(items, key=lambda item: str(item[since]), reverse=True)


def complaint_about(lawyer: dict[str, Any], region: str, **changes: Any) -> dict[str, Any]:
    body = {
        "subject": {"kind": "lawyer", "name": lawyer["name"], "licence_number": lawyer["licence_number"]},
        "region": region,
        "hints": ["false-evidence"],
        "complainant": {"name": "李小明", "contact": "0371-66660000"},
        "happened_from": days_ago(120).isoformat(),
        "facts": "律师让证人出具了虚假的借条。",
    }
    return body | changes


def clue_about(suspect: str, region: str, **changes: Any) -> dict[str, Any]:
    body = {
        "region": region,
        "suspect": {"kind": "company", "name": suspect, "address": "金水区某路8号", "accounts": "短视频账号"},
        "conduct": ["in-lawyers-name"],
        "facts": "自称律师，收费后称包打赢官司。",
        "informant": {"name": "周小红", "contact": "0371-66661111"},
    }
    return body | changes
