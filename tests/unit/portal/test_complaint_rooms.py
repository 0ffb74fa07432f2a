"""Whoever is signed in: what he files or follows is asked for without his token."""

import re
from pathlib import Path

import portal
import pytest

ROOMS = ("filing", "rights", "complaints", "receipts")


@pytest.mark.parametrize("room", ROOMS)
def test_no_complaint_page_asks_with_the_visitors_token(room):
    sources = list((Path(portal.__file__).parent / room).glob("*.py"))
    assert sources
    for path in sources:
        text = path.read_text()
        assert re.search(r"\b(ApisOf|CurrentVisitor)\b", text) is None, path
