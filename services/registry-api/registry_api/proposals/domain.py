"""What may still be done with a proposal, and by whom."""

from enum import StrEnum

from registry_api.register.refusals import Refused


class RejectionCode(StrEnum):
    DOCUMENTS_INCOMPLETE = "documents-incomplete"  # 材料不齐
    CONDITIONS_NOT_MET = "conditions-not-met"  # 不符合法定条件
    FACTS_DIFFER = "facts-differ"  # 与事实不符
    NOT_COMPETENT = "not-competent"  # 不属本机关管辖
    SUPERSEDED = "superseded"  # 记录已变更，须重新提出
    OTHER = "other"  # 其他


_CLOSED_ZH = {"approved": "已批准", "rejected": "已退回", "withdrawn": "已撤回"}


def check_open(state: str) -> None:
    if state != "open":
        raise Refused(
            "proposal-closed", f"该提案{_CLOSED_ZH[state]}", f"the proposal has been {state} already", conflict=True
        )


def check_second_officer(proposed_by: str, acting: str) -> None:
    # An identity service that takes names in any case would make two officers of one.
    if proposed_by.strip().casefold() == acting.strip().casefold():
        raise Refused(
            "second-officer-required",
            "提出人不得批准或退回自己的提案，须由另一名工作人员办理；本人可以撤回",
            "who proposed it may neither approve nor reject it, another officer does; its proposer may withdraw it",
            conflict=True,
        )


def check_proposer(proposed_by: str, acting: str) -> None:
    if proposed_by != acting:
        raise Refused(
            "proposer-only",
            "只有提出人可以撤回提案；其他工作人员可以退回",
            "only who proposed it may withdraw it; another officer may reject it",
            conflict=True,
        )
