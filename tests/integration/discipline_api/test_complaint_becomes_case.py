"""From a complaint to a case and back: linked by id, told by the case's own events, in whatever order."""

from common.feed import sequence

from .cases import INVESTIGATORS, NAME, Handled
from .test_complaint_desks import assigned, tick


async def accepted(complaints) -> tuple[str, str]:
    complaints.hands.on("2026-03-02T09:00:00")
    receipt, case = await assigned(complaints, happened_from="2026-01-01", happened_to="2026-02-01")
    await complaints.step(case, "acceptance")
    return receipt, case


async def test_a_complaint_becomes_a_case_and_its_complainant_is_told_dates_then_the_result(complaints, connection):
    receipt, complaint = await accepted(complaints)
    case = await Handled(complaints.hands).opened(origin="complaint", complaint_id=complaint)
    await complaints.step(complaint, "proceeding", {"proceeding_id": case.id})
    await case.filed()
    await sequence(connection)
    await tick(complaints)
    seen = await complaints.follow(receipt)
    assert seen["steps"][-1]["step"] == "proceeding-filed"
    assert seen["steps"][-1]["on"] == "2026-03-06"
    await case.step("investigate", "2026-03-20", reason="查明事实", details={"investigators": INVESTIGATORS})
    await (await case.notified()).decided("2026-04-20")
    await sequence(connection)
    await tick(complaints)
    seen = await complaints.follow(receipt)
    assert seen["steps"][-1] == {
        "step": "proceeding-decided", "zh": "案件作出决定", "en": "the case was decided", "on": "2026-04-20",
    }  # fmt: skip
    (feedback,) = [clock for clock in seen["deadlines"] if clock["name"] == "feedback"]
    assert (feedback["state"], feedback["due_on"]) == ("running", "2026-04-29")
    # What was decided is not said before it is served, and of the case nothing but its days is ever told.
    told = {"outcome": "sanctioned", "decided_on": "2026-04-20", "text": "已依法处理"}
    assert (await complaints.try_step(complaint, "result", told)).json()["field"] == "served_on"
    await case.served("2026-04-24")
    await complaints.step(complaint, "result", told | {"served_on": "2026-04-24"})
    seen = await complaints.follow(receipt)
    assert (seen["status"], seen["outcome"]) == ("RESULT_TOLD", "sanctioned")
    for secret in (NAME, case.id, "suspension", "停止执业", "L48.1"):
        assert secret not in str(seen)


async def test_linked_after_the_fact_the_complaint_hears_of_it_all_the_same(complaints, connection):
    receipt, complaint = await accepted(complaints)
    case = await (await Handled(complaints.hands).opened(origin="complaint", complaint_id=complaint)).decided()
    await sequence(connection)
    await complaints.step(complaint, "proceeding", {"proceeding_id": case.id})
    await tick(complaints)
    await tick(complaints)
    steps = [step["step"] for step in (await complaints.follow(receipt))["steps"]]
    assert steps[-2:] == ["proceeding-filed", "proceeding-decided"]
    assert steps.count("proceeding-decided") == 1


async def test_a_case_knows_its_complaint_by_id_alone(complaints):
    _, complaint = await accepted(complaints)
    case = await Handled(complaints.hands).opened(origin="complaint", complaint_id=complaint)
    read = (await case.read()).json()
    assert read["complaint_id"] == complaint
    opened = (await complaints.content(complaint)).json()
    assert opened["identity"]["name"] not in str(read)
