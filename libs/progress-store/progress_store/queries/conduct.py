"""Sanctions published in time (M12-I1), and rights complaints closed in time (M13-I1, I2)."""

from typing import Any

from contracts import discipline_events, rights_events
from contracts.conduct import PenaltyKind, penalties
from contracts.discipline_events import Penalty

from progress_store.queries.computation import Asked, Computation, Kind


def must_be_published() -> frozenset[Penalty]:
    """Every administrative penalty, and of the association's sanctions those made known beyond the profession."""
    administrative = {code for code, info in penalties().items() if info.kind is PenaltyKind.ADMINISTRATIVE}
    return frozenset(administrative) | {
        Penalty.PUBLIC_CENSURE,
        Penalty.MEMBERSHIP_SUSPENSION,
        Penalty.MEMBERSHIP_CANCELLATION,
    }


def _days(asked: Asked) -> tuple[Any, ...]:
    return (asked.as_of, asked.period.from_on, sorted(penalty.value for penalty in must_be_published()))


def _instants(asked: Asked) -> tuple[Any, ...]:
    return (asked.period.begins_at, asked.period.ends_at)


PUBLISHED_IN_TIME = Computation(
    indicator_id="M12-I1",
    topic=discipline_events.TOPIC,
    kind=Kind.RATIO,
    # The last day of publication is still in time, so on that day itself nothing is due yet.
    rows="""
SELECT c.case_id AS row_id, c.region,
       coalesce(c.published_on <= c.publish_due_on AND c.published_on <= $1, false) AS counted,
       c.decided_on, c.publish_due_on, CASE WHEN c.published_on <= $1 THEN c.published_on END AS published_on
FROM sanctions c
WHERE c.penalties && $3::text[] AND c.decided_on <= $1 AND (c.withdrawn_on IS NULL OR c.withdrawn_on > $1)
  AND ((c.publish_due_on >= $2 AND c.publish_due_on < $1) OR (c.published_on >= $2 AND c.published_on <= $1))
""",
    arguments=_days,
    columns=("case_id", "decided_on", "publish_due_on", "published_on"),
    has_period=True,
)

CLOSED_IN_TIME = Computation(
    indicator_id="M13-I1",
    topic=rights_events.TOPIC,
    kind=Kind.RATIO,
    rows="""
SELECT c.complaint_id AS row_id, c.region,
       coalesce(c.closed_at <= c.due_at AND c.closed_at < $2, false) AS counted,
       c.accepted_at, c.due_at, CASE WHEN c.closed_at < $2 THEN c.closed_at END AS closed_at
FROM complaints c
WHERE c.accepted_at < $2 AND ((c.due_at >= $1 AND c.due_at < $2) OR (c.closed_at >= $1 AND c.closed_at < $2))
""",
    arguments=_instants,
    columns=("complaint_id", "accepted_at", "due_at", "closed_at"),
    has_period=True,
)

DAYS_TO_CLOSE = Computation(
    indicator_id="M13-I2",
    topic=rights_events.TOPIC,
    kind=Kind.MEDIAN,
    rows="""
SELECT c.complaint_id AS row_id, c.region, true AS counted, c.accepted_at, c.closed_at,
       extract(epoch FROM c.closed_at - c.accepted_at)::float8 / 86400 AS measure
FROM complaints c
WHERE c.accepted_at IS NOT NULL AND c.closed_at >= $1 AND c.closed_at < $2
""",
    arguments=_instants,
    columns=("complaint_id", "accepted_at", "closed_at", "measure"),
    has_period=True,
)
