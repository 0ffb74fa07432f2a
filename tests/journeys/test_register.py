"""What happens in the register moves the plan's numbers."""

import threading
import time

import pytest

from tests.journeys.actors import eventually
from tests.journeys.made_up import LUOYANG, ZHENGZHOU, days_ago, document_number, today

pytestmark = pytest.mark.usefixtures("quiet")


@pytest.fixture
def counted(department):
    """Returns once the numbers are `before` plus these changes, and leaves no doubt about the others."""

    def counted(before, **changes):
        wanted = before | {name: before[name] + step for name, step in _named(changes).items()}

        def holds():
            assert department.counts() == wanted
            return True

        eventually(holds)

    return counted


def _named(changes):
    """h1=…, firms=… under both readings."""
    names = {"h1": "H1", "firms": "M05-I1"}
    return {f"{names[n]} {p}": step for n, step in changes.items() for p in ("licence-held", "not-suspended")}


def test_a_lawyer_registered_in_zhengzhou_counts_in_h1_and_his_region_with_himself_in_the_evidence(
    zhengzhou, department, counted
):
    before, in_city = department.counts(), department.value("H1", region=ZHENGZHOU)
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    counted(before, h1=1)
    assert department.value("H1", region=ZHENGZHOU) == in_city + 1
    rows = [row for row in department.evidence("H1", region=ZHENGZHOU) if row["lawyer_id"] == lawyer["lawyer_id"]]
    assert [row["region"] for row in rows] == [ZHENGZHOU]
    (behind,) = [r for r in department.read("progress", "/v1/indicators/H1")["regions"] if r["code"] == ZHENGZHOU]
    assert behind["value"] == in_city + 1


def test_a_move_to_luoyang_changes_the_number_and_the_region_but_not_the_person_nor_the_total(
    zhengzhou, luoyang, department, public
):
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    there = luoyang.registers_firm(region=LUOYANG)
    in_zhengzhou = eventually(lambda: _stands(department, lawyer, ZHENGZHOU))
    total, in_luoyang = department.value("H1"), department.value("H1", region=LUOYANG)
    yesterday = days_ago(1).isoformat()
    then = [department.value("H1", region=region, as_of=yesterday) for region in (ZHENGZHOU, LUOYANG)]

    moved = luoyang.moves(lawyer, there)

    assert moved["lawyer_id"] == lawyer["lawyer_id"]
    old, new = lawyer["licence_number"], moved["licence_number"]
    assert new == f"14103{old[5:]}"
    assert public.read("registry", f"/v1/public/lawyers/{old}")["licence_number"] == new
    assert public.read("registry", f"/v1/public/lawyers/{old}") == public.read("registry", f"/v1/public/lawyers/{new}")
    eventually(lambda: department.value("H1", region=LUOYANG) == in_luoyang + 1)
    assert department.value("H1", region=ZHENGZHOU) == in_zhengzhou - 1
    assert department.value("H1") == total
    assert [department.value("H1", region=region, as_of=yesterday) for region in (ZHENGZHOU, LUOYANG)] == then
    assert _stands(department, lawyer, ZHENGZHOU, as_of=yesterday)
    assert _stands(department, lawyer, LUOYANG)


def _stands(department, lawyer, region, **asked):
    """The region's number, once he is in its evidence."""
    rows = department.evidence("H1", region=region, **asked)
    return any(row["lawyer_id"] == lawyer["lawyer_id"] for row in rows) and len(rows)


def test_a_firm_counts_from_its_hundredth_lawyer(zhengzhou, department, counted):
    firm = zhengzhou.registers_firm()
    before = department.counts()
    zhengzhou.fills(firm, 99)
    counted(before, h1=99)
    hundredth = zhengzhou.registers_lawyer(firm)
    counted(before, h1=100, firms=1)
    last = zhengzhou.registers_lawyer(firm)
    counted(before, h1=101, firms=1)
    (row,) = [row for row in department.evidence("M05-I1") if row["firm_id"] == firm["firm_id"]]
    assert row["headcount"] == 101
    for lawyer in (hundredth, last):
        zhengzhou.moves(lawyer, zhengzhou.registers_firm())
    counted(before, h1=101)


def test_a_merger_lifts_a_firm_over_the_threshold_and_nobody_is_lost_on_the_way(zhengzhou, department, counted):
    small, smaller = zhengzhou.registers_firm(), zhengzhou.registers_firm()
    before = department.counts()
    zhengzhou.fills(small, 60)
    zhengzhou.fills(smaller, 45)
    counted(before, h1=105)

    seen, stop = [], threading.Event()

    def watch():
        while not stop.is_set():
            seen.append((department.value("H1"), department.value("M05-I1")))
            time.sleep(0.005)

    watching = threading.Thread(target=watch)
    watching.start()
    body = {
        "absorbed_firm_id": smaller["firm_id"], "absorbing_firm_id": small["firm_id"],
        "effective_on": today().isoformat(), "document_number": document_number("豫司律合"),
    }  # fmt: skip
    try:
        merger = zhengzhou.changes("/v1/mergers", body)
        counted(before, h1=105, firms=1)
    finally:
        stop.set()
        watching.join()
    assert merger["lawyers_moved"] == 45
    seen.append((department.value("H1"), department.value("M05-I1")))
    total, firms = before["H1 licence-held"] + 105, before["M05-I1 licence-held"]
    assert list(dict.fromkeys(seen)) in ([(total, firms), (total, firms + 1)], [(total, firms + 1)])
    again = zhengzhou.post("registry", "/v1/mergers", body)
    assert again.status_code in (409, 422), again.text
    assert department.read("registry", f"/v1/firms/{smaller['firm_id']}")["standing"] == "ended"


def test_a_start_dated_back_before_a_move_counts_where_he_was_then(zhengzhou, luoyang, department, public):
    """He moved ten days ago; that he had been suspended for a month is told only now."""
    lawyer = zhengzhou.registers_lawyer(zhengzhou.registers_firm())
    moved = luoyang.moves(lawyer, luoyang.registers_firm(region=LUOYANG), on=days_ago(10).isoformat())
    eventually(lambda: _stands(department, moved, LUOYANG))
    days = {ZHENGZHOU: days_ago(15).isoformat(), LUOYANG: days_ago(5).isoformat()}
    before = {
        (region, policy): department.value("H1", region=region, as_of=day, count_suspended=policy)
        for region, day in days.items() for policy in ("licence-held", "not-suspended")
    }  # fmt: skip
    # The decision still names the number that he had when it was made.
    case = zhengzhou.decides(lawyer, {"kind": "bureau", "region": ZHENGZHOU, "code": "zz-sfj"},
                             from_on=days_ago(30).isoformat())  # fmt: skip

    def at(region, policy):
        return department.value("H1", region=region, as_of=days[region], count_suspended=policy)

    for region in days:
        eventually(lambda region=region: at(region, "not-suspended") == before[region, "not-suspended"] - 1)
        assert at(region, "licence-held") == before[region, "licence-held"]
    found = public.read("registry", f"/v1/public/lawyers/{moved['licence_number']}")
    assert found["status"]["zh"] == "停止执业"
    zhengzhou.withdraws(case)
    for region in days:
        eventually(lambda region=region: at(region, "not-suspended") == before[region, "not-suspended"])
