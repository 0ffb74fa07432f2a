"""What operators are shown: what is worst first, and a redrive that is tried before it is carried out."""

import pytest
from portal.forms import Filled
from portal.operations import domain
from starlette.datastructures import FormData


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(None, "—"), (0.4, "0 秒"), (59, "59 秒"), (90, "1.5 分钟"), (7200, "2 小时"), (259_200, "3 天")],
)
def test_how_far_behind_a_consumer_is_stands_in_words(seconds, told):
    assert domain.lasting(seconds) == told


def test_what_was_missed_stands_before_what_is_due_and_that_by_its_day():
    duties = [
        {"duty": "none", "state": None, "due_at": None},
        {"duty": "later", "state": "at-risk", "due_at": "2026-12-02T00:00:00Z"},
        {"duty": "sooner", "state": "at-risk", "due_at": "2026-12-01T00:00:00Z"},
        {"duty": "pending", "state": "pending", "due_at": "2026-11-01T00:00:00Z"},
        {"duty": "lost", "state": "lost", "due_at": "2026-12-09T00:00:00Z"},
    ]
    assert [each["duty"] for each in domain.worst_first(duties)] == ["lost", "sooner", "later", "pending", "none"]


def test_a_redrive_is_confirmed_for_what_was_tried_and_nothing_else():
    typed = {"consumer": "progress-projector", "event_type": "", "region": "410100", "reason": "已修复"}
    trial = Filled.sent(domain.redrive_form(["progress-projector"]), FormData(typed))
    assert not trial.faults
    assert domain.order(trial.values, dry_run=True) == {
        "dry_run": True, "consumers": ["progress-projector"], "region": "410100", "reason": "已修复",
    }  # fmt: skip
    confirmed = Filled.sent(domain.redrive_form((), confirmed=True), FormData(trial.values))
    assert domain.order(confirmed.values, dry_run=False) == domain.order(trial.values, dry_run=True) | {
        "dry_run": False
    }
    assert Filled.sent(domain.redrive_form([]), FormData({})).faults == {"reason": "请填写此项"}


def test_a_trial_is_summed_up_by_outcome():
    items = [{"outcome": "applies", "state": "parked"}, {"outcome": None, "state": "redriven"}]
    parts = [{"order": None}, {"order": {"items": items}}, {"order": {"items": items[:1]}}]
    assert domain.counted(parts) == {"applies": 2, "redriven": 1}
