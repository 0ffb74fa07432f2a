"""M13-I4: organs with a meeting room or a green channel on a day."""

from datetime import date

from tests.integration.progress.facts import Facts
from tests.integration.progress.test_queries import ask, rows

DAY = date(2026, 6, 1)
day = date.fromisoformat


async def test_an_organ_counts_once_from_the_day_either_facility_opened(facts: Facts) -> None:
    organ, _ = await facts.facility(day("2025-01-01"))
    await facts.facility(DAY, organ=organ, kind="green-channel")
    await facts.facility(DAY, organ_kind="DETENTION", kind="green-channel", status="limited", region="410300")
    await facts.facility(day("2026-06-02"), organ_kind="PROC")  # not yet
    await facts.facility(DAY, organ_kind="PRISON")  # no 办案机关 of the definition
    await facts.facility(DAY, organ_kind="POLICE", kind="reading-room")  # neither of the two
    await facts.facility(DAY, organ_kind="POLICE", status="closed")
    found = await ask(facts, "M13-I4")
    assert (found.value, found.regions["410300"].value, found.regions["410200"].value) == (2, 1, 0)
    told = {row["organ_code"]: row for row in await rows(facts, "M13-I4")}
    assert (told[organ]["kinds"], told[organ]["since"]) == (["green-channel", "meeting-room"], day("2025-01-01"))
    assert sum(row["counted"] for row in told.values()) == 2
    earlier = await ask(facts, "M13-I4", day("2026-05-31"))
    assert (earlier.value, earlier.regions["410300"].value) == (1, 0)


async def test_what_closes_stops_to_count_that_day_and_a_corrected_opening_counts_as_corrected(facts: Facts) -> None:
    organ, closed = await facts.facility(day("2026-01-01"))
    await facts.facility(DAY, organ=organ, facility=closed, version=2, status="closed", opened=day("2026-01-01"))
    organ, corrected = await facts.facility(day("2026-01-01"), region="410300")
    await facts.facility(DAY, organ=organ, facility=corrected, version=3, opened=day("2026-05-01"), region="410300")
    assert (await ask(facts, "M13-I4", day("2026-04-30"))).value == 1, "the other was not open yet, whatever was said"
    assert (await ask(facts, "M13-I4", day("2026-05-31"))).value == 2
    assert (await ask(facts, "M13-I4", DAY)).value == 1
