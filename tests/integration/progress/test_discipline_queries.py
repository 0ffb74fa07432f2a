"""Numbers of discipline and of supervisors: publication, cases, impostors, talks, the sanctioned honoured."""

from datetime import date
from uuid import uuid4

from contracts.consultations import FOUR_PARTIES, ConsultationBody
from contracts.rights_events import ConsultationHeld
from progress_store.projection.conduct import hold_consultations

from tests.integration.progress.facts import Facts
from tests.integration.progress.test_queries import ask, code_of, rows

DAY = date(2026, 6, 1)
day = date.fromisoformat


async def test_publication_in_time(facts: Facts) -> None:
    await facts.sanction(due=day("2026-03-10"), published=day("2026-03-10"))
    await facts.sanction(due=day("2026-03-10"), published=day("2026-03-11"), region="410300")
    await facts.sanction(due=day("2026-05-31"), penalties=("fine", "suspension"))
    await facts.sanction(due=DAY)  # its last day is not over
    await facts.sanction(due=day("2026-12-01"), published=DAY, penalties=("public-censure",))  # ahead of its day
    await facts.sanction(due=day("2026-03-10"), penalties=("industry-warning",))  # not for the public
    await facts.sanction(due=day("2026-03-10"), withdrawn=DAY)
    await facts.sanction(due=day("2025-12-31"), decided=day("2025-12-20"))  # another year's
    found = await ask(facts, "M12-I1")
    assert (found.numerator, found.denominator, found.value) == (2, 4, 50.0)
    assert (found.regions["410300"].value, found.regions["410300"].denominator) == (0.0, 1)
    assert found.regions["410200"].value is None
    # The day before: the withdrawn one still stood, the last was not published yet.
    earlier = await ask(facts, "M12-I1", day("2026-05-31"))
    assert (earlier.numerator, earlier.denominator) == (1, 3)
    assert sum(row["counted"] for row in await rows(facts, "M12-I1")) == 2


async def test_what_is_withheld_in_time_was_never_due_and_what_is_withheld_late_stays_late(facts: Facts) -> None:
    await facts.sanction(due=day("2026-03-10"), published=day("2026-03-10"))
    await facts.sanction(due=day("2026-03-10"), withheld=day("2026-03-10"))
    await facts.sanction(due=day("2026-03-10"), withheld=day("2026-03-11"))
    # A reasoned decision in time that was reversed later is no lateness either.
    await facts.sanction(due=day("2026-03-10"), withheld=day("2026-03-09"), published=day("2026-05-01"))
    found = await ask(facts, "M12-I1")
    assert (found.numerator, found.denominator, found.value) == (1, 2, 50.0)
    assert sum(row["counted"] for row in await rows(facts, "M12-I1")) == 1


async def test_cases_decided_in_time(facts: Facts) -> None:
    filed, due = day("2026-01-10"), day("2026-04-10")
    await facts.proceeding(filed=filed, due=due, decided=due)
    await facts.proceeding(filed=filed, due=due, decided=day("2026-04-11"), region="410300")
    await facts.proceeding(filed=filed, due=due, closed=day("2026-02-01"))  # ended without a decision
    await facts.proceeding(filed=filed, due=due, decided=day("2026-03-01"), closed=day("2026-05-20"))
    await facts.proceeding(filed=filed, due=day("2026-05-31"))
    await facts.proceeding(filed=filed, due=DAY)  # its last day is not over
    await facts.proceeding(filed=filed, due=day("2026-07-01"), decided=DAY)  # ahead of its day
    await facts.proceeding(filed=day("2025-06-01"), due=day("2025-08-30"))  # another year's
    await facts.proceeding(filed=day("2026-06-02"), due=day("2026-08-31"))  # not yet filed
    found = await ask(facts, "M12-I2")
    assert (found.numerator, found.denominator, found.value) == (4, 6, 66.67)
    assert found.regions["410300"].value == 0.0
    earlier = await ask(facts, "M12-I2", day("2026-03-01"))
    assert (earlier.numerator, earlier.denominator) == (2, 2), "what was done before it was due counts at once"
    assert {row["done_on"] for row in await rows(facts, "M12-I2", day("2026-04-10"))} == {
        due, day("2026-02-01"), day("2026-03-01"),
    }  # fmt: skip


async def test_firms_with_a_supervisor(facts: Facts) -> None:
    firm, changed, without, ended, revoked = [await facts.firm() for _ in range(5)]
    branch = await facts.firm(kind="branch", parent=firm, region="410300")
    await facts.firm(kind="foreign-office")
    shut = await facts.firm(region="410200")
    gone = await facts.firm(to_on=DAY)
    for each in (firm, ended, branch, revoked, gone, shut):
        await facts.supervisor(each, to_on=DAY if each == ended else None)
    await facts.supervisor(changed, to_on=day("2026-05-01"))
    await facts.supervisor(changed, from_on=day("2026-05-01"))
    await facts.supervisor(without, from_on=day("2026-06-02"))
    await facts.standing(revoked, DAY, kind="revocation", subject_kind="firm")
    await facts.standing(shut, day("2026-05-01"), day("2026-08-01"), subject_kind="firm")  # keeps its licence
    found = await ask(facts, "M12-I3", count_branch_as_firm=False)
    assert (found.numerator, found.denominator, found.value) == (3, 5, 60.0)
    with_branches = await ask(facts, "M12-I3", count_branch_as_firm=True)
    assert (with_branches.numerator, with_branches.denominator) == (4, 6)
    assert (await ask(facts, "M12-I3", day("2026-05-31"), count_branch_as_firm=False)).numerator == 6
    assert (await ask(facts, "M12-I3", day("2026-06-02"), count_branch_as_firm=False)).numerator == 4
    supervised = {row["firm_id"]: row["supervised_from"] for row in await rows(facts, "M12-I3") if row["counted"]}
    assert supervised[changed] == day("2026-05-01")


async def test_a_firm_counts_once_however_many_appointments_the_store_holds(facts: Facts) -> None:
    firm = await facts.firm()
    for _ in range(2):
        await facts.supervisor(firm)
    assert (await ask(facts, "M12-I3")).denominator == 1


async def test_impostor_cases_and_talks_of_the_year(facts: Facts) -> None:
    await facts.impostor_case(opened=day("2025-11-01"), closed=day("2026-01-01"))
    await facts.impostor_case(opened=day("2026-02-01"), closed=DAY, region="410300")
    await facts.impostor_case(opened=day("2026-02-01"), closed=day("2026-06-02"))
    await facts.impostor_case(opened=day("2026-02-01"))
    await facts.impostor_case(opened=day("2025-02-01"), closed=day("2025-12-31"))
    await facts.impostor_case(opened=day("2026-02-01"), closed=DAY, outcome="not-established")
    found = await ask(facts, "M12-I4")
    assert (found.value, found.regions["410300"].value) == (2, 1)
    assert len(await rows(facts, "M12-I4")) == 3
    for held, with_head in (("2026-01-01", True), ("2026-06-01", True), ("2026-03-01", False), ("2026-06-02", True)):
        await facts.talk(day(held), with_head=with_head)
    assert (await ask(facts, "M14-I3")).value == 2


async def test_the_sanctioned_among_the_honoured(facts: Facts) -> None:
    assert code_of(await ask(facts, "M23-I3")) == "no-recognition-list"
    firm, lawyer, twin, kept = [uuid4() for _ in range(4)]
    await facts.recognise(firm, "honoured-firm", region="410300")
    await facts.recognise(lawyer, "good-lawyer")
    await facts.recognise(lawyer, "honoured-lawyer", from_on=day("2024-01-01"), to_on=day("2025-06-01"))
    await facts.recognise(twin, "honoured-lawyer")
    await facts.recognise(kept, "honoured-lawyer", to_on=day("2026-02-01"))  # taken from him, yet he held it
    await facts.recognise(uuid4(), "honoured-lawyer", from_on=day("2026-06-02"))
    await facts.recognise(uuid4(), "honoured-lawyer", to_on=day("2025-01-01"))  # entered in error: held on no day
    await facts.recognise(uuid4(), "scarce-talent")  # no honour
    await facts.connection.execute("INSERT INTO merged_records VALUES ($1, $2)", twin, kept)
    await facts.sanction(due=DAY)
    await facts.sanction(due=DAY, honoured=False)
    await facts.honoured(day("2026-03-01"))
    await facts.honoured(DAY, region="410000")
    await facts.honoured(day("2026-06-02"))
    await facts.honoured(day("2026-04-01"), withdrawn=DAY)
    found = await ask(facts, "M23-I3")
    assert (found.numerator, found.denominator, found.value) == (2, 3, 66.67)
    assert (found.regions["410300"].denominator, found.regions["410300"].value) == (1, 0.0)
    assert (found.regions["410000"].numerator, found.regions["410000"].value) == (1, None), "decided by the department"
    assert (await ask(facts, "M23-I3", day("2026-05-31"))).numerator == 2, "the withdrawn one still stood"
    told = [(row["told"], row["since"]) for row in await rows(facts, "M23-I3")]
    assert sorted(told) == [
        ("honour", day("2024-01-01")), ("honour", day("2025-01-01")), ("honour", day("2025-01-01")),
        ("sanction", day("2026-03-01")), ("sanction", DAY),
    ]  # fmt: skip


async def test_meetings_count_in_their_year_and_a_four_party_one_needs_all_four(facts: Facts) -> None:
    await facts.consultation(DAY)
    await facts.consultation(day("2026-01-01"), region="410300")
    await facts.consultation(day("2026-03-01"), region="410000")  # the province's own
    await facts.consultation(DAY, without="court")
    await facts.consultation(day("2025-12-31"))  # another year's
    await facts.consultation(day("2026-06-02"))  # not yet
    await facts.consultation(DAY, body="joint-conference", without="procuratorate", region="410300")
    told = ConsultationHeld(
        version=1, region="410200", meeting_id=uuid4(), body=ConsultationBody.FOUR_PARTY,
        parties=tuple(FOUR_PARTIES), held_on=DAY,
    )  # fmt: skip
    await hold_consultations(facts.connection, [told])
    found, joint = await ask(facts, "M13-I3"), await ask(facts, "M15-I3")
    assert (found.value, found.regions["410300"].value, found.regions["410200"].value) == (4, 1, 1)
    assert (joint.value, joint.regions["410300"].value) == (1, 1)


async def test_rounds_of_evaluation_count_in_the_year_in_which_their_window_closed(facts: Facts) -> None:
    await facts.evaluation(DAY)
    await facts.evaluation(day("2026-01-01"), form="overall", region="410300")
    await facts.evaluation(day("2025-12-31"))  # another year's
    await facts.evaluation(day("2026-06-02"))  # not yet
    found = await ask(facts, "M15-I2")
    assert (found.value, found.regions["410300"].value, found.regions["410200"].value) == (2, 1, 0)
    assert sorted(row["form"] for row in await rows(facts, "M15-I2")) == ["case", "overall"]
