"""What practice without a licence is, who may act on it, and the bounds of the fine: impostors.yaml, typed."""

from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class Department(LabelledEnum):
    """Those who act together against practice without a licence."""

    POLICE = "police", "公安机关", "police"
    MARKET_REGULATION = "market-regulation", "市场监督管理部门", "market regulation"
    CYBERSPACE = "cyberspace", "网信部门", "cyberspace administration"
    COURT = "court", "人民法院", "court"
    PROCURATORATE = "procuratorate", "人民检察院", "procuratorate"
    TAX = "tax", "税务机关", "tax office"
    COMMUNICATIONS = "communications", "通信管理部门", "communications administration"
    LAWYERS_ASSOCIATION = "lawyers-association", "律师协会", "lawyers association"


class ImpostorConduct(Frozen):
    """One kind, and where it belongs: to the bureau, or to one of the departments named."""

    code: str
    zh: str
    en: str
    by_bureau: bool
    transfer_to: tuple[Department, ...]
    source: str
    verified: bool


class FineBounds(Frozen):
    """A multiple of the unlawful gains: without gains, no fine."""

    times_min: int
    times_max: int
    source: str
    verified: bool
    note_zh: str
    note_en: str

    def range(self, gains_yuan: Decimal) -> tuple[Decimal, Decimal]:
        return gains_yuan * self.times_min, gains_yuan * self.times_max

    def allows(self, gains_yuan: Decimal, fine_yuan: Decimal) -> bool:
        low, high = self.range(gains_yuan)
        return low <= fine_yuan <= high


class _File(Frozen):
    fine: FineBounds
    conduct: tuple[ImpostorConduct, ...]


@lru_cache(maxsize=1)
def _file() -> _File:
    return _File.model_validate(load_yaml("impostors.yaml"))


@lru_cache(maxsize=1)
def impostor_conduct() -> MappingProxyType[str, ImpostorConduct]:
    return MappingProxyType({row.code: row for row in _file().conduct})


def impostor_fine() -> FineBounds:
    return _file().fine
