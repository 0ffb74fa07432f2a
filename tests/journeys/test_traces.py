"""Traces of the whole system, as files: one request is one trace across processes, and closed services leave none."""

import json
import secrets

from yulu_local.processes import PROCESSES

from tests.journeys.actors import eventually
from tests.journeys.test_metrics import _applied

NEVER = {"rights-api", "rights-public-api", "rights-public", "discipline-api", "discipline-reactions", "notifier"}


EXPECTED = (
    ("outbox-relay", "sequence registry.events"),
    ("outbox-relay", "send registry.events"),
    ("progress-projector", "apply registry.events"),
)


def _told(system):
    """All that was ever written of spans, in whole lines."""
    files = (path.read_text(encoding="utf-8") for path in (system.data_dir / "traces").glob("*.ndjson"))
    return "\n".join(text.rpartition("\n")[0] for text in files)


def _spans(told, naming):
    """Those whose line has this in it: of all that the journeys leave, few are worth parsing."""
    return [json.loads(line) for line in told.splitlines() if naming in line]


def _of(told, trace):
    return [span for span in _spans(told, trace) if span["context"]["trace_id"] == f"0x{trace}"]


def test_one_request_is_one_trace_across_processes(system, zhengzhou):
    trace = secrets.token_hex(16)
    parent = secrets.token_hex(8)
    zhengzhou.http("registry").headers["traceparent"] = f"00-{trace}-{parent}-01"
    try:
        firm = zhengzhou.registers_firm()
    finally:
        del zhengzhou.http("registry").headers["traceparent"]
    [proposed] = eventually(lambda: _of(_told(system), trace))
    assert (proposed["name"], proposed["parent_id"]) == ("POST /v1/firms", f"0x{parent}")

    # The second officer's approval is a request of its own, and it is what changes the register.
    def whole():
        told = _told(system)
        approved = _spans(told, "POST /v1/proposals/{proposal_id}/approve")
        newest = max(approved, key=lambda span: span["start_time"], default=None)
        return newest and {kind for kind, _ in _kinds(told, newest)} >= set(EXPECTED) and newest

    request = eventually(whole)
    told = _told(system)
    assert {parent for kind, parent in _kinds(told, request) if kind in EXPECTED} == {request["context"]["span_id"]}
    assert firm["firm_id"] not in told


def _kinds(told, request):
    """Process, name and parent of the spans of a request's trace."""
    return {
        ((span["resource"]["attributes"]["service.name"], span["name"]), span["parent_id"])
        for span in _of(told, request["context"]["trace_id"].removeprefix("0x"))
    }


def test_a_complaint_leaves_no_span_anywhere(system, public):
    applied, trace = _applied(system), secrets.token_hex(16)
    client = public.http("rights_public")
    client.headers["traceparent"] = f"00-{trace}-{secrets.token_hex(8)}-01"
    try:
        public.files_complaint()
    finally:
        del client.headers["traceparent"]
    eventually(lambda: _applied(system) > applied)
    told = _told(system)
    assert _of(told, trace) == []
    traced = {path.stem for path in (system.data_dir / "traces").glob("*.ndjson")}
    assert "registry-api" in traced
    assert traced <= {process.name for process in PROCESSES} - NEVER
    assert "rights.events" not in told
    assert "discipline.events" not in told
    assert "/v1/recognitions/held" not in told
