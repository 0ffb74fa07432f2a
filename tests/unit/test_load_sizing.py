"""Sizes are reckoned from costs: in small, and as they stand in the handbook."""

import json

import pytest

from tests.load import sizing
from tests.load.costs import SIZED, take


def use(cpu, memory=100e6, written=0, read=0):
    return {"cpu_seconds": cpu, "private_bytes": memory, "written_bytes": written, "read_bytes": read}


def sample(seconds, cpu, requests, events, memory=100e6):
    return {
        "seconds": seconds, "load_average": 1.0, "requests": {"registry-api": requests, "portal": 0.0},
        "events": {"registry": events},
        "uses": {name: use(cpu, memory, written=events * 10) for name in ("registry-api", "outbox-relay", "postgres")},
    }  # fmt: skip


@pytest.fixture
def told():
    return {
        "machine": {"cores": 2, "memory_gb": 25, "architecture": "x86_64", "commit": "0", "load_average": 1.0},
        "began_at": "2026-01-01T00:00:00+00:00", "times": 5, "imported": {"lawyers": 45_000}, "verdict": [],
        "kinds": {}, "bytes_a_row": {}, "idle": [sample(0, 0.0, 0, 0), sample(100, 1.0, 0, 0)],
        "samples": [sample(0, 1.0, 100, 50), sample(1000, 111.0, 20_100, 10_050, memory=300e6)],
    }  # fmt: skip


@pytest.fixture
def complete(told, monkeypatch):
    monkeypatch.setitem(told, "samples", [
        one | {"requests": dict.fromkeys(sizing.SERVICES, one["requests"]["registry-api"])} for one in told["samples"]
    ])  # fmt: skip
    return told


def test_what_is_idle_is_no_cost_of_requests(complete):
    cost = take(complete)["processes"]["registry-api"]
    assert (cost["idle_cores"], cost["cores"], cost["memory_mb"]) == (0.01, 0.11, 300)
    # 110 s of processor, of which 10 are idle, over 20,000 requests
    assert cost["cpu_ms_per_1000_requests"] == 5000
    assert "cpu_ms_per_1000_events" not in cost


def test_a_worker_costs_by_events_and_an_engine_by_both(complete):
    found = take(complete)["processes"]
    assert found["outbox-relay"]["cpu_ms_per_1000_events"] == 10_000
    assert found["outbox-relay"]["written_kb_per_1000_events"] == 10
    assert found["postgres"]["cpu_ms_per_1000_requests"] == pytest.approx(5000 / len(sizing.SERVICES), abs=0.1)
    assert found["postgres"]["cpu_ms_per_1000_events"] == 10_000


def test_a_run_without_idle_time_tells_no_costs(told):
    with pytest.raises(ValueError, match="without an idle phase"):
        take(told | {"idle": []})


def test_ten_times_the_lawyers_are_ten_times_the_work_and_not_the_idle_time(complete):
    costs, plan = take(complete), sizing.read()[1]
    plan["deployments"]["province"]["lawyers"]["value"] = 450_000
    found = sizing.sized(costs, plan, "province")["registry-api"]
    # 0.01 idle, and 0.1 of a core for five times 45,000: ten times that at five times, at six tenths of a core each
    assert found["replicas"] == 2
    assert found["cpu_request_m"] == 250
    plan["deployments"]["province"]["lawyers"]["value"] = 4_500_000
    assert sizing.sized(costs, plan, "province")["registry-api"]["replicas"] == 17


def test_limits_are_above_requests_everywhere():
    costs, plan = sizing.read()
    for name in plan["deployments"]:
        found = sizing.sized(costs, plan, name)
        assert set(found) == set(SIZED)
        for each in found.values():
            assert each["replicas"] >= 1
            assert 0 < each["cpu_request_m"] <= each["cpu_limit_m"]
            assert 0 < each["memory_request_mib"] <= each["memory_limit_mib"]


def test_a_province_is_given_more_than_a_pilot():
    costs, plan = sizing.read()
    pilot, province = (sizing.totals(costs, plan, name) for name in ("pilot", "province"))
    # Of what the least of each process is enough for, both are given as much.
    assert all(province[what] >= pilot[what] for what in pilot)
    assert province["cores"] > pilot["cores"]
    assert sizing.disk(costs, plan, "province")["postgres_gb"] > sizing.disk(costs, plan, "pilot")["postgres_gb"]


def test_the_handbook_says_what_was_measured():
    """`python -m tests.load.sizing --write` where it does not."""
    text = sizing.PAGE.read_text(encoding="utf-8")
    assert sizing.page(text, sizing.tables(*sizing.read())) == text


def test_a_mark_without_a_table_is_refused():
    with pytest.raises(ValueError, match="there are tables"):
        sizing.page("<!-- table: nothing -->\n<!-- end -->\n", sizing.tables(*sizing.read()))


def test_every_assumption_of_a_deployment_has_its_reason():
    plan = sizing.read()[1]
    rows = [*plan["a_year"].values(), *plan["rules"].values(), *(d["lawyers"] for d in plan["deployments"].values())]
    assert all(row["why"] for row in rows)
    assert json.loads(sizing.COSTS.read_text(encoding="utf-8"))["machine"]["commit"]
