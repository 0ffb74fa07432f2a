"""Which organ may propose a change of the register, and which decides it: one readable table, deny by default.

Licences, establishment and what needs approval (核准) go from the city's bureau to the department (律师法 6, 10,
18, 19, 21, 22); what is filed (备案) stays with the bureau that keeps the file.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from common.auth import Principal

from registry_api.permissions import Action, allowed


class ChangeKind(StrEnum):
    FIRM_ESTABLISHMENT = "firm-establishment"
    FIRM_CHANGE = "firm-change"
    FIRM_FILING = "firm-filing"
    FIRM_END = "firm-end"
    FIRM_MERGER = "firm-merger"
    FIRM_SPLIT = "firm-split"
    FIRM_CORRECTION = "firm-correction"
    LAWYER_LICENCE = "lawyer-licence"
    LAWYER_RELICENCE = "lawyer-relicence"
    LAWYER_MOVE = "lawyer-move"
    LAWYER_CATEGORY = "lawyer-category"
    LAWYER_LICENCE_END = "lawyer-licence-end"
    LAWYER_DETAILS = "lawyer-details"
    LAWYER_CORRECTION = "lawyer-correction"
    PERSON_MERGER = "person-merger"
    PERSON_RESTORATION = "person-restoration"


@dataclass(frozen=True, slots=True)
class Competence:
    """Kinds of organisation, each within its region; who proposed never decides himself, whatever his organ."""

    zh: str
    proposes: frozenset[str]
    decides: frozenset[str]


_BOTH = frozenset({"bureau", "department"})
_DEPARTMENT = frozenset({"department"})

COMPETENCE: Mapping[ChangeKind, Competence] = MappingProxyType(
    {
        ChangeKind.FIRM_ESTABLISHMENT: Competence("设立登记", _BOTH, _DEPARTMENT),
        ChangeKind.FIRM_CHANGE: Competence("变更核准", _BOTH, _DEPARTMENT),
        ChangeKind.FIRM_FILING: Competence("变更备案", _BOTH, _BOTH),
        ChangeKind.FIRM_END: Competence("终止注销", _BOTH, _DEPARTMENT),
        ChangeKind.FIRM_MERGER: Competence("合并", _BOTH, _DEPARTMENT),
        ChangeKind.FIRM_SPLIT: Competence("分立", _BOTH, _DEPARTMENT),
        ChangeKind.FIRM_CORRECTION: Competence("机构记录更正", _BOTH, _DEPARTMENT),
        ChangeKind.LAWYER_LICENCE: Competence("首次执业登记", _BOTH, _DEPARTMENT),
        ChangeKind.LAWYER_RELICENCE: Competence("重新执业登记", _BOTH, _DEPARTMENT),
        ChangeKind.LAWYER_MOVE: Competence("变更执业机构", _BOTH, _DEPARTMENT),
        ChangeKind.LAWYER_CATEGORY: Competence("变更执业类别", _BOTH, _DEPARTMENT),
        ChangeKind.LAWYER_LICENCE_END: Competence("注销执业证书", _BOTH, _DEPARTMENT),
        ChangeKind.LAWYER_DETAILS: Competence("个人事项备案", _BOTH, _BOTH),
        ChangeKind.LAWYER_CORRECTION: Competence("律师记录更正", _BOTH, _DEPARTMENT),
        ChangeKind.PERSON_MERGER: Competence("重复人员合并", _BOTH, _DEPARTMENT),
        ChangeKind.PERSON_RESTORATION: Competence("撤销人员合并", _BOTH, _DEPARTMENT),
    }
)


def may_propose(principal: Principal, kind: ChangeKind, region: str) -> bool:
    return principal.organisation_kind in COMPETENCE[kind].proposes and allowed(principal, Action.PROPOSE, region)


def may_decide(principal: Principal, kind: ChangeKind, region: str) -> bool:
    return principal.organisation_kind in COMPETENCE[kind].decides and allowed(principal, Action.DECIDE, region)
