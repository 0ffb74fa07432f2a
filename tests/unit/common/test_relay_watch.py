"""When an outbox counts as looked at: what a stuck sequencer holds up must show, whoever asks beside it."""

import pytest
from outbox_relay import watching
from outbox_relay.watching import Watch


@pytest.fixture
def ages(monkeypatch):
    """Seconds that pass between two looks, and the age that is told after the last."""
    clock = [1_000.0]
    monkeypatch.setattr(watching.time, "time", lambda: clock[0])

    def after(*looks: bytes | None) -> float:
        watch = Watch("registry")
        for oldest in looks:
            clock[0] += 130
            watch._tell({"rows": int(oldest is not None), "oldest": oldest, "behind": 0, "unsent_since": None})
        return watch._unseen.seconds()

    return after


def test_an_outbox_whose_first_row_stays_is_unseen(ages):
    assert ages(b"a", b"a") == 120
    assert ages(b"a", b"a", b"a") == 240


def test_one_that_another_moves_or_that_is_empty_is_seen(ages):
    assert ages(b"a", b"b") == 0
    assert ages(b"a", None) == 0
    assert ages(None, None) == 0
