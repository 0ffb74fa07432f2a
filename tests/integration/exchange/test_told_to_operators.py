"""What operators are told of this service: nothing that says when a complaint was passed on."""

from common.telemetry.metrics import exposition

from tests.integration.exchange.conftest import COURT, OPERATOR

TRANSFERS = 'route="/v1/inbound/transfers"'
DOCUMENTS = 'route="/v1/inbound/documents"'


async def test_a_complaint_passed_on_is_neither_counted_nor_timed_for_them(call):
    for path in ("/inbound/transfers", "/inbound/documents"):
        assert (await call("POST", path, COURT, json={})).status_code == 422
    assert TRANSFERS in exposition().decode()
    told = await call("GET", "/../metrics", OPERATOR)
    assert (told.status_code, TRANSFERS in told.text) == (200, False)
    # What stands in our own feed, which is theirs to read, is no secret from them.
    assert DOCUMENTS in told.text
