"""From an open duty to a number of the plan: draft, submission, return, confirmation, correction."""

import random
from datetime import date

import pytest
from contracts.report_events import ReportedValueConfirmed, ReportReceived, ReportRequested

from tests.integration.progress.reporting.desk import BUREAU, COLLEAGUE, OFFICER, ZHENGZHOU, Desk, filled

JULY = date(2026, 7, 1)
COVERED = {"numerator": 1980, "denominator": 2000}


async def test_a_number_goes_from_the_form_to_the_plan(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.find(BUREAU, "2026H1")
    assert form["state"]["code"] == "open"
    assert {item["region"]["code"] for item in form["items"]} == {ZHENGZHOU}
    draft = await desk.save(form, filled(form, {"M18-I2": COVERED}), BUREAU)
    assert draft["state"]["code"] == "draft"
    desk.at(date(2026, 7, 20))
    sent = await desk.act(draft, "submission", BUREAU)
    assert (sent["state"]["code"], sent["received_on"], sent["in_time"]) == ("submitted", "2026-07-20", True)
    confirmed = await desk.act(sent, "confirmation", OFFICER)
    assert confirmed["state"]["code"] == "confirmed"
    requested = [e for e in await desk.events(ReportRequested) if str(e.report_id) == form["report_id"]]
    [received] = await desk.events(ReportReceived)
    assert [e.version for e in (*requested, received)] == [1, 2]
    told = {e.indicator_id: e for e in await desk.events(ReportedValueConfirmed)}
    assert told.keys() == {item["indicator_id"] for item in form["items"]}
    assert (told["M18-I2"].amount, told["M18-I2"].base, told["M18-I2"].version) == (1980, 2000, 1)
    assert (told["M18-I3"].amount, told["M18-I3"].base) == (0, None)
    await desk.project()
    figures = await desk.figures("M18-I2", date(2026, 7, 21))
    assert figures.value == 99.0
    assert figures.regions[ZHENGZHOU].numerator == 1980
    assert ZHENGZHOU not in figures.missing


async def test_a_returned_report_is_sent_again_and_both_versions_stay_readable(desk: Desk) -> None:
    await desk.days_pass(JULY)
    sent = await desk.submit(BUREAU, "2026H1", M18_I2=COVERED)
    back = await desk.act(sent, "return", OFFICER, {"reason": "请核对分母"})
    assert (back["state"]["code"], back["overdue"]) == ("returned", False)
    form = await desk.find(BUREAU, "2026H1")
    assert form["reason"] == "请核对分母"
    await desk.act(form, "submission", BUREAU, expect=409)
    again = await desk.save(form, filled(form, {"M18-I2": {"numerator": 1990, "denominator": 2000}}), BUREAU)
    assert again["state"]["code"] == "returned"
    again = await desk.act(again, "submission", BUREAU)
    await desk.act(again, "confirmation", COLLEAGUE)
    newest, first = (await desk.get(f"/reports/{form['report_id']}/versions", BUREAU))["versions"]
    assert (first["decision"], first["decision_reason"], first["decided_by"]) == ("returned", "请核对分母", "officer-1")
    assert (newest["decision"], newest["decided_by"], newest["origin"]["code"]) == ("confirmed", "officer-2", "return")
    assert first["items"]["M18-I2"]["numerator"] == 1980
    assert newest["items"]["M18-I2"]["numerator"] == 1990
    assert first["signatories"] == {"filled_by": "张三", "checked_by": "李四", "responsible": "王五"}
    # It came in once, whatever happened afterwards.
    assert len(await desk.events(ReportReceived)) == 1


async def test_a_correction_is_a_new_version_of_the_same_value(desk: Desk) -> None:
    await desk.days_pass(JULY)
    confirmed = await desk.confirm(BUREAU, "2026H1", M18_I2=COVERED)
    before = {e.value_id for e in await desk.events(ReportedValueConfirmed)}
    opened = await desk.act(confirmed, "corrections", BUREAU, {"reason": "漏报一个社区"}, expect=201)
    assert (opened["state"]["code"], opened["confirmed_revision"], opened["revision"]) == ("correcting", 1, 2)
    form = await desk.find(BUREAU, "2026H1")
    assert {item["key"]: item["answer"]["numerator"] for item in form["items"]}["M18-I2"] == 1980
    await desk.project()
    assert (await desk.figures("M18-I2", date(2026, 8, 1))).value == 99.0
    draft = await desk.save(form, filled(form, {"M18-I2": {"numerator": 2000, "denominator": 2000}}), BUREAU)
    sent = await desk.act(draft, "submission", BUREAU)
    await desk.act(sent, "confirmation", OFFICER)
    *_, corrected = await desk.events(ReportedValueConfirmed)
    assert (corrected.indicator_id, corrected.version, corrected.amount) == ("M18-I2", 2, 2000)
    assert corrected.value_id in before
    # What did not change is not told again.
    assert len(await desk.events(ReportedValueConfirmed)) == len(before) + 1
    await desk.project()
    assert (await desk.figures("M18-I2", date(2026, 8, 1))).value == 100.0
    versions = (await desk.get(f"/reports/{form['report_id']}/versions", BUREAU))["versions"]
    assert [each["origin"]["code"] for each in versions] == ["correction", "report"]
    assert versions[0]["reason"] == "漏报一个社区"


async def test_a_correction_that_the_department_begins_is_its_own_and_confirmed_by_a_colleague(desk: Desk) -> None:
    await desk.days_pass(JULY)
    confirmed = await desk.confirm(BUREAU, "2026H1", M18_I2=COVERED)
    opened = await desk.act(confirmed, "corrections", OFFICER, {"reason": "与台账不符"}, expect=201)
    form = await desk.get(f"/reports/{opened['report_id']}", OFFICER)
    rows = filled(form, {"M18-I2": {"numerator": 1900, "denominator": 2000}})
    await desk.save(form, rows, BUREAU, expect=403)
    draft = await desk.save(form, rows, OFFICER)
    sent = await desk.act(draft, "submission", OFFICER)
    refused = await desk.act(sent, "confirmation", OFFICER, expect=403)
    assert refused["type"].endswith("same-officer")
    await desk.act(sent, "confirmation", COLLEAGUE)
    *_, told = await desk.events(ReportedValueConfirmed)
    assert (told.amount, told.version) == (1900, 2)
    assert (await desk.get("/reports/due", BUREAU))["items"][0]["period"] == "2026Q1"


async def test_after_a_correction_by_the_department_the_reporter_may_correct_again(desk: Desk) -> None:
    await desk.days_pass(JULY)
    form = await desk.confirm(BUREAU, "2026Q1", M11_I1={"numerator": 1, "denominator": 2})
    for who, decides, numerator in ((OFFICER, COLLEAGUE, 2), (BUREAU, OFFICER, 3), (COLLEAGUE, OFFICER, 4)):
        form = await desk.act(form, "corrections", who, {"reason": "更正"}, expect=201)
        form = await desk.save(form, {"M11-I1": {"numerator": numerator, "denominator": 5}}, who)
        form = await desk.act(await desk.act(form, "submission", who), "confirmation", decides)
    told = await desk.events(ReportedValueConfirmed)
    assert [(e.version, e.amount, e.base) for e in told] == [(1, 1, 2), (2, 2, 5), (3, 3, 5), (4, 4, 5)]
    assert len({e.value_id for e in told}) == 1


@pytest.mark.parametrize("seed", range(6))
async def test_whatever_happens_to_a_report_versions_are_contiguous_and_the_last_confirmed_answer_counts(
    desk: Desk, seed: int
) -> None:
    rng = random.Random(seed)
    await desk.days_pass(JULY)
    form, answer, valid = await desk.find(BUREAU, "2026Q1"), None, None
    for _ in range(25):
        match form["state"]["code"]:
            case "submitted" if rng.random() < 0.4:
                form = await desk.act(form, "return", COLLEAGUE, {"reason": "核对"})
            case "submitted":
                form, valid = await desk.act(form, "confirmation", OFFICER), answer
            case "confirmed":
                form = await desk.act(form, "corrections", BUREAU, {"reason": "更正"}, expect=201)
            case _:
                answer = rng.randrange(0, 9)
                row = {"kind": "nil"} if answer == 0 else {"numerator": answer, "denominator": 10}
                form = await desk.save(form, {"M11-I1": row}, BUREAU)
                if rng.random() < 0.7:
                    form = await desk.act(form, "submission", BUREAU)
    versions: dict[str, list[int]] = {}
    for event in await desk.events():
        versions.setdefault(event.key(), []).append(event.version)
    assert all(each == list(range(1, len(each) + 1)) for each in versions.values())
    await desk.project()
    figures = (await desk.figures("M11-I1", date(2026, 8, 1))).regions[ZHENGZHOU]
    assert (figures.numerator if figures.denominator or valid == 0 else None) == valid
    history = (await desk.get(f"/reports/{form['report_id']}/versions", OFFICER))["versions"]
    assert [each["revision"] for each in history] == list(range(form["revision"], 0, -1))
