"""Lights over HTTP: why a colour is what it is, who reads what, lights that officers give."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest
from common.database import Database
from fastapi import FastAPI
from progress_api.app import build_app
from progress_api.settings import ProgressSettings

from tests.conftest import RunningIssuer
from tests.integration.progress.facts import Facts
from tests.integration.progress.plan_officers import (
    CITY_STEERING,
    DEPARTMENT,
    DIVISION,
    KAIFENG,
    LAWYER,
    PROVINCIAL_ASSOCIATION,
    READER,
    SECOND,
    ZHENGZHOU,
    ZHENGZHOU_ASSOCIATION,
    Ask,
    Officer,
    asking,
)

TODAY = date(2026, 3, 10)
CITY = "410100"


@dataclass
class Hands:
    """The clock of the service under test."""

    today: date = TODAY

    def __call__(self) -> datetime:
        return datetime(self.today.year, self.today.month, self.today.day, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def hands() -> Hands:
    return Hands()


@pytest.fixture
def clock(hands: Hands) -> Hands:
    hands.today = TODAY
    return hands


@pytest.fixture(scope="module")
async def app(hands: Hands, issuer: RunningIssuer, progress_dsn: str) -> AsyncIterator[FastAPI]:
    settings = ProgressSettings(progress_database_url=progress_dsn, oidc_issuer=issuer.url, public_rate_limit="off")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("progress_api.app.TASKS", ())
        app = build_app(settings, clock=hands)
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
async def ask(
    clock: Hands,
    app: FastAPI,
    client: httpx.AsyncClient,
    issuer: RunningIssuer,
    facts: Facts,
) -> AsyncIterator[Ask]:
    yield asking(app, client, issuer)
    await facts.connection.execute(
        "TRUNCATE public.deliverable_works, public.region_target_documents, public.light_declarations, "
        "public.light_overrides CASCADE"
    )


async def delivered(ask: Ask, deliverable: str, region: str | None, *, due_on: str, dated_on: str | None) -> None:
    """A milestone due on a day, and a paper that completes nothing yet."""
    where = "" if region is None else f"?region={region}"
    tag = f'"v{(await ask(f"GET /deliverables/{deliverable}{where}"))["version"]}"'
    paper = {"number": "豫司文〔2026〕12号", "issuer": "河南省司法厅", "dated_on": "2026-01-10"}
    body = {"title": "印发", "due_on": due_on, "from_on": "2026-01-10", "document": paper}
    if region is not None:
        body["regions"] = [region]
    await ask(f"POST /deliverables/{deliverable}/milestones", body, expect=201, if_match=tag)
    if dated_on is not None:
        evidence = {
            "region": region,
            "kind": "document",
            "document_number": "豫司文〔2026〕30号",
            "document_issuer": "河南省司法厅",
            "dated_on": dated_on,
        }
        await ask(f"POST /deliverables/{deliverable}/evidence", evidence, expect=201)


def override(**more: Any) -> dict[str, Any]:
    return {
        "of": "measure",
        "id": "M14",
        "colour": "yellow",
        "reason": "试点文件尚在会签",
        "expires_on": "2026-04-10",
    } | more


async def test_a_colour_tells_why_and_opens_its_evidence(ask: Ask) -> None:
    await delivered(ask, "M14-D1", None, due_on="2026-03-01", dated_on="2026-02-01")
    found = await ask("GET /lights/deliverable/M14-D1")
    assert (found["colour"]["code"], found["reason"]["code"]) == ("yellow", "D-OVERDUE")
    assert "9天" in found["reason"]["zh"]
    assert "9 days" in found["reason"]["en"]
    assert found["rule"]["needs"]
    assert found["rule"]["verified"] is False
    inputs = {each["code"]: each for each in found["inputs"]}
    assert inputs["overdue_milestones"]["value"] == 1
    paper = await ask("GET " + inputs["newest_evidence_on"]["evidence"].removeprefix("/v1"))
    assert paper["newest_evidence_on"] == "2026-02-01"
    measure = await ask("GET /lights/measure/M14")
    assert measure["percent"] is None
    assert {part["id"]: part["colour"]["code"] for part in measure["parts"]}["M14-D1"] == "yellow"
    whole = await ask("GET /lights/group/G3")
    assert sum(count["lights"] for count in whole["counts"]) == len(whole["parts"])
    assert "灰灯" in whole["reason"]["zh"]


async def test_a_region_is_coloured_by_the_target_issued_to_it(ask: Ask, facts: Facts) -> None:
    await facts.staff(await facts.firm(), 5)
    head = {"number": "豫司文〔2024〕9号", "issuer": "河南省司法厅", "issued_on": "2024-03-01", "from_on": "2024-04-01"}
    targets = [{"indicator_id": "H1", "region": CITY, "op": ">=", "value": 5}]
    document = await ask("POST /region-targets", head | {"targets": targets}, expect=201)
    path = f"POST /region-targets/documents/{document['document_id']}/confirmation"
    await ask(path, who=SECOND, if_match='"v1"', expect=201)
    found = await ask(f"GET /lights/target/T1?region={CITY}")
    assert (found["colour"]["code"], found["reason"]["code"]) == ("green", "T-ATTAINED")
    assert {each["code"]: each["value"] for each in found["inputs"]}["document"] == "豫司文〔2024〕9号（河南省司法厅）"
    other = await ask("GET /lights/target/T1?region=410200")
    assert (other["colour"]["code"], other["reason"]["code"]) == ("grey", "T-NO-OWN-TARGET")
    before = await ask(f"GET /lights/target/T1?region={CITY}&as_of=2024-03-31")
    assert before["reason"]["code"] == "T-NO-OWN-TARGET"


@pytest.mark.parametrize(
    ("who", "own", "other"),
    [
        (DEPARTMENT, 200, 200),
        (PROVINCIAL_ASSOCIATION, 200, 200),
        (ZHENGZHOU, 200, 403),
        (ZHENGZHOU_ASSOCIATION, 200, 403),
        (KAIFENG, 403, 200),
        (READER, 403, 200),
        (LAWYER, 403, 403),
    ],
)
async def test_a_region_reads_itself_and_the_province(ask: Ask, who: Officer, own: int, other: int) -> None:
    await ask(f"GET /lights/plan/HN-LAWYER-PLAN-2024-2026?region={CITY}", who=who, expect=own)
    await ask("GET /lights/measure/M05?region=410200", who=who, expect=other)
    if who is LAWYER:
        await ask("GET /lights", who=who, expect=403)
        return
    shown = {light["region"] for light in (await ask("GET /lights?of=measure", who=who))["lights"]}
    assert len(shown) == 19 if who in (DEPARTMENT, PROVINCIAL_ASSOCIATION) else shown == {None, who.region}
    few = (await ask("GET /lights?of=measure&of=plan&region=410000", who=who))["lights"]
    assert {(light["of"], light["region"]) for light in few} == {("measure", None), ("plan", None)}
    await ask("GET /lights?region=410200", who=who, expect=other)
    parts = (await ask("GET /lights/target/T10", who=who))["parts"]
    assert {part["region"] for part in parts} == shown - {None}


@pytest.mark.parametrize(
    ("who", "region", "expect"),
    [
        (ZHENGZHOU, CITY, 201),
        (ZHENGZHOU_ASSOCIATION, CITY, 201),
        (DEPARTMENT, CITY, 201),
        (DEPARTMENT, None, 201),
        (KAIFENG, CITY, 403),
        (ZHENGZHOU, None, 403),
        (READER, "410200", 403),
        (CITY_STEERING, CITY, 403),
        (DIVISION, None, 403),
        (LAWYER, CITY, 403),
    ],
)
async def test_who_may_declare(ask: Ask, who: Officer, region: str | None, expect: int) -> None:
    body = {"of": "measure", "id": "M05", "region": region, "colour": "green", "reason": "已完成"}
    await ask("POST /lights/declarations", body, who=who, expect=expect)


async def test_declared_stands_beside_the_computed_light_and_never_in_its_place(
    ask: Ask, clock: Hands, database: Database
) -> None:
    where = f"GET /lights/measure/M05?region={CITY}"
    body = {
        "of": "measure",
        "id": "M05",
        "region": CITY,
        "colour": "green",
        "reason": "已签约",
        "from_on": "2026-02-01",
    }
    await ask("POST /lights/declarations", body, who=ZHENGZHOU, expect=201)
    found = await ask(where)
    assert (found["colour"]["code"], found["shown"]["code"]) == ("grey", "grey")
    assert (found["declared"]["colour"]["code"], found["declared"]["evidenced"]) == ("green", False)
    clock.today = date(2026, 3, 12)
    later = body | {"colour": "red", "reason": "签约中止", "from_on": "2026-03-05"}
    await ask("POST /lights/declarations", later, who=ZHENGZHOU, expect=201)
    assert (await ask(where))["declared"]["colour"]["code"] == "red"
    # What held then is read by its day; what was known then, by the day of its entry.
    assert (await ask(f"{where}&as_of=2026-03-04"))["declared"]["colour"]["code"] == "green"
    assert (await ask(f"{where}&as_of=2026-03-08&known_on=2026-03-11"))["declared"]["colour"]["code"] == "green"
    assert (await ask(f"{where}&as_of=2026-01-31"))["declared"] is None
    history = await ask("GET /lights/declarations?of=measure&id=M05&limit=1")
    assert [each["colour"]["code"] for each in history["items"]] == ["red"]
    cursor = history["next_cursor"]
    older = await ask(f"GET /lights/declarations?of=measure&id=M05&limit=1&cursor={cursor}", who=ZHENGZHOU)
    assert [each["colour"]["code"] for each in older["items"]] == ["green"]
    assert (await ask("GET /lights/declarations", who=KAIFENG))["items"] == []
    pool = await database.pool()
    told = await pool.fetch("SELECT convert_from(bytes, 'utf8') AS body FROM public.outbox")
    assert len(told) == 2
    assert not any("签约" in row["body"] for row in told)


async def test_an_override_is_asked_for_by_one_approved_by_another_and_ends_by_itself(ask: Ask, clock: Hands) -> None:
    await delivered(ask, "M14-D1", None, due_on="2026-01-15", dated_on="2026-02-01")
    where = "GET /lights/measure/M14"
    assert (await ask(where))["colour"]["code"] == "red"
    asked = await ask("POST /lights/overrides", override(), expect=201)
    path = f"/lights/overrides/{asked['override_id']}"
    assert (await ask(where))["shown"]["code"] == "red", "nobody has approved it yet"
    await ask(f"POST {path}/approvals", expect=428, who=SECOND)
    await ask(f"POST {path}/approvals", expect=412, who=SECOND, if_match='"v2"')
    own = await ask(f"POST {path}/approvals", expect=403, if_match='"v1"')
    assert own["type"].endswith("own-request")
    approved = await ask(f"POST {path}/approvals", expect=201, who=SECOND, if_match='"v1"')
    assert approved["in_force"] is True
    found = await ask(where)
    assert (found["colour"]["code"], found["shown"]["code"]) == ("red", "yellow")
    assert found["overridden"]["label_zh"] == "人工调整"
    assert (await ask(f"{where}?as_of=2026-03-09"))["shown"]["code"] == "red", "not for days before"
    second = await ask("POST /lights/overrides", override(colour="grey"), expect=201)
    refused = await ask(f"POST /lights/overrides/{second['override_id']}/approvals", who=SECOND, if_match='"v1"',
                        expect=409)  # fmt: skip
    assert refused["type"].endswith("another-in-force")
    clock.today = date(2026, 4, 10)
    assert (await ask(where))["shown"]["code"] == "yellow", "its last day"
    clock.today = date(2026, 4, 11)
    assert (await ask(where))["shown"]["code"] == "red"
    assert (await ask(f"{where}?as_of=2026-04-10"))["shown"]["code"] == "yellow"


async def test_an_override_ended_by_hand_is_over_from_that_day_on(ask: Ask, clock: Hands, database: Database) -> None:
    await delivered(ask, "M14-D1", None, due_on="2026-01-15", dated_on="2026-02-01")
    asked = await ask("POST /lights/overrides", override(), expect=201)
    path = f"/lights/overrides/{asked['override_id']}"
    await ask(f"POST {path}/approvals", expect=201, who=SECOND, if_match='"v1"')
    clock.today = date(2026, 3, 20)
    await ask(f"POST {path}/endings", {"reason": "文件已印发"}, expect=201, if_match='"v2"')
    again = await ask(f"POST {path}/endings", {"reason": "文件已印发"}, expect=409, if_match='"v3"')
    assert again["type"].endswith("already-ended")
    where = "GET /lights/measure/M14"
    assert (await ask(where))["shown"]["code"] == "red"
    assert (await ask(f"{where}?as_of=2026-03-19"))["shown"]["code"] == "yellow"
    assert (await ask(f"{where}?as_of=2026-03-20&known_on=2026-03-19"))["shown"]["code"] == "yellow"
    assert [each["ended_reason"] for each in (await ask("GET /lights/overrides"))["items"]] == ["文件已印发"]
    pool = await database.pool()
    rows = await pool.fetch("SELECT event_type FROM public.outbox ORDER BY id")
    told = [row["event_type"] for row in rows if "light" in row["event_type"]]
    assert told == ["lawyers.progress.light.overridden.v1", "lawyers.progress.light-override.ended.v1"]


async def test_nobody_sets_green_what_cannot_be_judged(ask: Ask, facts: Facts) -> None:
    """Evidence alone is no attainment: 一批 asks for no number, and this deliverable for no day."""
    await facts.recognise(await facts.firm(), "provincial-influence-firm")
    evidence = {"kind": "document", "document_number": "豫司文〔2026〕30号", "document_issuer": "河南省司法厅"}
    await ask("POST /deliverables/M14-D1/evidence", evidence | {"dated_on": "2026-03-01"}, expect=201)
    for of, item in (("target", "T6"), ("target", "T11"), ("deliverable", "M14-D1")):
        refused = await ask("POST /lights/overrides", override(of=of, id=item, colour="green"), expect=409)
        assert refused["type"].endswith(("not-judged", "no-evidence"))
    assert refused["type"].endswith("not-judged")
    await ask("POST /lights/overrides", override(of="target", id="T6", colour="yellow"), expect=201)


async def test_nobody_sets_green_what_nobody_knows(ask: Ask) -> None:
    refused = await ask("POST /lights/overrides", override(colour="green"), expect=409)
    assert (refused["type"].rsplit(":", 1)[-1], refused["field"]) == ("no-evidence", "colour")
    await delivered(ask, "M14-D1", None, due_on="2026-01-15", dated_on="2026-02-01")
    await ask("POST /lights/overrides", override(colour="green"), expect=201)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (override(expires_on="2026-06-09"), "expires_on"),
        (override(expires_on="2026-03-09"), "expires_on"),
        ({key: value for key, value in override().items() if key != "expires_on"}, "expires_on"),
        (override(colour="stale"), "colour"),
        (override(colour="blue"), "colour"),
        (override(id="M99"), "id"),
        (override(region="410000"), "region"),
        (override(reason=""), "reason"),
        (override(of="firm"), "of"),
    ],
)
async def test_bad_input_is_named(ask: Ask, body: dict[str, Any], field: str) -> None:
    refused = await ask("POST /lights/overrides", body, expect=422)
    assert field in (refused.get("field") or "", *(each["field"] for each in refused["errors"]))


async def test_days_to_come_are_named(ask: Ask) -> None:
    assert (await ask("GET /lights?as_of=2026-03-11", expect=422))["field"] == "as_of"
    assert (await ask("GET /lights?known_on=2026-03-11", expect=422))["field"] == "known_on"
    body = {"of": "plan", "id": "HN-LAWYER-PLAN-2024-2026", "colour": "red", "reason": "滞后", "from_on": "2026-03-11"}
    assert (await ask("POST /lights/declarations", body, expect=422))["field"] == "from_on"
    await ask("GET /lights/measure/M99", expect=404)


@pytest.mark.parametrize("who", [ZHENGZHOU, KAIFENG, READER, CITY_STEERING, DIVISION, PROVINCIAL_ASSOCIATION, LAWYER])
async def test_only_the_department_overrides(ask: Ask, who: Officer) -> None:
    await ask("POST /lights/overrides", override(), who=who, expect=403)
    await ask("GET /lights/overrides", who=who, expect=403)


async def test_the_longest_term_is_allowed(ask: Ask) -> None:
    last = (TODAY + timedelta(days=90)).isoformat()
    await ask("POST /lights/overrides", override(expires_on=last), expect=201)
