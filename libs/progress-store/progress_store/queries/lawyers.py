"""Lawyers who practise on a day: H1 and M10-I1; those on lists (M07, M22) and those who began (M21)."""

from typing import Any

from contracts.recognition import RecognitionKind
from contracts.registry_events import TOPIC

from progress_store.queries.computation import Asked, Computation, Kind

OPEN = "{t}.from_on <= $1 AND ({t}.to_on IS NULL OR {t}.to_on > $1)"
"""The interval holds the day $1: its first day belongs to it, `to_on` does not."""


def standing(table: str, subject: str, kind: str, condition: str) -> str:
    """No un-withdrawn fact of the condition covers the day $1. Overlapping facts need no special care."""
    return (
        f"NOT EXISTS (SELECT 1 FROM standing_facts s WHERE s.subject_id = {table}.{subject} "
        f"AND s.subject_kind = '{kind}' AND NOT s.withdrawn AND {OPEN.format(t='s')} AND {condition})"
    )


PRACTISING = f"{OPEN.format(t='p')} AND p.category = ANY($2::smallint[]) AND " + standing(
    "p", "lawyer_id", "lawyer", "(s.kind = 'revocation' OR $3)"
)
"""$2: the categories that count; $3: whether suspended lawyers are left out."""


def on_list(kind: RecognitionKind) -> str:
    """The lawyer, or a duplicate record that was merged into his, stands on a list of the kind on the day $1."""
    return (
        "p.lawyer_id IN (SELECT coalesce(m.merged_into, r.member_id) FROM recognitions r "
        f"LEFT JOIN merged_records m ON m.lawyer_id = r.member_id WHERE r.kind = '{kind.value}' "
        f"AND {OPEN.format(t='r')})"
    )


def _arguments(asked: Asked) -> tuple[Any, ...]:
    return (asked.as_of, asked.policy.categories, asked.policy.without_suspended)


LAWYERS = Computation(
    indicator_id="H1",
    topic=TOPIC,
    kind=Kind.COUNT,
    rows="SELECT p.practice_id AS row_id, p.region, true AS counted, p.lawyer_id, p.firm_id, p.category, p.from_on "
    f"FROM practices p WHERE {PRACTISING}",
    arguments=_arguments,
    columns=("practice_id", "lawyer_id", "firm_id", "category", "from_on"),
    parameters=("count_suspended", "lawyer_categories"),
    names_lawyers=True,
)

FOREIGN_RELATED_LAWYERS = Computation(
    indicator_id="M10-I1",
    topic=TOPIC,
    kind=Kind.COUNT,
    rows="SELECT p.practice_id AS row_id, p.region, true AS counted, p.lawyer_id, p.firm_id, p.category, p.from_on "
    f"FROM practices p WHERE {PRACTISING} AND {on_list(RecognitionKind.FOREIGN_RELATED_LAWYER)}",
    arguments=_arguments,
    columns=("practice_id", "lawyer_id", "firm_id", "category", "from_on"),
    parameters=("count_suspended", "lawyer_categories"),
    needs_list=(RecognitionKind.FOREIGN_RELATED_LAWYER,),
    names_lawyers=True,
)

TOP_LEVEL_TALENT = Computation(
    indicator_id="M07-I3",
    topic=TOPIC,
    kind=Kind.COUNT,
    rows="SELECT p.practice_id AS row_id, p.region, true AS counted, p.lawyer_id, p.firm_id, p.category, p.from_on "
    f"FROM practices p WHERE {PRACTISING} AND {on_list(RecognitionKind.TOP_LEVEL_TALENT)} "
    "AND EXISTS (SELECT 1 FROM firm_periods f WHERE f.firm_id = p.firm_id "
    f"AND f.in_legal_district AND {OPEN.format(t='f')})",
    arguments=_arguments,
    columns=("practice_id", "lawyer_id", "firm_id", "category", "from_on"),
    parameters=("count_suspended", "lawyer_categories"),
    needs_list=(RecognitionKind.TOP_LEVEL_TALENT,),
    names_lawyers=True,
)

FIRST_LICENSED = Computation(
    indicator_id="M21-I4",
    topic=TOPIC,
    kind=Kind.COUNT,
    # By the day of the first licence: when the register learnt of it, by a decision or by import, makes no difference.
    # A record merged into another leaves the first licence to that one.
    rows="SELECT p.lawyer_id AS row_id, p.region, true AS counted, p.firm_id, p.category, p.first_licensed_on "
    "FROM practices p WHERE p.first_licensed_on >= $1 AND p.first_licensed_on <= $2 "
    "AND p.ground IS DISTINCT FROM 'record-merged'",
    arguments=lambda asked: (asked.period.from_on, asked.period.until_on),
    columns=("lawyer_id", "firm_id", "category", "first_licensed_on"),
    has_period=True,
)

SCARCE_TALENT_JOINED = Computation(
    indicator_id="M22-I2",
    topic=TOPIC,
    kind=Kind.COUNT,
    # Brought in: to a firm of Henan in the period, from none on the day before. A move within Henan brings nobody in.
    rows="SELECT DISTINCT ON (p.lawyer_id) p.lawyer_id AS row_id, p.region, true AS counted, p.firm_id, p.category, "
    "p.from_on AS joined_on FROM practices p "
    "WHERE p.firm_id IS NOT NULL AND p.from_on >= $2 AND p.from_on <= $1 AND coalesce(p.to_on > p.from_on, true) "
    "AND NOT EXISTS (SELECT 1 FROM practices q WHERE q.lawyer_id = p.lawyer_id AND q.practice_id <> p.practice_id "
    "AND q.firm_id IS NOT NULL AND q.from_on <= p.from_on AND (q.to_on IS NULL OR q.to_on >= p.from_on)) "
    f"AND {on_list(RecognitionKind.SCARCE_TALENT)} "
    "ORDER BY p.lawyer_id, p.from_on, p.practice_id",
    arguments=lambda asked: (asked.as_of, asked.period.from_on),
    columns=("lawyer_id", "firm_id", "category", "joined_on"),
    has_period=True,
    needs_list=(RecognitionKind.SCARCE_TALENT,),
)


def _holding(indicator_id: str, category: int) -> Computation:
    """Who holds a certificate of this category (digit 10 of the licence number) on the day, suspended or not."""
    return Computation(
        indicator_id=indicator_id,
        topic=TOPIC,
        kind=Kind.COUNT,
        rows="SELECT p.practice_id AS row_id, p.region, true AS counted, p.lawyer_id, p.category, p.from_on "
        f"FROM practices p WHERE {PRACTISING}",
        arguments=lambda asked: (asked.as_of, [category], asked.policy.without_suspended),
        columns=("practice_id", "lawyer_id", "category", "from_on"),
        names_lawyers=True,
        parameters=("count_suspended",),
    )


GOVERNMENT_LAWYERS = _holding("M16-I1", 6)
COMPANY_LAWYERS = _holding("M17-I3", 7)
