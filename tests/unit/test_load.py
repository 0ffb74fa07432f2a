"""The arithmetic of the hour's load: assumptions, arrivals, slopes and the verdict."""

import asyncio
import random
import time
from collections import Counter

import pytest

from tests.load import assumptions
from tests.load.acts import Acts
from tests.load.arrivals import Arrivals, Failed, moments
from tests.load.assumptions import Limits, province
from tests.load.verdict import after_warm_up, judge, slope
from tests.load.watching import parse

LIMITS = Limits(
    warm_up_minutes=10, memory_share_per_hour=0.1, memory_mb_per_hour=24, lag_seconds=10,
    lag_slope_seconds_per_hour=1, settled_seconds=120, failed_share=0.0001,
)  # fmt: skip


def hour(memory=lambda _: 200e6, lag=lambda _: 0.1):
    return [
        {
            "seconds": minute * 60.0,
            "uses": {"registry-api": {"private_bytes": memory(minute)}},
            "lag_seconds": {"progress-projector registry.events": lag(minute)},
        }
        for minute in range(61)
    ]


def verdict(samples, *, arrived=100_000, failed=0, broken=0, settled_seconds=1.0):
    return judge(
        samples, arrived=arrived, failed=failed, broken=broken, settled_seconds=settled_seconds, limits=LIMITS
    )  # fmt: skip


def broken(findings):
    return [finding.what for finding in findings if not finding.met]


def test_a_quiet_hour_breaks_no_limit():
    assert not broken(verdict(hour()))


def test_memory_that_fills_up_before_the_warm_up_ends_is_no_leak():
    assert not broken(verdict(hour(memory=lambda minute: min(minute, 10) * 20e6)))


@pytest.mark.parametrize("mb_a_minute", [0.5, 5])
def test_memory_that_grows_all_the_time_is_found_whatever_the_noise(mb_a_minute):
    noise = random.Random(1)
    samples = hour(memory=lambda minute: 200e6 + minute * mb_a_minute * 1e6 + noise.uniform(-2e6, 2e6))
    (found,) = (finding for finding in verdict(samples) if not finding.met)
    assert found.what.startswith("memory of registry-api")
    assert found.value == pytest.approx(60 * mb_a_minute, rel=0.15)


def test_one_peak_of_memory_turns_no_slope():
    assert not broken(verdict(hour(memory=lambda minute: 900e6 if minute == 40 else 200e6)))


def test_a_consumer_that_falls_behind_is_found():
    found = broken(verdict(hour(lag=lambda minute: minute * 1.0)))
    assert found == [f"progress-projector registry.events behind, {what}" for what in ("p99", "grows")]


def test_failures_broken_streams_and_a_slow_end_are_found():
    assert broken(verdict(hour(), failed=11)) == ["failed of all arrivals"]
    assert not broken(verdict(hour(), failed=10))
    assert broken(verdict(hour(), broken=1)) == ["event streams broken off"]
    assert broken(verdict(hour(), settled_seconds=121)) == ["consumers caught up after the last arrival"]


def test_a_run_too_short_to_judge_is_not_passed():
    assert broken(verdict(hour()[:3])) == ["samples wanting after the warm-up"]


def test_at_most_a_third_of_a_run_is_warming_up():
    assert [sample["seconds"] for sample in after_warm_up(hour()[:4], 10)] == [60, 120, 180]
    assert after_warm_up([], 10) == []


def test_a_slope_is_the_median_of_all_pairs():
    assert slope([(0, 0), (1, 2), (2, 4), (3, 6), (4, 600)]) == 2
    assert slope([(0, 1), (1, 3), (2, 5)]) == 2
    assert slope([(0, 1)]) == 0
    assert slope([(0, 1), (0, 9)]) == 0


def test_arrivals_have_the_rates_of_their_kinds_and_the_same_seed_the_same_moments():
    hourly = {"often": 30_000.0, "seldom": 3_000.0}
    drawn = list(moments(random.Random(7), hourly, 3600))
    assert drawn == list(moments(random.Random(7), hourly, 3600))
    assert [at for at, _ in drawn] == sorted(at for at, _ in drawn)
    counted = Counter(kind for _, kind in drawn)
    assert counted["often"] == pytest.approx(30_000, rel=0.05)
    assert counted["seldom"] == pytest.approx(3_000, rel=0.1)
    assert drawn[-1][0] < 3600


async def test_latency_counts_from_the_intended_start_however_late_one_is():
    blocked = asyncio.Event()

    async def slow():
        # The first holds the loop, as a generator without processor does: the second begins late.
        if not blocked.is_set():
            blocked.set()
            time.sleep(0.3)  # noqa: ASYNC251 -- so that the loop stands still

    arrivals = Arrivals({"slow": slow})
    await arrivals.play(iter([(0.0, "slow"), (0.01, "slow")]))
    tally = arrivals.take()
    assert len(tally.took["slow"]) == 2
    assert min(tally.took["slow"]) >= 0.28
    assert max(tally.late) >= 0.28


async def test_who_fails_is_counted_by_reason_and_has_no_latency():
    async def refused():
        raise Failed("registry 503")

    arrivals = Arrivals({"x": refused})
    await arrivals.play(iter([(0.0, "x")] * 3))
    tally = arrivals.take()
    assert tally.failed == {"x: registry 503": 3}
    assert tally.kinds() == {"x": {"number": 3, "failed": 3}}
    assert (tally.arrived, arrivals.total.arrived, arrivals.minute.arrived) == (3, 3, 0)


async def test_arrivals_do_not_wait_for_each_other_and_stop_when_told():
    started = 0

    async def waits():
        nonlocal started
        started += 1
        await asyncio.sleep(0.2)

    arrivals = Arrivals({"x": waits})
    playing = asyncio.create_task(arrivals.play(iter([*[(0.0, "x")] * 50, (60.0, "x"), (61.0, "x")])))
    while arrivals.under_way < 50:
        await asyncio.sleep(0.01)
    assert started == 50
    arrivals.stop()
    await playing
    assert (arrivals.take().arrived, started) == (50, 50)


def test_each_kind_of_the_province_has_a_reason_and_an_act():
    acts = Acts(cast=None, roles=None, province=None)
    assert {kind.kind for kind in province().kinds} == set(acts.all())
    assert all(kind.hourly > 0 for kind in province().kinds)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{kind: x, hourly: 1}", "gives no reason"),
        ("{kind: x, why: y}", "needs yearly or hourly"),
        ("{kind: x, why: y, hourly: 1, yearly: 1}", "needs yearly or hourly"),
    ],
)
def test_an_assumption_without_a_reason_or_a_number_is_refused(tmp_path, row, said):
    written = assumptions.PATH.read_text(encoding="utf-8")
    path = tmp_path / "province.yaml"
    path.write_text(written.replace("kinds:\n", f"kinds:\n  - {row}\n"), encoding="utf-8")
    with pytest.raises(ValueError, match=said):
        province(path)


def test_metrics_are_read_by_their_labels():
    page = '# HELP a b\nlag{consumer="x",topic="y"} 2.0\nlag{consumer="z",topic="y"} 1e+3\nother 5\n'
    assert parse(page)["lag"] == [({"consumer": "x", "topic": "y"}, 2.0), ({"consumer": "z", "topic": "y"}, 1000.0)]
