"""Rooms outside the engine of the desks: the dashboard, operations, the live stream, one's account."""

from collections.abc import Iterator
from uuid import uuid4

from contracts.entitlements import is_closed_indicator
from contracts.plan import plan
from portal.desks.declared import Desk
from portal.desks.tables import DESKS

from tests.journeys.made_up import days_ago, today
from tests.journeys.pages.matrix.row import Asked, Keys, Row

CLOSED = next(each.id for each in plan().indicators() if is_closed_indicator(each.id))
"""An indicator whose rows are for the entitled alone."""
OWN = Desk("own", "我的", "Own", "", frozenset({"lawyer", "firm"}), ())
"""No desk, but a page for who is bound to a number of the register."""
_MONTH = {"step": "month", "from_on": days_ago(700).isoformat(), "until_on": today().isoformat()}


def _progress(*paths: str) -> tuple[Asked, ...]:
    return tuple(Asked.of("progress", f"/v1/{path}") for path in paths)


def _exchange(*paths: str) -> tuple[Asked, ...]:
    return tuple(Asked.of("exchange", f"/v1/{path}") for path in paths)


def special_rows(keys: Keys) -> Iterator[Row]:
    yield from _dashboard(keys.get("reporting/notices") or str(uuid4()))
    yield from _operations(keys)
    now = Asked.of("exchange", "/v1/events", after="now", limit="1")
    yield Row("/live", (now,))
    yield Row("/live/events", (now,))
    yield from _told_of_many()
    yield from _own()
    yield from _uploads(keys.get("rights/complaints") or str(uuid4()))
    for address in ("/desk", "/account/lawyer", "/account/lawyer/bound"):
        yield Row(address)
    yield Row("/account/lawyer", method="POST", typed={"licence_number": "x"})


def _told_of_many() -> Iterator[Row]:
    """Pages of desks that are made by hand alone."""
    desks = {desk.name: desk for desk in DESKS}
    quarter = "2026Q1"
    months = {"from": "2026-01", "to": "2026-03"}
    asked = {
        "reporting/overview": _progress("reports/overview"),
        "rights/evaluation-means": (
            Asked.of("rights", f"/v1/evaluations/means/{quarter}"), Asked.of("rights_public", "/v1/evaluation-items"),
        ),
        "rights/facility-figures": (Asked.of("rights", "/v1/facility-indicators", **months),),
    }  # fmt: skip
    for room, asks in asked.items():
        for address in (f"/desk/{room}", f"/desk/{room}.xlsx"):
            yield Row(address, asks, desks[room.partition("/")[0]])
    yield Row("/desk/rights/evaluation-means", desk=desks["rights"], method="POST", typed={"purpose": "improvement"})


def _own() -> Iterator[Row]:
    record = uuid4()
    yield Row("/own", (), OWN)
    for address in ("/own/extract", "/own/authorisation"):
        yield Row(address, (), OWN, "POST", typed={"idempotency_key": uuid4().hex})
    there = Asked.of("discipline", f"/v1/public/disclosures/{record}")
    yield Row(f"/own/records/{record}/objections", (there,), OWN)
    typed = {"idempotency_key": uuid4().hex, "ground": "other", "text": "x"}
    yield Row(f"/own/records/{record}/objections", (), OWN, "POST", typed=typed)


def _uploads(case: str) -> Iterator[Row]:
    desk = next(desk for desk in DESKS if desk.name == "rights")
    address = f"/desk/rights/complaints/{case}/upload"
    yield Row(address, (Asked.of("rights", f"/v1/complaints/{case}"),), desk)
    yield Row(
        address,
        desk=desk,
        method="POST",
        carries_out="rights POST /v1/complaints/{complaint_id}/attachments",
        typed={"idempotency_key": uuid4().hex, "size": "9"},
        files={"file": ("证据.pdf", b"%PDF-1.7\n", "application/pdf")},
    )


def _dashboard(notice: str) -> Iterator[Row]:
    overview = _progress("targets", "forecasts", "lights", "plan", "changes")
    yield Row("/dashboard", overview)
    yield Row("/dashboard/targets.xlsx", overview[:3])
    yield Row("/dashboard/lights.xlsx", _progress("lights", "plan"))
    yield Row("/dashboard/targets/T1.xlsx", _progress("forecasts/T1"))
    yield Row("/dashboard/targets/T1", _progress("forecasts/T1", "lights/target/T1", "targets"))
    measure = Asked.of("progress", "/v1/deliverables", measure="M05")
    yield Row("/dashboard/measures/M05", (*_progress("measures/M05", "lights/measure/M05"), measure))
    for name in ("H1", CLOSED):
        read = (*_progress(f"indicators/{name}"), Asked.of("progress", f"/v1/indicators/{name}/history", **_MONTH))
        evidence = _progress(f"indicators/{name}/evidence")
        yield Row(f"/dashboard/indicators/{name}.xlsx", read)
        yield Row(f"/dashboard/indicators/{name}", (*read, *_progress(f"indicators/{name}/changes")))
        yield Row(f"/dashboard/indicators/{name}/evidence.xlsx", evidence)
        yield Row(f"/dashboard/indicators/{name}/evidence", (*evidence, *_progress(f"indicators/{name}")))
    yield Row("/dashboard/notices", _progress("notices"))
    yield Row(f"/dashboard/notices/{notice}", _progress(f"notices/{notice}"))
    for form in ("pdf", "docx"):
        yield Row(f"/dashboard/notices/{notice}/sheet.{form}", _progress(f"notices/{notice}/sheet.{form}"))


def _operations(keys: Keys) -> Iterator[Row]:
    watched = _exchange("operations", "operations/deadlines", "operations/rhythms", "operations/alarms")
    consumers = _exchange("operations/consumers")
    yield Row("/operations", watched)
    for each in watched[1:]:
        yield Row(each.path.removeprefix("/v1"), (each,))
    client, webhook, redrive, alarm = (
        keys.get(f"operations/{name}") or str(uuid4()) for name in ("clients", "webhooks", "redrives", "alarms")
    )
    yield Row("/operations/clients", _exchange("clients"))
    yield Row(f"/operations/clients/{client}", _exchange(f"clients/{client}", "webhooks"))
    yield Row(
        f"/operations/clients/{client}/suspension",
        method="POST",
        carries_out="exchange PATCH /v1/clients/{client_id}",
        typed={"reason": "核查", "idempotency_key": uuid4().hex, "etag": '"v1"'},
    )
    yield Row("/operations/webhooks", _exchange("webhooks", "clients"))
    hook = f"webhooks/{webhook}"
    yield Row(f"/operations/{hook}", _exchange(hook, f"{hook}/status", f"{hook}/deliveries"))
    yield Row("/operations/parked", (*_exchange("operations/parked"), *consumers))
    yield Row("/operations/redrives/new", consumers)
    yield Row(f"/operations/redrives/{redrive}", _exchange(f"operations/redrives/{redrive}"))
    yield Row(f"/operations/alarms/{alarm}/acknowledge?version=1")
    reason = {"reason": "核查", "idempotency_key": uuid4().hex}
    yield Row(
        f"/operations/alarms/{alarm}/acknowledge",
        method="POST",
        carries_out="exchange POST /v1/operations/alarms/{alarm_id}/acknowledge",
        typed=reason | {"etag": '"v1"'},
    )
    order = reason | {"event_type": "lawyers.registry.firm.established.v1"}
    for address in ("/operations/redrives", "/operations/redrives/confirmed"):
        yield Row(address, method="POST", carries_out="exchange POST /v1/operations/redrives", typed=order)
    yield Row(
        f"/operations/{hook}/resend",
        method="POST",
        carries_out="exchange POST /v1/webhooks/{webhook_id}/resend",
        typed=reason | {"start": f"{days_ago(2).isoformat()}T09:00", "end": f"{days_ago(1).isoformat()}T09:00"},
    )
