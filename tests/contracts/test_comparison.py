"""A rebuild compares every projected table, each by its own key."""

from progress_projector.comparison import COMPARED, KEYS
from progress_store.ddl import PROJECTED_TABLES


def test_every_projected_table_is_compared_by_a_key():
    assert set(COMPARED) == set(KEYS)
    assert set(PROJECTED_TABLES) < set(KEYS)
