"""Special partners (特殊合伙人): people who are partners of a firm without being lawyers, and never count as such."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from pydantic import TypeAdapter


class SpecialPartnerKind(StrEnum):
    """What a special partner contributes (plan, measure 14)."""

    TAX = "tax"  # 税务
    ACCOUNTING = "accounting"  # 会计
    PATENT = "patent"  # 专利代理
    ENGINEERING = "engineering"  # 工程造价
    MANAGEMENT = "management"  # 管理
    OTHER = "other"  # 其他


@dataclass(frozen=True, slots=True)
class SpecialPartner:
    name: str
    kind: SpecialPartnerKind
    qualification: str


_ADAPTER: Final = TypeAdapter(tuple[SpecialPartner, ...])


def special_partners_of(text: str | bytes) -> tuple[SpecialPartner, ...]:
    return _ADAPTER.validate_json(text)
