"""Kinds of documents in a case, and the numbers they bear: documents.yaml, typed."""

from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from contracts.conduct import OrganKind, PenaltyKind
from contracts.counties import COUNTIES
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen
from contracts.regions import REGIONS


class DocumentType(LabelledEnum):
    """What stands in a case's file (文书种类)."""

    ACCEPTANCE_NOTICE = "acceptance-notice", "受理通知书", "notice of acceptance"
    REFUSAL_NOTICE = "refusal-notice", "不予受理通知书", "notice of refusal"
    FILING_APPROVAL = "filing-approval", "立案审批表", "approval of filing"
    INDUSTRY_FILING_NOTICE = "industry-filing-notice", "立案通知书", "notice of filing (association)"
    INQUIRY_RECORD = "inquiry-record", "调查笔录", "record of an inquiry"
    PENALTY_NOTICE = "penalty-notice", "行政处罚事先告知书", "prior notice of a penalty"
    HEARING_OFFER = "hearing-offer", "听证告知书", "offer of a hearing (association)"
    HEARING_NOTICE = "hearing-notice", "听证通知书", "notice of a hearing"
    HEARING_RECORD = "hearing-record", "听证笔录", "record of a hearing"
    LEGAL_REVIEW = "legal-review", "法制审核意见书", "opinion of legal review"
    DELIBERATION_RECORD = "deliberation-record", "集体讨论记录", "record of collective deliberation"
    PENALTY_DECISION = "penalty-decision", "行政处罚决定书", "decision on an administrative penalty"
    NO_PENALTY_DECISION = "no-penalty-decision", "不予行政处罚决定书", "decision on no penalty"
    SANCTION_DECISION = "sanction-decision", "处分决定书", "decision on an industry sanction"
    REVIEW_DECISION = "review-decision", "复查决定书", "decision on review (association)"
    SERVICE_PROOF = "service-proof", "送达回证", "proof of service"
    CLOSING_APPROVAL = "closing-approval", "结案审批表", "approval of closing"
    EVIDENCE = "evidence", "证据材料", "evidence"
    STATEMENT = "statement", "陈述申辩材料", "statement or defence"
    OTHER = "other", "其他材料", "other material"


class DocumentInfo(Frozen):
    code: DocumentType
    used_in: frozenset[PenaltyKind]
    series: str | None = None
    """代字 of the kind; none for what bears no number."""
    drafted: bool = False
    decides: bool = False
    """Part of imposing something: not for an organ that only proposes."""


class _File(Frozen):
    basis: Literal["design"]
    verified: Literal[False]
    source_zh: str
    source_en: str
    format: str
    prefixes: dict[OrganKind, str]
    shorts: dict[str, str]
    types: tuple[DocumentInfo, ...]


@lru_cache(maxsize=1)
def numbering() -> _File:
    """The table as a whole, with its source."""
    return _File.model_validate(load_yaml("documents.yaml"))


@lru_cache(maxsize=1)
def document_types() -> MappingProxyType[DocumentType, DocumentInfo]:
    found = {info.code: info for info in numbering().types}
    if found.keys() != set(DocumentType):
        raise ValueError("documents.yaml and DocumentType differ")
    return MappingProxyType(found)


def prefix_of(organ: OrganKind, region: str) -> str:
    """代字 of an organ: 郑司. `region` is one that the organ may have: 410000, one of the 18, or a county's."""
    rule = numbering().prefixes[organ]
    county = COUNTIES.get(region)
    return rule.format(short=numbering().shorts.get(region, ""), county="" if county is None else county.name_zh)


def document_number(organ: OrganKind, region: str, series: str, year: int, number: int) -> str:
    """As printed: 郑司罚决字〔2026〕12号."""
    if region not in REGIONS and organ in (OrganKind.BUREAU, OrganKind.CITY_ASSOCIATION):
        raise ValueError("not one of the 18 regions")
    return numbering().format.format(prefix=prefix_of(organ, region), series=series, year=year, number=number)
