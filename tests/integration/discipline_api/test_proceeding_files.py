"""Who reads and moves what of a case: versions, assignment, recusal, secrecy, deadlines, execution."""

import asyncio

from .cases import ALLEGED, FIRM, INVESTIGATORS, SUSPENSION, Handled
from .conftest import LICENCE, NAME


async def test_two_officers_meet_and_the_second_reads_again(hands):
    case = await (await Handled(hands).opened()).investigated()
    version = case.case["version"]
    first, second = await asyncio.gather(
        case.attempt(
            "notify", "2026-03-24", version=version, document_number="郑司告〔2026〕1号", reason="告知",
            details={"conduct_code": "L48.1", "penalties": SUSPENSION, "hearing_offered": True},
        ),
        case.attempt(
            "decide", "2026-03-24", version=version, document_number="郑司不罚〔2026〕1号", reason="不予处罚",
            headers=hands.officer(subject="another"), details={"outcome": "none"},
        ),
    )  # fmt: skip
    assert sorted((first.status_code, second.status_code)) == [200, 412]
    missing = await hands.post(f"{case.path}/steps", {"step": "accept", "on": "2026-03-24"}, headers=case.headers)
    assert missing.status_code == 428


async def test_nobody_is_named_in_events_logs_or_stored_answers_and_the_file_is_sealed(hands, connection):
    case = await (await Handled(hands).opened()).served()
    assert NAME not in str(case.case)
    tables = ("outbox", "idempotency_keys", "audit_log", "proceedings", "proceeding_steps", "sealed_texts", "deadlines")
    rows = [row for table in tables for row in await connection.fetch(f"SELECT * FROM {table}")]
    raw = b"".join(value for row in rows for value in row.values() if isinstance(value, bytes))
    for secret in (NAME, LICENCE, ALLEGED, "查明收取三万元", "决定的事实、理由"):
        assert not [row for row in rows if secret in str(dict(row))], secret
        assert secret.encode() not in raw, secret
    file = (await case.read(full="true", reason="复核")).json()
    assert (file["subject"]["name"], file["reason_of_opening"]) == (NAME, ALLEGED)


async def test_the_file_opens_to_those_assigned_each_look_with_a_reason_and_never_again_to_one_recused(
    hands, connection
):
    case = await (await Handled(hands).opened()).filed()
    colleague, above = hands.officer(subject="colleague"), hands.officer("department", "410000", "sft")
    for reader in (colleague, above):
        line = await case.read(headers=reader)
        assert (line.status_code, "subject" in line.json()) == (200, False)
        denied = await case.read(headers=reader, full="true", reason="想看")
        assert (denied.status_code, denied.json()["right"]) == (403, "discipline:read-file")
    assert (await case.read(full="true")).json()["field"] == "reason"
    assert (await case.read(headers=hands.officer("bureau", "410300", "ly"))).status_code == 403
    looked = await connection.fetchval(
        "SELECT count(*) FROM audit_log WHERE action = 'discipline:read-file' AND outcome = 'done'"
    )
    assert looked == 0

    async def people(what, officer, headers, **more):
        tag = {"If-Match": f'"v{case.case["version"]}"'}
        answer = await hands.post(f"{case.path}/{what}", {"officer": officer} | more, headers=headers, **tag)
        if answer.status_code == 200:
            case.case = answer.json()
        return answer

    assert (await people("assignments", "colleague", colleague)).json()["field"] == "officer"
    assert (await people("assignments", "colleague", case.headers)).status_code == 200
    opened = await case.read(headers=colleague, full="true", reason="承办")
    assert opened.json()["subject"]["name"] == NAME
    entry = await connection.fetchrow(
        "SELECT * FROM audit_log WHERE action = 'discipline:read-file' AND outcome = 'done'"
    )
    assert (entry["actor"], entry["object_id"]) == ("colleague", case.id)
    assert entry["reason"].startswith("words "), "what was said goes with the file, not into the chain"
    assert (await people("recusals", "colleague", case.headers, reason="与当事人有亲属关系")).status_code == 200
    assert case.case["recused"] == ["colleague"]
    assert (await case.read(headers=colleague, full="true", reason="再看")).status_code == 403
    step = await case.attempt(
        "investigate", "2026-03-20", headers=colleague, reason="终结", details={"investigators": INVESTIGATORS}
    )
    assert (step.status_code, step.json()["guard"]) == (403, "not-recused")
    assert (await people("assignments", "colleague", case.headers)).status_code == 409
    listed = await case.attempt(
        "investigate", "2026-03-20", reason="终结",
        details={"investigators": [INVESTIGATORS[0], {"officer": "colleague", "certificate_number": "豫A-3"}]},
    )  # fmt: skip
    assert (listed.status_code, listed.json()["guard"]) == (422, "not-recused")
    texts = (await case.read(what="/steps", full="true", reason="查阅经过")).json()
    assert [line["step"] for line in texts][-2:] == ["assign", "recuse"]
    assert texts[-1]["texts"] == {"reason": "与当事人有亲属关系"}
    assert {line["texts"] for line in (await case.read(what="/steps", headers=above)).json()} == {None}


async def test_next_says_what_is_possible_and_which_guard_refuses_what(hands):
    case = await (await Handled(hands).opened()).investigated(complex=True)
    steps = {step["step"]: step for step in (await case.read(what="/next")).json()}
    assert set(steps) == {"notify", "decide", "review-legally"}
    decide = steps["decide"]
    assert decide["possible"] is True or decide["refused_by"][0]["guard"] == "d15-legal-review"
    choices = {choice["outcome"]: [r["guard"] for r in choice["refused_by"]] for choice in decide["choices"]}
    assert choices["criminal"] == []
    assert choices["penalty"][:1] == ["d13-prior-notice"]
    assert {"d15-legal-review", "collective-deliberation"} <= set(choices["penalty"])
    told = decide["choices"][0]["refused_by"][0]
    assert (told["source"], told["verified"], told["field"]) == ("行政处罚法第六十二条", True, "details.outcome")


async def test_d11_d26_overdue_is_shown_at_its_instant_with_the_timer_off_and_the_desk_lists_what_is_at_risk(hands):
    case = await (await Handled(hands).opened()).decided("2026-04-20")

    async def at(instant):
        hands.on(instant)
        line = (await case.read()).json()
        listed = (await hands.http.get("/v1/proceedings?at_risk=overdue", headers=case.headers)).json()["items"]
        return {d["name"]: d["state"] for d in line["deadlines"]}, line["at_risk"], len(listed)

    states, risk, listed = await at("2026-04-29T23:59:59")
    assert (states["service"], states["publication"], risk, listed) == ("warned", "warned", "warned", 0)
    states, risk, listed = await at("2026-04-30T00:00:00")
    assert (states["service"], states["publication"], risk, listed) == ("overdue", "overdue", "overdue", 1)
    await case.step(
        "serve", "2026-05-06", document_number=case.document(), details={"service_way": "mail", "from_on": "2026-05-06"}
    )
    assert {d["name"]: d["state"] for d in case.case["deadlines"]}["service"] == "met-late"
    assert case.case["sanction"]["overdue"] == ["service", "publication"]


async def test_a_fine_in_instalments_grows_when_late_and_the_case_closes_once_all_is_paid(hands):
    fine = [{"kind": "warning"}, {"kind": "fine", "fine_yuan": 4000}]
    case = await Handled(hands).opened()
    await case.notified(penalties=fine, hearing_offered=False)
    made = {"outcome": "penalty", "conduct_code": "L48.1", "penalties": fine}
    await case.step("decide", "2026-04-20", document_number=case.document(), reason="理由", details=made)
    await case.step("serve", "2026-04-24", document_number=case.document(), details={"service_way": "direct"})
    await case.step("execute", "2026-04-24")
    plan = [{"due_on": "2026-05-10", "yuan": 1000}, {"due_on": "2026-06-10", "yuan": 3000}]
    short = await case.attempt(
        "grant-instalments",
        "2026-05-06",
        document_number=case.document(),
        reason="经济困难",
        details={"instalments": plan[:1]},
    )
    assert (short.status_code, short.json()["guard"]) == (422, "instalments-add-up")
    await case.step(
        "grant-instalments",
        "2026-05-06",
        document_number=case.document(),
        reason="经济困难",
        details={"instalments": plan},
    )
    await case.step("pay", "2026-05-12", details={"paid_yuan": "1000"})
    file = (await case.read(full="true", reason="执行")).json()["execution"]
    assert (file["additional_yuan"], file["outstanding_yuan"]) == ("30", "3030.00")
    early = await case.attempt("close", "2026-05-13", reason="结案")
    assert (early.status_code, early.json()["field"]) == (422, "details.unpaid_reason")
    over = await case.attempt("pay", "2026-06-10", details={"paid_yuan": "3030.01"})
    assert (over.status_code, over.json()["guard"]) == (422, "not-overpaid")
    await case.step("pay", "2026-06-10", details={"paid_yuan": "3030.00"})
    assert (await case.step("close", "2026-06-11", reason="执行完毕"))["state"]["code"] == "CLOSED"


async def test_a_firm_s_case_and_the_machine_as_data(hands):
    case = await Handled(hands).opened(subject=FIRM, conduct_code="F50.1")
    assert case.case["subject_kind"] == "firm"
    rows = (await hands.http.get("/v1/proceeding-machines/administrative")).json()
    assert {state["code"] for state in rows["states"]} >= {"CLUE", "SERVED", "CLOSED"}
    decide = next(step for step in rows["steps"] if step["code"] == "decide")
    assert decide["organs"] == ["bureau", "department"]
    assert next(row for row in rows["rules"] if row["id"] == "discipline.decision")["verified"] is True
