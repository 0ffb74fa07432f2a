"""Complaints that a hotline passes on: taken in by the service whose matter they are, once, and kept nowhere else."""

from uuid import uuid4

import pytest

from tests.journeys.actors import complaint
from tests.journeys.made_up import ZHENGZHOU, today

ABOUT_A_LAWYER = {
    "subject": {"kind": "lawyer", "name": "被投诉人甲"}, "region": ZHENGZHOU, "hints": ["private-fees"],
    "complainant": {"name": "来电人乙", "contact": "0371-00000000"}, "facts": "私自收费，不开发票。",
    "source": "line-12345",
}  # fmt: skip


@pytest.fixture(scope="module")
def hotline(caller):
    subject = f"line-12345-{uuid4()}"
    operator = caller("operator", organisation_kind="department", subject="op")
    operator.done("exchange", "/v1/clients", {
        "subject": subject, "name": "12345热线平台", "organisation_kind": "administrative-organ",
        "organ_code": "hn-12345", "region": "410000", "reason": "协同办理",
    })  # fmt: skip
    return caller(
        "stream-client", organisation_kind="administrative-organ", organisation_id="hn-12345", subject=subject
    )


_OF_EVERY_CALL = ("exchange_log", "heard_until")
"""That a system has called, and that a source was heard: told of every call, whatever it was about."""


def _rows(written):
    counted = written()  # waits until nothing is on its way
    return {
        table: number for table, number in counted.items()
        if table.startswith("exchange: ") and not any(word in table for word in _OF_EVERY_CALL)
    }  # fmt: skip


def _passed_on(about, body):
    day = today().isoformat()
    own = {"received_on": day, "source_received_on": day} if about == "lawyer" else {}
    return {"sender_number": f"ZZ-{uuid4()}", "about": about, "complaint": body | own}


@pytest.mark.parametrize(
    ("about", "body", "service", "opened", "read"),
    [
        ("lawyer", ABOUT_A_LAWYER, "discipline", "/v1/complaint-receipts/sessions", "/v1/complaint-receipts/case"),
        ("own-rights", complaint(), "rights_public", "/v1/receipts/sessions", "/v1/receipts/case"),
    ],
)
def test_once_with_one_receipt_and_nothing_of_it_stays_with_the_exchange(
    hotline, public, written, about, body, service, opened, read
):
    sent = _passed_on(about, body)
    before = _rows(written)
    told = hotline.post("exchange", "/v1/inbound/transfers", sent)
    assert told.status_code == 201, told.text
    assert told.headers["cache-control"] == "no-store"
    again = hotline.post("exchange", "/v1/inbound/transfers", sent)
    assert again.json()["receipt"] == told.json()["receipt"]
    session = public.post(service, opened, {"receipt": told.json()["receipt"]}).json()["session"]
    followed = public.http(service).get(read, headers={"Receipt-Session": session})
    assert followed.status_code == 200, followed.text
    other = sent | {"complaint": sent["complaint"] | {"facts": "另一件事。"}}
    assert hotline.post("exchange", "/v1/inbound/transfers", other).status_code == 409
    # Neither rows nor events: that there was one, and which of the two it was, is told by nothing here.
    assert _rows(written) == before


def test_what_its_owner_refuses_is_named_where_it_stands(hotline, caller, public):
    sent = _passed_on("lawyer", ABOUT_A_LAWYER | {"region": "130100"})
    refused = hotline.post("exchange", "/v1/inbound/transfers", sent)
    assert (refused.status_code, refused.json()["field"]) == (422, "complaint.region"), refused.text
    online = _passed_on("lawyer", ABOUT_A_LAWYER | {"source": "web"})
    assert hotline.post("exchange", "/v1/inbound/transfers", online).status_code == 422
    bureau = caller("discipline-officer", region=ZHENGZHOU, organisation_kind="bureau", organisation_id="zz-sfj")
    for who, status in ((public, 401), (bureau, 403)):
        assert who.post("exchange", "/v1/inbound/transfers", _passed_on("lawyer", ABOUT_A_LAWYER)).status_code == status
