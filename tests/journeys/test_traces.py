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


def _spans(system):
    return [
        json.loads(line)
        for path in (system.data_dir / "traces").glob("*.ndjson")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]


def _of(spans, trace):
    return [span for span in spans if span["context"]["trace_id"] == f"0x{trace}"]


def test_one_request_is_one_trace_across_processes(system, zhengzhou):
    trace = secrets.token_hex(16)
    parent = secrets.token_hex(8)
    zhengzhou.http("registry").headers["traceparent"] = f"00-{trace}-{parent}-01"
    try:
        firm = zhengzhou.registers_firm()
    finally:
        del zhengzhou.http("registry").headers["traceparent"]
    eventually(lambda: _of(_spans(system), trace))
    [proposed] = _of(_spans(system), trace)
    assert (proposed["name"], proposed["parent_id"]) == ("POST /v1/firms", f"0x{parent}")

    # The second officer's approval is a request of its own, and it is what changes the register.
    def approved():
        return [span for span in _spans(system) if span["name"] == "POST /v1/proposals/{proposal_id}/approve"]

    def whole():
        return [span for span in approved() if {kind for kind, _ in _kinds(_spans(system), span)} >= set(EXPECTED)]

    [request, *_] = eventually(whole)
    kinds = _kinds(_spans(system), request)
    assert {parent for kind, parent in kinds if kind in EXPECTED} == {request["context"]["span_id"]}
    assert firm["firm_id"] not in json.dumps(_spans(system))


def _kinds(spans, request):
    """Process, name and parent of the spans of a request's trace."""
    return {
        ((span["resource"]["attributes"]["service.name"], span["name"]), span["parent_id"])
        for span in _of(spans, request["context"]["trace_id"].removeprefix("0x"))
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
    spans = _spans(system)
    assert _of(spans, trace) == []
    traced = {path.stem for path in (system.data_dir / "traces").glob("*.ndjson")}
    assert "registry-api" in traced
    assert traced <= {process.name for process in PROCESSES} - NEVER
    told = json.dumps(spans)
    assert "rights.events" not in told
    assert "discipline.events" not in told
    assert "/v1/recognitions/held" not in told
