"""县域: lawyers in counties and county-level cities (M20-I1), and those that have no firm (M20-I2)."""

from typing import Any
from uuid import UUID

from contracts.counties import COUNTIES, COUNTY_AREA
from contracts.registry_events import TOPIC, FirmKind

from progress_store.queries.computation import Asked, Computation, Kind
from progress_store.queries.lawyers import OPEN, PRACTISING, standing

_NOT_REVOKED = standing("f", "firm_id", "firm", "s.kind = 'revocation'")


def _lawyers(asked: Asked) -> tuple[Any, ...]:
    return (asked.as_of, asked.policy.categories, asked.policy.without_suspended, list(COUNTY_AREA))


def _counties(asked: Asked) -> tuple[Any, ...]:
    regions = [COUNTIES[code].region for code in COUNTY_AREA]
    return (asked.as_of, [county_id(code) for code in COUNTY_AREA], list(COUNTY_AREA), regions)


def county_id(code: str) -> UUID:
    """Rows of evidence go by a UUID; a county's holds its code."""
    return UUID(f"00000000-0000-4000-8000-000000{code}")


COUNTY_LAWYERS = Computation(
    indicator_id="M20-I1",
    topic=TOPIC,
    kind=Kind.COUNT,
    # Where the firm has its seat on the day; of who practises elsewhere, where his institution is.
    rows="SELECT p.practice_id AS row_id, p.region, true AS counted, coalesce(f.county, p.county) AS county, "
    "p.lawyer_id, p.firm_id, p.category, p.from_on "
    f"FROM practices p LEFT JOIN firm_periods f ON f.firm_id = p.firm_id AND {OPEN.format(t='f')} "
    f"WHERE {PRACTISING} AND coalesce(f.county, p.county) = ANY($4::text[])",
    arguments=_lawyers,
    columns=("practice_id", "county", "lawyer_id", "firm_id", "category", "from_on"),
    parameters=("count_suspended", "lawyer_categories"),
    needs_counties=True,
    names_lawyers=True,
)

COUNTIES_WITHOUT_A_FIRM = Computation(
    indicator_id="M20-I2",
    topic=TOPIC,
    kind=Kind.COUNT,
    rows="SELECT c.id AS row_id, c.region, true AS counted, c.code AS county "
    "FROM unnest($2::uuid[], $3::text[], $4::text[]) AS c (id, code, region) "
    "WHERE EXISTS (SELECT 1 FROM firm_periods k WHERE k.county IS NOT NULL AND k.from_on <= $1) "
    "AND NOT EXISTS (SELECT 1 FROM firm_periods f WHERE f.county = c.code "
    f"AND f.kind <> '{FirmKind.FOREIGN_OFFICE.value}' AND {OPEN.format(t='f')} "
    f"AND {_NOT_REVOKED})",
    arguments=_counties,
    columns=("county_id", "county"),
    needs_counties=True,
)
