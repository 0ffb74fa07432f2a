"""Organs that offer lawyers a meeting room or a green channel (M13-I4)."""

from contracts import rights_events
from contracts.facilities import COUNTED_FACILITIES, COUNTED_ORGANS, OFFERED

from progress_store.queries.computation import Computation, Kind

ORGANS_WITH_A_FACILITY = Computation(
    indicator_id="M13-I4",
    topic=rights_events.TOPIC,
    kind=Kind.COUNT,
    # Of several versions that are in force on the day the last word counts; the day of opening is what the newest says,
    # for it may have been corrected. An outage of some days takes nothing away.
    rows="""
SELECT f.organ_code AS row_id, min(f.region) AS region, bool_or(f.offered) AS counted, min(f.organ_kind) AS organ_kind,
       coalesce(array_agg(f.kind ORDER BY f.kind) FILTER (WHERE f.offered), '{}') AS kinds,
       min(f.opened_on) FILTER (WHERE f.offered) AS since
FROM (
    SELECT DISTINCT ON (t.facility_id) t.organ_code, t.region, t.organ_kind, t.kind, n.opened_on,
           t.status = ANY($4::text[]) AND n.opened_on <= $1 AS offered
    FROM facilities t
    JOIN (
        SELECT DISTINCT ON (facility_id) facility_id, opened_on FROM facilities ORDER BY facility_id, version DESC
    ) n USING (facility_id)
    WHERE t.from_on <= $1 AND t.organ_kind = ANY($2::text[]) AND t.kind = ANY($3::text[])
    ORDER BY t.facility_id, t.version DESC
) f
GROUP BY f.organ_code
""",
    arguments=lambda asked: (
        asked.as_of,
        sorted(kind.value for kind in COUNTED_ORGANS),
        sorted(kind.value for kind in COUNTED_FACILITIES),
        sorted(status.value for status in OFFERED),
    ),
    columns=("organ_code", "organ_kind", "kinds", "since"),
)
