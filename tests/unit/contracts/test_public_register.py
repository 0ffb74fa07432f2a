"""What the public register holds is a recorded decision for each category."""

from contracts.public_register import PUBLIC_CATEGORIES, PUBLIC_CATEGORY_ROWS


def test_categories_of_law_firms_are_public_and_those_of_institutions_are_not():
    assert {1, 2, 3, 4, 5} == PUBLIC_CATEGORIES


def test_every_row_names_what_it_rests_on():
    assert all(row.document for row in PUBLIC_CATEGORY_ROWS)
