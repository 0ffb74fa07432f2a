"""One text for places in several sources."""

from uuid import UUID, uuid4

import pytest
from exchange_api.refusals import Refused
from exchange_api.sources.cursor import Cursor, decode

HERE = UUID("1485afe8-89a0-4cd1-a4b2-557b6d2d17e0")


def test_what_is_encoded_is_decoded_and_the_same_place_is_the_same_text():
    cursor = Cursor(HERE).moved("registry.events", 7).moved("progress.events", 2**63 - 1)
    assert decode(cursor.encode(), HERE) == Cursor(HERE, {"registry.events": 7, "progress.events": 2**63 - 1})
    other_way = Cursor(HERE).moved("progress.events", 2**63 - 1).moved("registry.events", 7)
    assert other_way.encode() == cursor.encode()
    assert cursor.after("rights.events") == 0


def test_a_cursor_of_another_deployment_is_refused_by_name():
    with pytest.raises(Refused) as refused:
        decode(Cursor(uuid4()).encode(), HERE)
    assert (refused.value.code, refused.value.field) == ("cursor-of-another-deployment", "after")


@pytest.mark.parametrize(
    "text", ["", "x", "²", "W10", "W10=", "A" * 3000, "WzEsIngiLFtdXQ", Cursor(HERE, {"a": -1}).encode(),
             Cursor(HERE, {"a": True}).encode(), Cursor(HERE, {str(n): 1 for n in range(65)}).encode()],
)  # fmt: skip
def test_rubbish_is_refused(text):
    with pytest.raises(Refused) as refused:
        decode(text, HERE)
    assert refused.value.code == "cursor-invalid"
