"""Firms that are open on a day: by head-count (M05-I1 to I3), by list (M06, W1), by kind and origin (M09, M10)."""

from typing import Any

from contracts.assessment import AssessedKind, Grade
from contracts.plan import Operator, plan
from contracts.recognition import RecognitionKind
from contracts.registry_events import TOPIC, FirmKind

from progress_store.queries.computation import Asked, Computation, Kind
from progress_store.queries.lawyers import OPEN, PRACTISING, standing

_NOT_REVOKED = standing("f", "firm_id", "firm", "s.kind = 'revocation'")

# $4 kinds that are firms, $5 whether branches add to their head office, $6 the least head-count.
_BY_HEADCOUNT = f"""
WITH heads AS (
    SELECT p.firm_id, count(*) AS headcount FROM practices p
    WHERE p.firm_id IS NOT NULL AND {PRACTISING}
    GROUP BY p.firm_id
), branches AS (
    SELECT f.parent_firm_id AS firm_id, count(*) AS branches, sum(h.headcount)::bigint AS headcount
    FROM firm_periods f JOIN heads h ON h.firm_id = f.firm_id
    WHERE $5 AND f.kind = '{FirmKind.BRANCH.value}' AND f.parent_firm_id IS NOT NULL AND {OPEN.format(t="f")}
      AND {_NOT_REVOKED}
    GROUP BY f.parent_firm_id
)
SELECT f.firm_id AS row_id, f.region, %s AS counted, f.kind,
       coalesce(h.headcount, 0) + coalesce(b.headcount, 0) AS headcount,
       coalesce(b.headcount, 0) AS headcount_of_branches
FROM firm_periods f
LEFT JOIN heads h ON h.firm_id = f.firm_id
LEFT JOIN branches b ON b.firm_id = f.firm_id
WHERE f.kind = ANY($4::text[]) AND {OPEN.format(t="f")} AND {_NOT_REVOKED}
  AND coalesce(h.headcount, 0) + coalesce(b.headcount, 0) >= $6
"""

_RECOGNISED = (
    "EXISTS (SELECT 1 FROM recognitions r WHERE r.member_id = f.firm_id "
    f"AND r.kind = '{RecognitionKind.COMPREHENSIVE_FIRM.value}' AND {OPEN.format(t='r')})"
)


def _least_headcount(indicator_id: str) -> int:
    target = plan().target_of_indicator(indicator_id)
    if target is None or target.threshold is None:
        raise ValueError(f"{indicator_id} has no threshold")
    # 以上 includes the number, 超过 excludes it.
    return target.threshold.value + (target.threshold.op is Operator.MORE_THAN)


def _kinds(*, with_branches: bool) -> list[str]:
    left_out = {FirmKind.FOREIGN_OFFICE} | (set() if with_branches else {FirmKind.BRANCH})
    return [kind.value for kind in FirmKind if kind not in left_out]


def _by_headcount(indicator_id: str, *, recognised: bool) -> Computation:
    least = _least_headcount(indicator_id)

    def arguments(asked: Asked) -> tuple[Any, ...]:
        policy = asked.policy
        return (
            asked.as_of,
            list(plan().policy_parameters.firm_headcount_categories.default),
            policy.without_suspended,
            _kinds(with_branches=policy.count_branch_as_firm),
            policy.headcount_scope != "head-office-only",
            least,
        )

    return Computation(
        indicator_id=indicator_id,
        topic=TOPIC,
        kind=Kind.COUNT,
        rows=_BY_HEADCOUNT % (_RECOGNISED if recognised else "true"),
        arguments=arguments,
        columns=("firm_id", "kind", "headcount", "headcount_of_branches"),
        parameters=("count_suspended", "headcount_scope", "count_branch_as_firm")
        + (("range_attained_from",) if recognised else ()),
        needs_list=(RecognitionKind.COMPREHENSIVE_FIRM,) if recognised else (),
        headcounts=("headcount", "headcount_of_branches"),
        at_threshold=recognised,
    )


def _of_kind(indicator_id: str, kind: FirmKind, *, is_range: bool) -> Computation:
    return Computation(
        indicator_id=indicator_id,
        topic=TOPIC,
        kind=Kind.COUNT,
        rows="SELECT f.firm_id AS row_id, f.region, true AS counted, f.kind, f.from_on FROM firm_periods f "
        f"WHERE f.kind = $2 AND {OPEN.format(t='f')} AND {_NOT_REVOKED}",
        arguments=lambda asked: (asked.as_of, kind.value),
        columns=("firm_id", "kind", "from_on"),
        parameters=("range_attained_from",) if is_range else (),
    )


def _listed(
    indicator_id: str, kind: RecognitionKind, *, is_range: bool = False, has_field: bool = False
) -> Computation:
    """A firm on two lists of the kind counts once, with the day since when and the field of the one it joined last."""
    return Computation(
        indicator_id=indicator_id,
        topic=TOPIC,
        kind=Kind.COUNT,
        rows="SELECT DISTINCT ON (f.firm_id) f.firm_id AS row_id, f.region, true AS counted, f.kind, "
        "r.from_on AS recognised_on, r.field "
        "FROM firm_periods f JOIN recognitions r ON r.member_id = f.firm_id AND r.kind = $2 "
        f"WHERE {OPEN.format(t='f')} AND {OPEN.format(t='r')} AND {_NOT_REVOKED} "
        "ORDER BY f.firm_id, r.from_on DESC, r.recognition_id",
        arguments=lambda asked: (asked.as_of, kind.value),
        columns=("firm_id", "kind", "recognised_on") + (("field",) if has_field else ()),
        parameters=("range_attained_from",) if is_range else (),
        needs_list=(kind,),
    )


FIRMS_OF_100 = _by_headcount("M05-I1", recognised=False)
FIRMS_OF_200 = _by_headcount("M05-I2", recognised=False)
COMPREHENSIVE_FIRMS = _by_headcount("M05-I3", recognised=True)
JOINT_VENTURES = _of_kind("M10-I2", FirmKind.HK_MACAO_JOINT_VENTURE, is_range=False)
FOREIGN_OFFICES = _of_kind("M10-I3", FirmKind.FOREIGN_OFFICE, is_range=True)

SPECIALISED_FIRMS = _listed("M06-I1", RecognitionKind.SPECIALISED_FIRM)
BOUTIQUES = _listed("M06-I2", RecognitionKind.BOUTIQUE_FIRM, has_field=True)
FIRMS_OF_PROVINCIAL_INFLUENCE = _listed("W1-I1", RecognitionKind.PROVINCIAL_INFLUENCE_FIRM, is_range=True)
LOCAL_SPECIALISED_FIRMS = _listed("W1-I2", RecognitionKind.SPECIALISED_FIRM)

REORGANISATIONS = Computation(
    indicator_id="M05-I4",
    topic=TOPIC,
    kind=Kind.COUNT,
    # One merger may absorb several firms: it is told by each of them and counts once.
    rows="SELECT DISTINCT ON (coalesce(o.case_id, o.reorganisation_id)) o.reorganisation_id AS row_id, o.region, "
    "true AS counted, o.kind, o.case_id, o.firm_id, o.effective_on FROM reorganisations o "
    "WHERE o.effective_on >= $1 AND o.effective_on <= $2 "
    "ORDER BY coalesce(o.case_id, o.reorganisation_id), o.reorganisation_id",
    arguments=lambda asked: (asked.period.from_on, asked.period.until_on),
    columns=("reorganisation_id", "kind", "case_id", "firm_id", "effective_on"),
    has_period=True,
)

BRANCHES_IN_THE_DISTRICT = Computation(
    indicator_id="M07-I2",
    topic=TOPIC,
    kind=Kind.COUNT,
    rows="SELECT f.firm_id AS row_id, f.region, true AS counted, f.county, f.outside_parent, f.from_on "
    f"FROM firm_periods f WHERE f.established AND f.kind = '{FirmKind.BRANCH.value}' AND f.in_legal_district "
    "AND f.from_on >= $1 AND f.from_on <= $2",
    arguments=lambda asked: (asked.period.from_on, asked.period.until_on),
    columns=("firm_id", "county", "outside_parent", "from_on"),
    has_period=True,
)

BRANCHES_OF_OUTSIDE_FIRMS = Computation(
    indicator_id="M09-I3",
    topic=TOPIC,
    kind=Kind.COUNT,
    rows="SELECT f.firm_id AS row_id, f.region, true AS counted, f.county, f.from_on FROM firm_periods f "
    f"WHERE f.kind = '{FirmKind.BRANCH.value}' AND f.outside_parent AND {OPEN.format(t='f')} AND {_NOT_REVOKED}",
    arguments=lambda asked: (asked.as_of,),
    columns=("firm_id", "county", "from_on"),
)

FIRMS_THAT_PASSED = Computation(
    indicator_id="M14-I2",
    topic=TOPIC,
    kind=Kind.RATIO,
    # Published grades alone: an indicator must not tell what has not been published.
    rows=f"""
SELECT a.assessment_id AS row_id, a.region, a.grade = '{Grade.FIRM_PASSED.value}' AS counted, a.subject_id AS firm_id,
       a.year, a.grade, a.published_on
FROM assessments a
WHERE a.kind = '{AssessedKind.FIRM.value}' AND a.grade IS NOT NULL AND a.published_on <= $1
  AND a.year = (SELECT max(l.year) FROM assessments l WHERE l.kind = a.kind AND l.grade IS NOT NULL
                AND l.published_on <= $1)
""",
    arguments=lambda asked: (asked.as_of,),
    columns=("assessment_id", "firm_id", "year", "grade", "published_on"),
)

FIRMS_WITH_A_SUPERVISOR = Computation(
    indicator_id="M12-I3",
    topic=TOPIC,
    kind=Kind.RATIO,
    # In practice is a firm with a licence on the day. One that is closed for a time (停业整顿) keeps licence and
    # supervisor: it stays among them, and the number tells of no sanction.
    rows=f"""
SELECT f.firm_id AS row_id, f.region, s.appointment_id IS NOT NULL AS counted, f.kind, s.from_on AS supervised_from
FROM firm_periods f
LEFT JOIN LATERAL (
    SELECT a.appointment_id, a.from_on FROM supervisors a WHERE a.firm_id = f.firm_id AND {OPEN.format(t="a")}
    ORDER BY a.from_on, a.appointment_id LIMIT 1
) s ON true
WHERE f.kind = ANY($2::text[]) AND {OPEN.format(t="f")} AND {_NOT_REVOKED}
""",
    arguments=lambda asked: (asked.as_of, _kinds(with_branches=asked.policy.count_branch_as_firm)),
    columns=("firm_id", "kind", "supervised_from"),
    parameters=("count_branch_as_firm",),
)
