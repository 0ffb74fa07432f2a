"""Letters: the case goes on with them, their numbers have no gaps, and they name nobody without consent."""

import asyncio
from uuid import uuid4

import asyncpg
import pytest
from common.feed import sm3

from tests.integration.rights.conftest import CONTACT, LICENCE_NUMBER, NAME, client_of

from .conftest import CASE, LETTER, Linkage, text_of

HIGHER = {"level": "province", "region": "410000", "organ_name": "河南省高级人民法院"}


async def test_a_letter_takes_the_case_on_and_its_bytes_are_kept(*, linkage, case, sql, http):
    complaint, unit = await case(), await linkage.unit()
    task = await linkage.sent(complaint, unit)
    assert (task["document_number"], task["dated_on"], task["state"]) == ("郑律维函〔2026〕1号", "2026-03-02", "sent")
    assert task["to_zh"] == "洛阳市中级人民法院立案信访投诉窗口"
    assert [(clock["name"], clock["due_on"]) for clock in task["deadlines"]] == [
        ("letter", "2026-03-03"),
        ("handling", "2026-03-12"),
    ]
    assert task["deadlines"][0]["state"] == "met"
    steps = await sql.fetch("SELECT step, document_number, organ_name FROM complaint_steps ORDER BY ordinal")
    assert tuple(steps[-1]) == ("send", "郑律维函〔2026〕1号", task["to_zh"])
    address = f"complaints/{complaint}/linkage-tasks/{task['task_id']}/letter"
    first, again = await linkage.get(address), await linkage.get(address)
    assert first.headers["content-type"] == "application/pdf"
    assert first.content == again.content
    assert sm3(first.content).hex() == task["sm3"]
    paper = text_of(first.content)
    for part in (
        LETTER,
        task["to_zh"],
        "郑律维函〔2026〕1号",
        "于2026年3月12日（含当日）前",
        "（盖章处）",
        "2026年3月2日",
    ):
        assert part in paper
    for marker in (NAME, LICENCE_NUMBER, CONTACT, str(complaint)):
        assert marker not in paper
    opened = await sql.fetch("SELECT purpose, identity_opened FROM access_log")
    assert [tuple(row) for row in opened] == [("handling", False)] * 2
    sealed = await sql.fetchval("SELECT pdf_sealed FROM linkage_letters")
    assert b"%PDF" not in bytes(sealed)


async def test_each_letter_is_one_event_beside_the_step_of_its_case(linkage, case, sql):
    await linkage.sent(await case(), await linkage.unit())
    sent = await sql.fetch("SELECT convert_from(bytes, 'utf8') AS said FROM outbox ORDER BY id")
    kinds = [row["said"] for row in sent if "linkage-task" in row["said"]]
    assert len(kinds) == 1
    assert '"unit_kind":"COURT"' in kinds[0]
    assert "complaint_id" not in kinds[0]


async def test_numbers_have_no_gaps_under_concurrency_nor_after_refusals(*, linkage, case, sql, build):
    unit = await linkage.unit()
    cases = [await case() for _ in range(6)]
    other = build()
    async with other.router.lifespan_context(other), client_of(other) as elsewhere:
        both = [linkage, Linkage(elsewhere, linkage.officer)]
        sending = [both[n % 2].send(each, unit) for n, each in enumerate(cases)]
        # In between some are refused: stale version, a name in the text, the same case twice.
        refused = [both[n % 2].send(cases[0], unit, at=7) for n in range(3)]
        refused += [both[n % 2].send(cases[1], unit, text=f"律师{NAME}") for n in range(3)]
        answers = await asyncio.gather(*sending, *refused)
    good = [answer.json() for answer in answers if answer.status_code == 201]
    assert len(good) == len(cases)
    assert {answer.status_code for answer in answers[len(cases) :]} <= {412, 422}
    numbers = sorted(task["document_number"] for task in good)
    assert numbers == [f"郑律维函〔2026〕{n}号" for n in range(1, 7)]
    assert await sql.fetchval("SELECT last FROM letter_numbers") == len(cases)


async def test_each_organ_and_year_counts_for_itself(*, linkage, case, time, walk):
    unit = await linkage.unit()
    here = await linkage.sent(await case(), unit)
    time.at("2026-12-31 09:00")
    last = await linkage.sent(await case(), unit)
    time.at("2027-01-04 09:00")
    next_year = await linkage.sent(await case(), unit)
    assert [task["document_number"] for task in (here, last, next_year)] == [
        "郑律维函〔2026〕1号",
        "郑律维函〔2026〕2号",
        "郑律维函〔2027〕1号",
    ]
    province = {"kind": "association", "region": "410000", "subject": "province"}
    complaint = await case()
    await linkage.post(f"complaints/{complaint}/assignments", {}, **province)
    assert (await linkage.sent(complaint, unit, who=province))["document_number"] == "豫律维函〔2027〕1号"


async def test_a_void_letter_keeps_its_number_and_another_follows(*, linkage, case, sql):
    complaint, unit = await case(), await linkage.unit()
    wrong = await linkage.sent(complaint, unit)
    twice = await linkage.send(complaint, unit, at=3)
    assert (twice.status_code, twice.json()["type"]) == (409, "urn:yulu:problem:task-open")
    address = f"complaints/{complaint}/linkage-tasks/{wrong['task_id']}"
    void = await linkage.post(f"{address}/cancellation", {"reason": "wrong-content"}, at=1)
    assert (void.status_code, void.json()["state"], void.json()["cancelled"]) == (200, "cancelled", "wrong-content")
    again = await linkage.post(f"{address}/cancellation", {"reason": "wrong-content"}, at=2)
    assert (again.status_code, again.json()["type"]) == (409, "urn:yulu:problem:task-over")
    right = await linkage.sent(complaint, unit, at=3)
    assert right["document_number"] == "郑律维函〔2026〕2号"
    numbers = await sql.fetch("SELECT number FROM linkage_letters ORDER BY number")
    assert [row["number"] for row in numbers] == [1, 2]
    assert await sql.fetchval("SELECT status FROM complaints") == "WITH_ORGAN"


async def test_a_repetition_with_the_same_key_is_no_second_letter(linkage, case, sql, http):
    complaint, unit = await case(), await linkage.unit()
    headers = linkage.officer() | {"Idempotency-Key": uuid4().hex, "If-Match": '"v2"'}
    body = {"unit_id": unit["unit_id"], "text": LETTER}
    answers = [await http.post(f"/v1/complaints/{complaint}/linkage-tasks", json=body, headers=headers) for _ in "12"]
    assert answers[0].json() == answers[1].json()
    assert await sql.fetchval("SELECT count(*) FROM linkage_letters") == 1


@pytest.mark.parametrize(
    ("text", "part"),
    [
        (f"律师{NAME}反映", "name"),
        ("律师 张 三 丰 测 试 反映", "name"),
        (f"证号{LICENCE_NUMBER}", "licence_number"),
        ("证号１４１０１ ２０１０１０ ７６５４３２", "licence_number"),
        ("可致电139-0000-8888", "contact"),
    ],
)
@pytest.mark.parametrize("mode", ["named", "sealed"])
async def test_rr18_a_letter_that_names_the_complainant_is_refused(*, linkage, case, sql, log, text, part, mode):
    complaint, unit = await case(identity_mode=mode), await linkage.unit()
    answer = await linkage.send(complaint, unit, text=text)
    problem = answer.json()
    assert (answer.status_code, problem["field"], problem["part"]) == (422, "text", part)
    assert text not in answer.text
    assert NAME not in log.getvalue()
    assert "letter_names_complainant" in log.getvalue()
    assert await sql.fetchval("SELECT count(*) FROM letter_numbers") == 0
    assert await sql.fetchval("SELECT status FROM complaints") == "ACCEPTED"


async def consent(http, receipt, *, to="organ", purpose="verification", given=True):
    opened = await http.post("/v1/receipts/sessions", json={"receipt": receipt})
    headers = {"Receipt-Session": opened.json()["session"], "Idempotency-Key": uuid4().hex}
    body = {"to": to, "purpose": purpose, "given": given}
    answer = await http.post("/v1/receipts/case/consents", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def followed(file, sql, walk, time):
    """A case that awaits its letter, and its receipt."""

    async def followed(**changes):
        time.at("2026-03-02 10:00")
        receipt = (await file(**CASE | changes)).json()["receipt"]
        complaint = await sql.fetchval("SELECT complaint_id FROM complaints WHERE status = 'TRIAGE'")
        await walk(complaint, "acceptance")
        return complaint, receipt

    return followed


async def test_rr18_identity_is_told_by_consent_alone_for_that_purpose_to_that_recipient(
    *, linkage, followed, http, sql
):
    complaint, receipt = await followed()
    unit = await linkage.unit()
    wanted = {"identity_for": "verification"}
    none = await linkage.send(complaint, unit, **wanted)
    assert (none.status_code, none.json()["type"]) == (409, "urn:yulu:problem:consent-needed")
    await consent(http, receipt, to="procuratorate")
    await consent(http, receipt, purpose="reply")
    assert (await linkage.send(complaint, unit, **wanted)).status_code == 409
    await consent(http, receipt)
    await consent(http, receipt, given=False)
    assert (await linkage.send(complaint, unit, **wanted)).status_code == 409
    await consent(http, receipt)
    task = await linkage.sent(complaint, unit, **wanted)
    paper = text_of((await linkage.get(f"complaints/{complaint}/linkage-tasks/{task['task_id']}/letter")).content)
    assert f"仅限核查事实：姓名{NAME}，执业证号{LICENCE_NUMBER}" in paper
    assert CONTACT not in paper
    assert await sql.fetchval("SELECT identity_opened FROM access_log") is True


async def test_rr18_a_purpose_shows_no_more_than_it_needs(linkage, followed, http):
    complaint, receipt = await followed()
    unit = await linkage.unit()
    await consent(http, receipt)
    await consent(http, receipt, purpose="reply")
    told = await linkage.send(complaint, unit, identity_for="verification", text=f"{LETTER}电话{CONTACT}")
    assert (told.status_code, told.json()["part"]) == (422, "contact")
    task = await linkage.sent(complaint, unit, identity_for="reply")
    paper = text_of((await linkage.get(f"complaints/{complaint}/linkage-tasks/{task['task_id']}/letter")).content)
    assert CONTACT in paper


async def test_rr18_a_sealed_identity_is_in_no_letter_whatever_was_consented_to(linkage, followed, http):
    complaint, receipt = await followed(identity_mode="sealed")
    unit = await linkage.unit()
    await consent(http, receipt)
    answer = await linkage.send(complaint, unit, identity_for="verification")
    assert (answer.status_code, answer.json()["field"]) == (422, "identity_for")
    # Comparing texts with a sealed identity would let one who may not see it guess.
    bureau = {"kind": "bureau", "region": "410100", "subject": "bureau"}
    await linkage.post(f"complaints/{complaint}/assignments", {}, **bureau)
    assert (await linkage.send(complaint, unit, who=bureau)).status_code == 403


async def test_rr17_a_letter_goes_to_a_unit_of_the_directory_that_fits_and_nowhere_else(linkage, case):
    complaint = await case()
    other = await linkage.unit(organ_kind="PROC", duty="control")
    elsewhere = await linkage.unit(region="410100")
    for unit, kind in ((other, "unit-of-another-organ"), (elsewhere, "unit-elsewhere")):
        answer = await linkage.send(complaint, unit)
        assert (answer.status_code, answer.json()["field"]) == (422, "unit_id")
        assert answer.json()["type"] == f"urn:yulu:problem:{kind}"
    unknown = await linkage.send(complaint, {"unit_id": str(uuid4())})
    assert (unknown.status_code, unknown.json()["field"]) == (422, "unit_id")
    closed = await linkage.unit()
    assert (await linkage.change(closed, at=1, open=False)).status_code == 200
    assert (await linkage.send(complaint, closed)).json()["type"] == "urn:yulu:problem:unit-closed"
    free = await linkage.send(complaint, closed, organ="洛阳市中级人民法院刑二庭合议庭")
    assert (free.status_code, free.json()["field"]) == (422, "organ")
    await linkage.sent(complaint, await linkage.unit(**HIGHER))


async def test_rr17_a_letter_written_elsewhere_goes_to_no_case_team_either(linkage, case):
    body = {"document_number": "1号", "document_date": "2026-03-02", "organ": "洛阳市中级人民法院刑一庭合议庭"}
    answer = await linkage.post(f"complaints/{await case()}/letter", body, at=2)
    assert (answer.status_code, answer.json()["field"]) == (422, "organ")


async def test_a_number_of_our_series_is_never_typed_in(linkage, case):
    body = {"document_number": "郑律维函〔2026〕9号", "document_date": "2026-03-02", "organ": "洛阳市中级人民法院"}
    answer = await linkage.post(f"complaints/{await case()}/letter", body, at=2)
    assert (answer.status_code, answer.json()["field"]) == (422, "document_number")


async def test_letters_go_out_between_acceptance_and_decision_only(*, linkage, file, sql, step, walk, time):
    time.at("2026-03-02 10:00")
    await file(**CASE)
    complaint = await sql.fetchval("SELECT complaint_id FROM complaints")
    unit = await linkage.unit()
    assert (await linkage.send(complaint, unit, at=1)).status_code == 403  # nobody has taken it
    await linkage.post(f"complaints/{complaint}/assignments", {})
    early = await linkage.send(complaint, unit, at=1)
    assert (early.status_code, early.json()["state"]) == (409, "TRIAGE")
    await walk(complaint, "acceptance", "letter", "decision")
    late = await linkage.send(complaint, unit, at=4)
    assert (late.status_code, late.json()["state"]) == (409, "DECIDED")
    assert await sql.fetchval("SELECT count(*) FROM linkage_tasks") == 0


@pytest.mark.parametrize(
    "who",
    [
        {"region": "410200"},
        {"kind": "county-bureau"},
        {"kind": "court", "roles": ["linked-organ"]},
        {"kind": "police", "roles": ["rights-officer", "linked-organ"]},
        {"roles": ["operator"], "kind": "department", "region": "410000"},
    ],
)
async def test_others_neither_write_nor_open_letters(*, linkage, case, sql, who):
    complaint, unit = await case(), await linkage.unit()
    assert (await linkage.send(complaint, unit, who=who)).status_code == 403
    task = await linkage.sent(complaint, unit)
    address = f"complaints/{complaint}/linkage-tasks"
    assert (await linkage.get(address, **who)).status_code == 403
    for path in ("letter", "replies"):
        assert (await linkage.get(f"{address}/{task['task_id']}/{path}", **who)).status_code == 403
    assert (await linkage.get(f"{address}/{task['task_id']}/letter", subject="unassigned")).status_code == 403


async def test_rubbish_names_its_field(linkage, case):
    complaint, unit = await case(), await linkage.unit()
    for more, named in (
        ({"text": ""}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"text": "长" * 20_001}, "text"),
        ({"unit_id": "no"}, "unit_id"),
        ({"identity_for": "fun"}, "identity_for"),
        ({"task_id": "x"}, "task_id"),
    ):
        answer = await linkage.send(complaint, unit, **more)
        assert (answer.status_code, answer.json()["field"]) == (422, named)
    missing = await linkage.post(f"complaints/{complaint}/linkage-tasks", {"unit_id": unit["unit_id"], "text": "x"})
    assert missing.status_code == 428


@pytest.mark.parametrize("table", ["complaint_units", "linkage_tasks", "linkage_letters"])
async def test_what_was_sent_only_grows(linkage, case, sql, table):
    await linkage.sent(await case(), await linkage.unit())
    for statement in (f"UPDATE {table} SET recorded_at = now()", f"DELETE FROM {table}"):
        column = "organ_kind" if table != "linkage_tasks" else "urgent"
        with pytest.raises(asyncpg.RestrictViolationError):
            await sql.execute(statement.replace("recorded_at = now()", f"{column} = {column}"))
