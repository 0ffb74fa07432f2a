"""Lawyers who practise on a day: H1 and M10-I1."""

from typing import Any

from contracts.registry_events import TOPIC, RecognitionKind

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
    f"FROM practices p WHERE {PRACTISING} AND EXISTS (SELECT 1 FROM recognitions r "
    f"WHERE r.member_id = p.lawyer_id AND r.kind = '{RecognitionKind.FOREIGN_RELATED_LAWYER.value}' "
    f"AND {OPEN.format(t='r')})",
    arguments=_arguments,
    columns=("practice_id", "lawyer_id", "firm_id", "category", "from_on"),
    parameters=("count_suspended", "lawyer_categories"),
    needs_list=RecognitionKind.FOREIGN_RELATED_LAWYER,
    names_lawyers=True,
)
