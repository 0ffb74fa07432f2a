"""When a document takes effect by each way of serving it (送达): service.yaml, and the day it comes to."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from contracts.deadlines import rule
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class ServiceWay(LabelledEnum):
    """By which way a document was served (送达方式)."""

    DIRECT = "direct", "直接送达", "in person"
    LEFT = "left", "留置送达", "left at the address"
    ENTRUSTED = "entrusted", "委托送达", "through another organ"
    FORWARDED = "forwarded", "转交送达", "through the unit that holds him"
    MAIL = "mail", "邮寄送达", "by post"
    ELECTRONIC = "electronic", "电子送达", "electronically"
    ANNOUNCEMENT = "announcement", "公告送达", "by public notice"


class SignedBy(LabelledEnum):
    """Who signed the receipt."""

    PARTY = "party", "受送达人", "the recipient"
    ADULT_RELATIVE = "adult-relative", "同住成年家属", "an adult relative who lives with him"
    REPRESENTATIVE = "representative", "代理人或指定代收人", "his agent or appointed receiver"
    HEAD_OF_UNIT = "head-of-unit", "单位负责人或收件人", "the head or receiver of the unit"


class LeftEvidence(LabelledEnum):
    """How it is proved that a refused document was left."""

    WITNESS = "witness", "见证人签名", "a witness has signed"
    RECORDING = "recording", "拍照、录像记录", "photographs or a recording"


class AnnouncementGround(LabelledEnum):
    """Why nothing but an announcement was left."""

    WHEREABOUTS_UNKNOWN = "whereabouts-unknown", "下落不明", "his whereabouts are unknown"
    OTHER_WAYS_FAILED = "other-ways-failed", "其他方式无法送达", "no other way succeeded"


class Way(Frozen):
    way: ServiceWay
    effective: Literal["received", "left", "reached", "announced"]
    needs: tuple[str, ...]
    source: str
    rule: str | None = None


class ServiceInvalid(ValueError):
    """`field` is the statement at fault."""

    def __init__(self, code: str, field: str, zh: str, en: str) -> None:
        super().__init__(en)
        self.code, self.field, self.zh, self.en = code, field, zh, en


@dataclass(frozen=True, slots=True)
class Act:
    """`on` is the day of the act: of receipt, of leaving, of reaching, of the announcement."""

    way: ServiceWay
    on: date
    signed_by: SignedBy | None = None
    left_evidence: LeftEvidence | None = None
    consent_on: date | None = None
    through: str | None = None
    """The organ or unit that hands it over."""
    posted_on: date | None = None
    announcement_ground: AnnouncementGround | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """The day on which the document is served, and why; no way was read in its source, so it says so."""

    way: ServiceWay
    on: date
    effective_on: date
    rule: str | None
    source: str
    verified: bool
    zh: str
    en: str


STATEMENTS = ("signed_by", "left_evidence", "consent_on", "through", "posted_on", "announcement_ground")
_WORDS = {
    "received": ("签收之日", "the day of receipt"),
    "left": ("留置之日", "the day it was left"),
    "reached": ("到达受送达人特定系统之日", "the day it reached the recipient's system"),
}
_UNREAD_ZH, _UNREAD_EN = "本条尚未核对原文", "not checked against its source"


@lru_cache(maxsize=1)
def ways() -> MappingProxyType[ServiceWay, Way]:
    found = {way.way: way for way in map(Way.model_validate, load_yaml("service.yaml")["ways"])}
    if found.keys() != set(ServiceWay):
        raise ValueError("service.yaml and ServiceWay differ")
    return MappingProxyType(found)


def check(act: Act) -> None:
    """Raises ServiceInvalid where a statement is missing, out of place, or later than the act."""
    needs = ways()[act.way].needs
    for name in STATEMENTS:
        stated = getattr(act, name) is not None
        if stated != (name in needs):
            raise ServiceInvalid(
                "value-out-of-place" if stated else "value-missing",
                name,
                f"{act.way.zh}{'不填写此项' if stated else '须填写此项'}",
                f"service {act.way.en} {'has no' if stated else 'needs'} {name}",
            )
    for name in ("consent_on", "posted_on"):
        before: date | None = getattr(act, name)
        if before is not None and before > act.on:
            raise ServiceInvalid(
                "dates-out-of-order", name, "不得晚于送达行为之日", "must not lie after the act of service"
            )


def effect(kind: ServiceWay, on: date) -> Effect:
    """The day to which service in this way comes; `on` as in `Act`."""
    way = ways()[kind]
    if way.rule is None:
        words_zh, words_en = _WORDS[way.effective]
        return Effect(
            kind, on, on, None, way.source, verified=False,
            zh=f"{kind.zh}：以{words_zh}为送达日期，即{on.isoformat()}（{way.source}，{_UNREAD_ZH}）。",
            en=f"{kind.en}: served on {words_en}, {on.isoformat()} ({way.source}, {_UNREAD_EN}).",
        )  # fmt: skip
    row = rule(way.rule)
    due = row.deadline(on).due_on
    return Effect(
        kind, on, due, way.rule, way.source, row.verified,
        f"{kind.zh}：自{on.isoformat()}发出公告之日起经过{row.value}日，于{due.isoformat()}视为送达"
        f"（{way.source}，{_UNREAD_ZH}）。",
        f"{kind.en}: announced on {on.isoformat()}, deemed served after {row.value} days, on {due.isoformat()} "
        f"({way.source}, {_UNREAD_EN}).",
    )  # fmt: skip
