"""Numbers that are reported: the confirmed values of the latest period, or of what has been reached so far."""

from typing import Any

from contracts.progress_events import TOPIC
from contracts.reporting import Nature, Reported, reported

from progress_store.queries.computation import Asked, Computation, Kind

_LATEST = """
SELECT DISTINCT ON (value_id) * FROM reported_values WHERE indicator_id = $1 AND until_on <= $2
ORDER BY value_id, version DESC
"""
# A period that is still being collected does not take the place of the one before it: it counts once every region asked
# has reported, or its day of grace is over; the very first counts from its first report.
_PERIOD = f"""
WITH latest AS ({_LATEST}),
told AS (SELECT * FROM latest WHERE amount IS NOT NULL),
periods AS (
    SELECT until_on, max(due_on) AS due_on, count(*) FILTER (WHERE region = ANY($3::text[])) AS regions
    FROM told GROUP BY until_on
),
reference AS (
    SELECT coalesce(max(until_on) FILTER (WHERE due_on < $2 OR regions >= cardinality($3::text[])), max(until_on))
        AS until_on
    FROM periods
)
"""
_COLUMNS = "t.value_id AS row_id, t.region, t.amount > 0 AS counted, t.amount, t.base, t.from_on, t.until_on"
_ROWS = {
    Nature.STOCK: f"{_PERIOD} SELECT {_COLUMNS} FROM told t JOIN reference r ON t.until_on = r.until_on",
    Nature.FLOW: f"{_PERIOD} SELECT {_COLUMNS} FROM told t JOIN reference r ON t.until_on <= r.until_on "
    "AND date_trunc('year', t.until_on) = date_trunc('year', r.until_on)",
    # What has been reached stays; a day of it that was reported later than the day asked for does not reach back.
    Nature.REACHED: f"SELECT DISTINCT ON (t.region) {_COLUMNS}, t.reached_on FROM ({_LATEST}) t "
    "WHERE t.amount IS NOT NULL ORDER BY t.region, t.until_on DESC",
}


def _arguments(about: Reported) -> Any:
    def arguments(asked: Asked) -> tuple[Any, ...]:
        known = (about.indicator.id, asked.as_of)
        return known if about.nature is Nature.REACHED else (*known, list(about.required))

    return arguments


def _computation(about: Reported) -> Computation:
    columns = ("value_id", "amount", "base", "from_on", "until_on")
    return Computation(
        indicator_id=about.indicator.id,
        topic=TOPIC,
        kind=Kind.SHARE if about.is_share else Kind.REACHED if about.is_yes_or_no else Kind.SUM,
        rows=_ROWS[about.nature],
        arguments=_arguments(about),
        columns=(*columns, "reached_on") if about.nature is Nature.REACHED else columns,
        expected=about.required,
        adds_periods=about.nature is Nature.FLOW,
    )


REPORTED = tuple(_computation(about) for about in reported().values())
