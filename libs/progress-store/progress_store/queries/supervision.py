"""How the plan itself is followed up: reports in time (W2-I1), inspections (W2-I2)."""

from contracts.progress_events import TOPIC

from progress_store.queries.computation import Computation, Kind

REPORTS_IN_TIME = Computation(
    indicator_id="W2-I1",
    topic=TOPIC,
    kind=Kind.RATIO,
    # The due day is still in time, so on that day itself nothing is due yet.
    rows="""
SELECT d.report_id AS row_id, d.region, coalesce(d.received_on <= d.due_on AND d.received_on <= $1, false) AS counted,
       d.reporter, d.from_on, d.until_on, d.due_on, CASE WHEN d.received_on <= $1 THEN d.received_on END AS received_on
FROM report_duties d
WHERE (d.due_on >= $2 AND d.due_on < $1) OR (d.received_on >= $2 AND d.received_on <= $1 AND d.due_on >= $2)
""",
    arguments=lambda asked: (asked.as_of, asked.period.from_on),
    columns=("report_id", "reporter", "from_on", "until_on", "due_on", "received_on"),
    has_period=True,
)

INSPECTIONS = Computation(
    indicator_id="W2-I2",
    topic=TOPIC,
    kind=Kind.COUNT,
    rows="SELECT i.inspection_id AS row_id, i.region, true AS counted, i.completed_on FROM inspections i "
    "WHERE i.completed_on >= $2 AND i.completed_on <= $1",
    arguments=lambda asked: (asked.as_of, asked.period.from_on),
    columns=("inspection_id", "completed_on"),
    has_period=True,
)
