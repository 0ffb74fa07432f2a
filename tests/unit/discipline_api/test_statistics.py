"""Suppression: no cell and no difference is a single case."""

from discipline_api.statistics.domain import suppress
from hypothesis import given
from hypothesis import strategies as st

SMALLEST = 5


def test_a_small_cell_takes_another_with_it():
    table = suppress(28, {"a": 3, "b": 7, "c": 18, "d": 0})
    assert table.cells == {"a": None, "b": None, "c": 18, "d": 0}
    assert (table.total, table.suppressed) == (28, 2)


def test_several_small_cells_that_sum_to_little_take_another_with_them():
    assert suppress(14, {"a": 1, "b": 2, "c": 11}).cells == {"a": None, "b": None, "c": None}


def test_a_small_total_is_not_told_at_all():
    assert suppress(4, {"a": 4, "b": 0}).cells == {"a": None, "b": None}
    assert suppress(4, {"a": 4}).total is None


def test_what_another_table_tells_of_a_group_lets_nothing_in_it_be_subtracted():
    cells = {"bureau": 11, "department": 1, "association": 6, "city-association": 30}
    assert suppress(48, cells).cells["bureau"] == 11
    table = suppress(48, cells, [{"bureau", "department"}, {"association", "city-association"}])
    assert table.cells == {"bureau": None, "department": None, "association": 6, "city-association": 30}


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(min_value=0, max_value=30), min_size=1))
def test_whatever_is_shown_no_small_count_can_be_subtracted(cells):
    total = sum(cells.values())
    table = suppress(total, cells)
    assert all(shown is None or shown == 0 or shown >= SMALLEST for shown in table.cells.values())
    hidden = [cells[name] for name, shown in table.cells.items() if shown is None]
    if table.total is not None and hidden:
        # What is left over is either more than one cell of enough cases, or everything is hidden.
        assert len(hidden) > 1 or len(cells) == 1 or all(cells[name] == 0 for name in cells if table.cells[name] == 0)
        assert sum(hidden) >= SMALLEST
