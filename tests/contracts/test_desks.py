"""Desks are made of the services' operations: every one has its place, and nothing is shown without a Chinese name."""

import json
import re
from pathlib import Path

import pytest
from portal.desks.declared import acts_of, openings_of
from portal.desks.forming import form_of
from portal.desks.operations import name_of, operation
from portal.desks.records import opening_form
from portal.desks.tables import DESKS

_DESKS = ("registry", "discipline", "rights", "rights_public", "progress")
"""Services on whose desks officers work."""
_CHINESE = re.compile("[\u4e00-\u9fff]")
_UNTRANSLATED = {"json", "csv", "xlsx", "pdf", "docx"}
"""Names that are the same in every language."""

_UNDESCRIBED = {"content", "positions", "record", "report"}
"""Of an edition: told as it was signed, which no schema describes."""

_OF_OPERATORS = "kept by operators, on the pages of operations"
_BY_THE_PUBLIC = "for everybody or for who holds a receipt, on the public pages"
_OF_THEMSELVES = "lawyers and firms about themselves"
_BY_SYSTEMS = "called by other organs' systems"
_BY_THE_NOTIFIER = "called by the notifier"
_IN_PIECES = "officers' own files: sent in pieces by a page of their own"
_EXEMPT = {
    "registry": {
        "POST /v1/files": "ordered by the timer; operators order one more",
        "POST /v1/lawyer-bindings": "asked by the identity service",
        "POST /v1/parked/orders": _OF_OPERATORS,
        "POST /v1/parked/{parked_id}/discard": _OF_OPERATORS,
        "POST /v1/parked/{parked_id}/redrive": _OF_OPERATORS,
        "POST /v1/positions/{topic}/{partition}/adoption": _OF_OPERATORS,
        "POST /v1/positions/{topic}/{partition}/resume": _OF_OPERATORS,
        "POST /v1/recognitions/held": "asked by discipline-api",
        "POST /v1/reconciliations": "sent by the licensing system",
        "POST /v1/verifications": _BY_THE_PUBLIC,
        "POST /v1/verifications/batch": _BY_SYSTEMS,
    },
    "discipline": {
        "POST /v1/complaint-receipts/messages": _BY_THE_PUBLIC,
        "POST /v1/complaint-receipts/review": _BY_THE_PUBLIC,
        "POST /v1/complaint-receipts/sessions": _BY_THE_PUBLIC,
        "POST /v1/complaint-receipts/supplement": _BY_THE_PUBLIC,
        "POST /v1/complaint-routes": _BY_THE_PUBLIC,
        "POST /v1/complaints": _BY_THE_PUBLIC,
        "POST /v1/complaints/transfers": _BY_SYSTEMS,
        "POST /v1/disclosure-undertakings": _BY_SYSTEMS,
        "POST /v1/disclosures/{record_id}/objections": _OF_THEMSELVES,
        "POST /v1/disclosures/{record_id}/repairs": _OF_THEMSELVES,
        "POST /v1/disclosures/{record_id}/statements": _OF_THEMSELVES,
        "POST /v1/extract-authorisations": _OF_THEMSELVES,
        "POST /v1/extracts": _OF_THEMSELVES,
        "POST /v1/impostor-clues": _BY_THE_PUBLIC,
        "POST /v1/impostor-receipts/sessions": _BY_THE_PUBLIC,
        "POST /v1/parked/orders": _OF_OPERATORS,
        "POST /v1/parked/{parked_id}/discard": _OF_OPERATORS,
        "POST /v1/parked/{parked_id}/redrive": _OF_OPERATORS,
        "POST /v1/positions/{topic}/{partition}/adoption": _OF_OPERATORS,
        "POST /v1/positions/{topic}/{partition}/resume": _OF_OPERATORS,
        "POST /v1/public/disclosures/search": _BY_THE_PUBLIC,
        "POST /v1/public/query-results": _BY_THE_PUBLIC,
        "POST /v1/repairs/{repair_id}/retraction": _OF_THEMSELVES,
        "POST /v1/statements/{statement_id}/retraction": _OF_THEMSELVES,
        "POST /v1/watches": _BY_SYSTEMS,
        "POST /v1/watches/notices/acknowledgement": _BY_SYSTEMS,
        "DELETE /v1/watches/{watch_id}": _BY_SYSTEMS,
        "POST /v1/watches/{watch_id}/renew": _BY_SYSTEMS,
    },
}
_EXEMPT |= {
    "rights": {
        "POST /v1/complaints/{complaint_id}/attachments": _IN_PIECES,
        "PATCH /v1/complaints/{complaint_id}/attachments/{attachment_id}": _IN_PIECES,
        "POST /v1/complaints/{complaint_id}/attachments/{attachment_id}/completion": _IN_PIECES,
        "POST /v1/notifier/deliveries/{delivery_id}/outcome": _BY_THE_NOTIFIER,
        "POST /v1/notifier/leases": _BY_THE_NOTIFIER,
    },
    "rights_public": {
        "POST /v1/complaint-routes": _BY_THE_PUBLIC,
        "POST /v1/complaints": _BY_THE_PUBLIC,
        "POST /v1/evaluation-answers": _BY_THE_PUBLIC,
        "POST /v1/public/filing-proofs": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/attachments": _BY_THE_PUBLIC,
        "DELETE /v1/receipts/case/attachments/{attachment_id}": _BY_THE_PUBLIC,
        "PATCH /v1/receipts/case/attachments/{attachment_id}": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/attachments/{attachment_id}/completion": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/consents": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/messages": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/objection": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/reply-accepted": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/retaliation": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/supplement": _BY_THE_PUBLIC,
        "POST /v1/receipts/case/withdrawal": _BY_THE_PUBLIC,
        "POST /v1/receipts/meeting/arrangement": _BY_THE_PUBLIC,
        "POST /v1/receipts/meeting/withdrawal": _BY_THE_PUBLIC,
        "POST /v1/receipts/meeting/words": _BY_THE_PUBLIC,
        "POST /v1/receipts/sessions": _BY_THE_PUBLIC,
        "POST /v1/refused-meetings": _BY_THE_PUBLIC,
    },
    "progress": {
        "POST /v1/parked/orders": _OF_OPERATORS,
        "POST /v1/parked/{parked_id}/discard": _OF_OPERATORS,
        "POST /v1/parked/{parked_id}/redrive": _OF_OPERATORS,
        "POST /v1/positions/{topic}/{partition}/adoption": _OF_OPERATORS,
        "POST /v1/positions/{topic}/{partition}/resume": _OF_OPERATORS,
        "POST /v1/rebuilds": _OF_OPERATORS,
    },
}
_ROOMS = [pytest.param(desk, room, id=f"{desk.name}-{room.name}") for desk in DESKS for room in desk.rooms]


@pytest.mark.parametrize("service", _DESKS)
def test_every_writing_operation_is_on_a_desk_or_exempt_for_a_reason(service):
    documented = json.loads((Path(__file__).parents[2] / f"docs/openapi/{service.replace('_', '-')}.json").read_text())
    writing = {
        f"{method.upper()} {path}"
        for path, methods in documented["paths"].items()
        for method in methods
        if method in ("post", "put", "patch", "delete")
    }
    acts = [act.operation for desk in DESKS for room in desk.rooms for act in acts_of(room)]
    on_desks = {name.partition(" ")[2] for name in acts if name.startswith(service + " ")}
    assert on_desks.isdisjoint(_EXEMPT[service])
    assert on_desks | set(_EXEMPT[service]) == writing


@pytest.mark.parametrize(("desk", "room"), _ROOMS)
def test_each_form_speaks_chinese(desk, room):
    for act in acts_of(room):
        described = operation(act.operation)
        forms = [form_of(act, described, variant) for variant in described.variants or [""]]
        assert len(forms) == max(len(described.variants), 1)
        for form in forms:
            assert _CHINESE.search(form.title), act.operation
            for each in [*form.fields, *(column for field in form.fields for column in field.columns)]:
                assert _is_chinese(each.label), (act.operation, each.name)
                assert all(_CHINESE.search(c.name) or c.code in _UNTRANSLATED for c in each.choices), each.name


@pytest.mark.parametrize(("desk", "room"), _ROOMS)
def test_what_is_shown_speaks_chinese(desk, room):
    operations = [room.listing.operation] if room.listing else []
    if room.record:
        operations += [room.record.operation, *(part.operation for part in room.record.parts)]
        openings = [*openings_of(room), *([room.record.opening] if room.record.opening else [])]
        operations += [opening.operation for opening in openings]
        for opening in openings:
            assert all(_CHINESE.search(choice.name) for each in opening_form(opening).fields for choice in each.choices)
        assert all(_CHINESE.search(opening.label) for opening in openings_of(room))
    assert _CHINESE.search(room.title)
    for name in operations:
        described = operation(name)
        wrong = [path for path, told in _leaves(described.answer) if not _is_chinese(told["zh"])]
        assert wrong == [], name
        for path, told in _leaves(described.answer):
            assert all(_CHINESE.search(zh) for zh in told.get("codes", {}).values()), (name, path)


@pytest.mark.parametrize(("desk", "room"), _ROOMS)
def test_what_is_declared_is_there(desk, room):
    """Columns, filters, what leads on, and addresses that name one act only."""
    acts = acts_of(room)
    assert len({act.slug for act in acts}) == len(acts), "two acts with one address"
    for act in acts:
        if act.leads is not None:
            desk_name, room_name = act.leads[0].split("/")
            assert next(d for d in DESKS if d.name == desk_name).room(room_name) is not None
    for there in desk.links.values():
        desk_name, room_name = there.split("/")
        assert next(d for d in DESKS if d.name == desk_name).room(room_name).record is not None
    if room.listing is not None:
        described = operation(room.listing.operation)
        items = described.answer.get("in", {}).get(room.listing.at, described.answer)
        _are_told(items, room.listing.columns)
        assert {*room.listing.filters, *room.listing.start, *(room.listing.waiting or {})} <= set(described.query)
    if room.record is not None:
        left_out = set(room.record.left_out) - _UNDESCRIBED
        _are_told(operation(room.record.operation).answer, (*room.record.first, *left_out))
        for part in room.record.parts:
            described = operation(part.operation)
            _are_told(described.answer.get("in", {}).get(part.at, described.answer), part.columns)
            assert set(part.params) <= set(described.query)
        downloads = [*room.record.downloads, *(each for part in room.record.parts for each in part.downloads)]
        slugs = [each.slug for each in downloads]
        assert all(slugs), "a download without an address"
        assert len(set(slugs)) == len(slugs), "two downloads with one address"


def test_each_clock_has_a_name():
    text = (Path(__file__).parents[2] / "libs/contracts/contracts/proceedings.yaml").read_text()
    names = set(re.findall(r"\{name: ([a-z-]+), rule:", text))
    assert "decision" in names
    assert [name for name in names if name_of(f"clock {name}") == f"clock {name}"] == []


def _is_chinese(label):
    return _CHINESE.search(label.rpartition("：")[2]) is not None


def _leaves(told, path=""):
    for name, inner in told.get("in", {}).items():
        if name.endswith(("_en", "_zh")) or name in {"en", "next_cursor", "version"}:
            continue
        yield f"{path}{name}", inner
        yield from _leaves(inner, f"{path}{name}.")


def _are_told(told, paths):
    """Where the answer is described at all."""
    for path in paths:
        inner = told
        for part in path.split("."):
            if "in" in inner:
                assert part in inner["in"] or f"{part}_zh" in inner["in"], path
            inner = inner.get("in", {}).get(part, {})


def test_no_form_leaves_out_all_that_its_operation_takes():
    acts = {act.operation for desk in DESKS for room in desk.rooms for act in acts_of(room)}
    asked = [operation(name) for name in acts]
    assert [each.path for each in asked if each.takes == "json" and not (each.fields or each.variants)] == []
