"""Bad input and bad moments: a problem that names the field, and nothing half-written."""

import asyncio
from datetime import date

import pytest
from contracts.plan import plan
from contracts.report_events import ReportedValueConfirmed

from tests.integration.progress.reporting.desk import BUREAU, NAMES, OFFICER, PARTY, Desk, filled

JULY = date(2026, 7, 1)


def fields(problem: dict) -> set[str]:
    return {error["field"] for error in problem["errors"]}


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"M99-I1": {"amount": 1}}, "items.M99-I1"),
        ({"M09-I1": {"amount": 1}}, "items.M09-I1"),
        ({"M18-I2.410200": {"numerator": 1, "denominator": 2}}, "items.M18-I2.410200"),
        ({"M18-I2": {"amount": 1}}, "items.M18-I2.amount"),
        ({"M18-I3": {"amount": -1}}, "items.M18-I3.amount"),
        ({"M18-I3": {"amount": 1.5}}, "items.M18-I3.amount"),
        ({"M18-I3": {"amount": "12"}}, "items.M18-I3.amount"),
        ({"M18-I3": {"amount": True}}, "items.M18-I3.amount"),
        ({"M18-I3": {"amount": 10**13}}, "items.M18-I3.amount"),
        ({"M18-I3": {"kind": "zero"}}, "items.M18-I3.kind"),
        ({"M18-I3": {"kind": "not-applicable"}}, "items.M18-I3.kind"),
        ({"M18-I3": {"kind": "nil", "amount": 0}}, "items.M18-I3.amount"),
        ({"M18-I3": {"amount": 1, "remark": "a\u0000b"}}, "items.M18-I3.remark"),
        ({"M18-I3": {"amount": 1, "note": "x"}}, "items.M18-I3.note"),
        ({"M21-I3": {"amount": 1, "reached_on": "1.3.2026"}}, "items.M21-I3.reached_on"),
    ],
)
async def test_a_draft_that_does_not_fit_is_refused_whole_and_names_the_field(desk: Desk, row, field) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    draft = await desk.save(form, {"M18-I3": {"amount": 7}}, BUREAU)
    refused = await desk.save(draft, {"M16-I3": {"amount": 9}, **row}, BUREAU, expect=422)
    assert field in fields(refused)
    after = await desk.find(BUREAU, "2026H1")
    assert after["version"] == draft["version"]
    kept = {item["key"]: item["answer"]["amount"] for item in after["items"] if item["answer"]}
    assert kept == {"M18-I3": 7}


async def test_a_submission_names_everything_that_stands_in_its_way_and_leaves_no_trace(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    rows = filled(form, {"M18-I2": {"numerator": 3, "denominator": 2}, "W1-I3": {"amount": 5}})
    del rows["M17-I1"]
    draft = await desk.call(
        "PUT", f"/reports/{form['report_id']}/draft", BUREAU, body={"items": rows, "filled_by": "张三"}, version=1
    )
    told = len(await desk.events())
    refused = await desk.act(draft, "submission", BUREAU, {"responsible": "王五"}, expect=422)
    assert refused["type"].endswith("report-not-submittable")
    assert fields(refused) == {"checked_by", "items.M18-I2.numerator", "items.W1-I3.amount", "items.M17-I1"}
    # The form says the same beforehand.
    shown = {each["field"] for each in (await desk.find(BUREAU, "2026H1"))["findings"] if each["blocks"]}
    assert shown == fields(refused) - {"checked_by"}
    after = await desk.find(BUREAU, "2026H1")
    assert (after["state"]["code"], after["version"], after["received_on"]) == ("draft", draft["version"], None)
    assert len(await desk.events()) == told
    assert "张三" not in str(refused)


async def test_a_warning_wants_an_explanation_and_then_lets_pass(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(PARTY, "2026H1")
    row = {"yes": True, "reached_on": "2026-05-01"}
    draft = await desk.save(form, filled(form, {"M01-I2": row}), PARTY)
    refused = await desk.act(draft, "submission", PARTY, expect=422)
    assert fields(refused) == {"items.M01-I2.document_number"}
    row["explanation"] = "文件正在印发"
    draft = await desk.save(draft, filled(form, {"M01-I2": row}), PARTY)
    await desk.act(draft, "submission", PARTY)
    [finding] = (await desk.find(PARTY, "2026H1"))["findings"]
    assert (finding["severity"]["code"], finding["blocks"]) == ("warning", False)


async def test_changes_need_the_version_that_was_read(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026Q1")
    await desk.call("PUT", f"/reports/{form['report_id']}/draft", BUREAU, body={"items": {}}, expect=428)
    first = await desk.save(form, filled(form, {}), BUREAU)
    await desk.save(form, filled(form, {}), BUREAU, expect=412)
    await desk.act(form, "submission", BUREAU, expect=412)
    sent = await desk.act(first, "submission", BUREAU)
    await desk.act(first, "confirmation", OFFICER, expect=412)
    await desk.save(sent, filled(form, {}), BUREAU, expect=409)
    await desk.act(sent, "corrections", BUREAU, {"reason": "更正"}, expect=409)


async def test_a_submission_repeated_with_its_key_happens_once(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026Q1")
    draft = await desk.save(form, filled(form, {}), BUREAU)
    once = await desk.act(draft, "submission", BUREAU, key="the-same-key")
    again = await desk.act(draft, "submission", BUREAU, key="the-same-key")
    assert once == again
    confirmations = await asyncio.gather(
        *(desk.act(once, "confirmation", OFFICER, key="another-key") for _ in range(3))
    )
    assert confirmations[0] == confirmations[1] == confirmations[2]
    assert len(await desk.events(ReportedValueConfirmed)) == 1


async def test_two_officers_who_decide_at_once_decide_once(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026Q1")
    path, headers = f"/v1/reports/{sent['report_id']}", {"If-Match": f'"v{sent["version"]}"'}
    officers = [
        {
            **desk.issuer.headers(roles=["plan-officer"], subject=f"officer-{n}"),
            **headers,
            "Idempotency-Key": f"key-{n:09}",
        }
        for n in range(6)
    ]
    answers = await asyncio.gather(
        *(
            desk.client.post(f"{path}/confirmation", headers=officer, json={"without_scan": "后补"})
            for officer in officers[:3]
        ),
        *(desk.client.post(f"{path}/return", headers=officer, json={"reason": "退"}) for officer in officers[3:]),
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412, 412, 412, 412]
    assert len(await desk.events(ReportedValueConfirmed)) <= 1


async def test_after_the_freeze_no_report_changes(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    draft = await desk.save(form, filled(form, {}), BUREAU)
    sent = await desk.submit(BUREAU, "2026Q1")
    await desk.connection.execute("INSERT INTO plan_freezes VALUES ($1, '2026-03-31')", plan().meta.id)
    # Inside the freeze, and after it.
    for what, who, body in (
        ("confirmation", OFFICER, None),
        ("return", OFFICER, {"reason": "退"}),
        ("corrections", BUREAU, {"reason": "更"}),
        ("submission", BUREAU, None),
    ):
        refused = await desk.act(sent, what, who, body, expect=409)
        assert refused["type"].endswith("plan-frozen")
    await desk.save(sent, {}, BUREAU, expect=409)
    draft = await desk.save(draft, filled(form, {}), BUREAU)
    await desk.connection.execute("TRUNCATE plan_freezes")
    await desk.connection.execute("INSERT INTO plan_freezes VALUES ($1, '2026-06-30')", plan().meta.id)
    refused = await desk.act(draft, "submission", BUREAU, expect=409)
    assert "收官" in refused["detail"]
    assert (await desk.find(BUREAU, "2026H1"))["state"]["code"] == "draft"


async def test_what_was_sent_cannot_be_changed_in_the_database_either(desk: Desk) -> None:
    await desk.days_pass(JULY)
    await desk.confirm(BUREAU, "2026Q1")
    for statement in (
        "UPDATE report_answers SET amount = 2",
        "DELETE FROM report_answers",
        "UPDATE report_revisions SET decision = 'returned'",
        "DELETE FROM report_revisions",
        "UPDATE report_values SET amount = 2",
        "DELETE FROM report_values",
    ):
        with pytest.raises(Exception, match=r"does not change|stays"):
            await desk.connection.execute(statement)


async def test_names_and_words_stay_out_of_events_and_logs(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    words = {"remark": "备注里的秘密", "explanation": "说明里的秘密"}
    draft = await desk.save(form, filled(form, {"M18-I3": {"amount": 12, **words}}), BUREAU)
    sent = await desk.act(draft, "submission", BUREAU)
    back = await desk.act(sent, "return", OFFICER, {"reason": "退回的秘密"})
    again = await desk.save(back, filled(form, {"M18-I3": {"amount": 12, **words}}), BUREAU)
    await desk.act(await desk.act(again, "submission", BUREAU), "confirmation", OFFICER)
    written = "".join([bytes(row["bytes"]).decode() for row in await desk.connection.fetch("SELECT bytes FROM outbox")])
    out, err = capfd.readouterr()
    for secret in (*NAMES.values(), "秘密"):
        assert secret not in written
        assert secret not in out + err
