"""The national rank (H2), from published tables of lawyers by province."""

from contracts.progress_events import TOPIC
from contracts.regions import PROVINCE
from contracts.statistics import provinces

from progress_store.queries.computation import Computation, Kind

NATIONAL_RANK = Computation(
    indicator_id="H2",
    topic=TOPIC,
    kind=Kind.RANK,
    # The newest year that had been published by the day and tells of Henan; of two tables of one year the later
    # publication. Each of the 31 units is a row. What counts is who may be ahead, so that the rank is the worst that
    # the table allows: "more than 30,000" has no upper end, and of a unit that is not in it nothing is known.
    # surely_ahead: whose least is above Henan's most. Equal numbers share a rank: neither is ahead of the other.
    rows="""
SELECT md5(h.table_id::text || u.province)::uuid AS row_id, $2::text AS region,
       u.province <> $2 AND (f.lawyers IS NULL OR f.bound = 'more-than'
           OR f.lawyers > h.lawyers + (h.bound = 'more-than')::int - (h.bound = 'at-most')::int * h.lawyers) AS counted,
       u.province <> $2 AND f.lawyers IS NOT NULL AND f.bound <> 'at-most' AND h.bound <> 'more-than'
           AND f.lawyers + (f.bound = 'more-than')::int > h.lawyers AS surely_ahead,
       h.table_id, u.province, f.lawyers, f.bound, h.year, h.published_on
FROM (
    SELECT t.table_id, t.version, t.year, t.published_on, g.lawyers, g.bound FROM national_tables t
    JOIN national_figures g ON g.table_id = t.table_id AND g.version = t.version AND g.province = $2
    WHERE t.published_on <= $1
    ORDER BY t.year DESC, t.published_on DESC, t.table_id LIMIT 1
) h
CROSS JOIN unnest($3::text[]) AS u (province)
LEFT JOIN national_figures f ON f.table_id = h.table_id AND f.version = h.version AND f.province = u.province
""",
    arguments=lambda asked: (asked.as_of, PROVINCE, list(provinces())),
    columns=("row_id", "table_id", "province", "lawyers", "bound", "surely_ahead", "year", "published_on"),
)
