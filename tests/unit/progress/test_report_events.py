"""Who may receive what is told of reports."""

from common.auth import Principal
from contracts.entitlements import may_read_event
from contracts.plan_events import ReportReminded
from contracts.report_events import ReportReceived, ReportRequested


def test_operators_and_workers_receive_what_is_told_of_reports_and_nobody_else():
    def of(role: str, kind: str, region: str) -> Principal:
        return Principal(subject="x", organisation_kind=kind, region=region, roles=frozenset({role}))

    for event in (ReportRequested, ReportReceived, ReportReminded):
        assert may_read_event(of("operator", "department", "410000"), event.event_type, "410100")
        assert may_read_event(of("feed-verifier", "system", "410000"), event.event_type, "410100")
        for other in (
            of("plan-reporter", "bureau", "410100"), of("plan-reader", "department", "410000"),
            of("operator", "bureau", "410100"),
        ):  # fmt: skip
            assert not may_read_event(other, event.event_type, "410100")
