"""Discipline (M12-I1, I2, I4, M14-I3, M23-I3), and rights complaints closed in time (M13-I1, I2);
meetings of the organs about these rights (M13-I3, M15-I3)."""

from typing import Any

from contracts import discipline_events, registry_events, rights_events
from contracts.conduct import PenaltyKind, penalties
from contracts.consultations import FOUR_PARTIES, ConsultationBody
from contracts.discipline_events import Penalty
from contracts.recognition import HONOURS

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
    # The last day of publication is still in time, so on that day itself nothing is due yet. What was withheld in time,
    # with reasons, was never due; withheld after its last day, it is as late as any other.
    rows="""
SELECT c.case_id AS row_id, c.region,
       coalesce(c.published_on <= c.publish_due_on AND c.published_on <= $1, false) AS counted,
       c.decided_on, c.publish_due_on, CASE WHEN c.published_on <= $1 THEN c.published_on END AS published_on
FROM sanctions c
WHERE c.penalties && $3::text[] AND c.decided_on <= $1 AND (c.withdrawn_on IS NULL OR c.withdrawn_on > $1)
  AND (c.withheld_on IS NULL OR c.withheld_on > c.publish_due_on)
  AND ((c.publish_due_on >= $2 AND c.publish_due_on < $1) OR (c.published_on >= $2 AND c.published_on <= $1))
""",
    arguments=_days,
    columns=("case_id", "decided_on", "publish_due_on", "published_on"),
    has_period=True,
)

DECIDED_IN_TIME = Computation(
    indicator_id="M12-I2",
    topic=discipline_events.TOPIC,
    kind=Kind.RATIO,
    # A case is done when it has been decided, or has ended without a decision. Due is read as with publication.
    rows="""
SELECT c.proceeding_id AS row_id, c.region, coalesce(c.done_on <= c.due_on AND c.done_on <= $1, false) AS counted,
       c.kind, c.filed_on, c.due_on, CASE WHEN c.done_on <= $1 THEN c.done_on END AS done_on
FROM (SELECT *, least(decided_on, closed_on) AS done_on FROM proceedings) c
WHERE c.filed_on <= $1
  AND ((c.due_on >= $2 AND c.due_on < $1) OR (c.done_on >= $2 AND c.done_on <= $1))
""",
    arguments=lambda asked: (asked.as_of, asked.period.from_on),
    columns=("proceeding_id", "kind", "filed_on", "due_on", "done_on"),
    has_period=True,
)

IMPOSTOR_CASES = Computation(
    indicator_id="M12-I4",
    topic=discipline_events.TOPIC,
    kind=Kind.COUNT,
    # 查处: what turned out to be no such practice was looked into, not acted upon.
    rows="SELECT c.impostor_case_id AS row_id, c.region, c.outcome IS DISTINCT FROM 'not-established' AS counted, "
    "c.opened_on, c.closed_on, c.outcome FROM impostor_cases c WHERE c.closed_on >= $1 AND c.closed_on <= $2",
    arguments=lambda asked: (asked.period.from_on, asked.period.until_on),
    columns=("impostor_case_id", "opened_on", "closed_on", "outcome"),
    has_period=True,
)

TALKS_WITH_HEADS = Computation(
    indicator_id="M14-I3",
    topic=discipline_events.TOPIC,
    kind=Kind.COUNT,
    rows="SELECT t.talk_id AS row_id, t.region, true AS counted, t.kind, t.held_on "
    "FROM talks t WHERE t.with_head AND t.held_on >= $1 AND t.held_on <= $2",
    arguments=lambda asked: (asked.period.from_on, asked.period.until_on),
    columns=("talk_id", "kind", "held_on"),
    has_period=True,
)

HONOURED_AND_SANCTIONED = Computation(
    indicator_id="M23-I3",
    topic=discipline_events.TOPIC,
    other_topic=registry_events.TOPIC,
    kind=Kind.RATE,
    # Whoever ever held an honour stays among them: it is often taken because of the sanction that counts. A record that
    # was merged into another is that one's person; an honour without a day was entered in error.
    rows="""
SELECT s.case_id AS row_id, s.region, true AS counted, 'sanction' AS told, s.honour_counts_from AS since
FROM sanctions s
WHERE s.honoured AND s.honour_counts_from <= $1 AND (s.withdrawn_on IS NULL OR s.withdrawn_on > $1)
UNION ALL
SELECT h.row_id, h.region, false, 'honour', h.from_on FROM (
    SELECT DISTINCT ON (coalesce(m.merged_into, r.member_id))
           coalesce(m.merged_into, r.member_id) AS row_id, r.region, r.from_on
    FROM recognitions r LEFT JOIN merged_records m ON m.lawyer_id = r.member_id
    WHERE r.kind = ANY($2::text[]) AND r.from_on <= $1 AND (r.to_on IS NULL OR r.to_on > r.from_on)
    ORDER BY coalesce(m.merged_into, r.member_id), r.from_on, r.recognition_id
) h
""",
    arguments=lambda asked: (asked.as_of, sorted(kind.value for kind in HONOURS)),
    columns=("record_id", "told", "since"),
    needs_list=tuple(HONOURS),
)

# The set period is that of the answer to the lawyer: objecting to it, and watching the correction, come after.
CLOSED_IN_TIME = Computation(
    indicator_id="M13-I1",
    topic=rights_events.TOPIC,
    kind=Kind.RATIO,
    rows="""
SELECT c.complaint_id AS row_id, c.region,
       coalesce(c.answered_at <= c.due_at AND c.answered_at < $2, false) AS counted,
       c.accepted_at, c.due_at, CASE WHEN c.answered_at < $2 THEN c.answered_at END AS answered_at
FROM (SELECT *, least(replied_at, closed_at) AS answered_at FROM complaints) c
WHERE c.accepted_at < $2 AND ((c.due_at >= $1 AND c.due_at < $2) OR (c.answered_at >= $1 AND c.answered_at < $2))
""",
    arguments=_instants,
    columns=("complaint_id", "accepted_at", "due_at", "answered_at"),
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

_MEETINGS = """
SELECT c.meeting_id AS row_id, c.region, true AS counted, c.held_on
FROM consultations c
WHERE c.body = $1 AND c.parties @> $2::text[] AND c.held_on >= $3 AND c.held_on <= $4
"""

FOUR_PARTY_MEETINGS = Computation(
    indicator_id="M13-I3",
    topic=rights_events.TOPIC,
    kind=Kind.COUNT,
    rows=_MEETINGS,
    arguments=lambda asked: (
        ConsultationBody.FOUR_PARTY.value,
        sorted(party.value for party in FOUR_PARTIES),
        asked.period.from_on,
        asked.period.until_on,
    ),
    columns=("meeting_id", "held_on"),
    has_period=True,
)

JOINT_CONFERENCES = Computation(
    indicator_id="M15-I3",
    topic=rights_events.TOPIC,
    kind=Kind.COUNT,
    rows=_MEETINGS,
    arguments=lambda asked: (
        ConsultationBody.JOINT_CONFERENCE.value,
        [],
        asked.period.from_on,
        asked.period.until_on,
    ),
    columns=("meeting_id", "held_on"),
    has_period=True,
)

ROUNDS_OF_EVALUATION = Computation(
    indicator_id="M15-I2",
    topic=rights_events.TOPIC,
    kind=Kind.COUNT,
    # A round is one invitation of both sides whose window is over; how many have answered nobody is told.
    rows="SELECT e.evaluation_id AS row_id, e.region, true AS counted, e.form, e.closed_on "
    "FROM evaluations e WHERE e.closed_on >= $1 AND e.closed_on <= $2",
    arguments=lambda asked: (asked.period.from_on, asked.period.until_on),
    columns=("evaluation_id", "form", "closed_on"),
    has_period=True,
)
