"""Which of two results is heavier, and which is heavy enough for a hearing."""

from contracts.conduct import conduct, penalties
from contracts.discipline_events import Penalty, SubjectKind
from contracts.proceedings import number

from discipline_api.proceedings.facts import Penalising
from discipline_api.record.tariff import SUSPENSIONS, Imposed

MEMBERSHIP = frozenset({Penalty.MEMBERSHIP_SUSPENSION, Penalty.MEMBERSHIP_CANCELLATION})
_BESIDE = frozenset({Penalty.FINE, Penalty.CONFISCATION})
"""Imposed beside another penalty or alone; the others exclude or outrank each other."""
_ALWAYS_HEARD = SUSPENSIONS | {Penalty.REVOCATION}


def exceeds(result: Imposed, told: Imposed) -> bool:
    """Whether it goes beyond what the subject was told: in kind, in amount, or in length."""
    if _gravest(result) > _gravest(told):
        return True
    if (_BESIDE & set(result.kinds)) - set(told.kinds):
        return True
    longer = _gravest(result) == _gravest(told) and (result.suspension_months or 0) > (told.suspension_months or 0)
    return (
        longer
        or (result.fine_yuan or 0) > (told.fine_yuan or 0)
        or (result.confiscated_yuan or 0) > (told.confiscated_yuan or 0)
    )


def needs_hearing(imposed: Imposed, subject: SubjectKind) -> bool:
    """行政处罚法 63. Suspension from practice and the amounts are this system's reading."""
    large = number("large-fine-lawyer" if subject is SubjectKind.LAWYER else "large-fine-firm")
    return (
        bool(_ALWAYS_HEARD & set(imposed.kinds))
        or (imposed.fine_yuan or 0) >= large
        or (imposed.confiscated_yuan or 0) >= large
    )


def aggravated(penalising: Penalising) -> bool:
    """Whether a penalty comes from the tier for 情节严重 alone."""
    act = conduct(penalising.conduct_code)
    return bool(set(penalising.imposed.kinds) & act.aggravated - act.penalties)


def _gravest(imposed: Imposed) -> int:
    return max((penalties()[kind].rank for kind in imposed.kinds if kind not in _BESIDE), default=0)
