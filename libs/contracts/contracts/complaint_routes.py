"""Where complaints about lawyers go, and the right channel behind each wrong door: complaint_routes.yaml, typed."""

from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from contracts.conduct import conduct_codes
from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class Destination(LabelledEnum):
    """Who deals with a complaint."""

    BUREAU = "bureau", "司法局（行政处罚）", "bureau of justice (administrative penalty)"
    ASSOCIATION = "association", "律师协会（行业处分）", "lawyers association (industry sanction)"
    BOTH = "both", "司法局或律师协会", "bureau or association"


class ComplainedOf(LabelledEnum):
    """Whom or what somebody complains of; only the first two are at the right door."""

    LAWYER = "lawyer", "律师", "a lawyer"
    FIRM = "firm", "律师事务所", "a law firm"
    JUDICIAL_OFFICER = "judicial-officer", "法官、检察官", "a judge or prosecutor"
    JUDGMENT = "judgment", "裁判结果", "a judgment"
    NOTARY = "notary", "公证机构、公证员", "a notary"
    GRASSROOTS_WORKER = "grassroots-worker", "基层法律服务工作者", "a grass-roots legal service worker"
    UNLICENSED = "unlicensed", "没有律师执业证的人、法律咨询公司", "somebody without a licence"


class Channel(Frozen):
    """`service` and `path` where it is one of our own."""

    code: str
    zh: str
    en: str
    how_zh: str
    how_en: str
    service: Literal["rights", "discipline"] | None = None
    path: str | None = None


class Hint(Frozen):
    code: str
    zh: str
    en: str
    conduct: tuple[str, ...]
    goes_to: Destination


class Ground(Frozen):
    """Why complaints of these hints go there."""

    goes_to: Destination
    because_zh: str
    because_en: str
    source: str
    verified: bool


class Door(Frozen):
    """A wrong door, and the channels behind the right ones."""

    code: str
    zh: str
    en: str
    because_zh: str
    because_en: str
    channels: tuple[str, ...]
    source: str
    verified: bool


class _File(Frozen):
    hints: tuple[Hint, ...]
    grounds: tuple[Ground, ...]
    doors: tuple[Door, ...]
    channels: tuple[Channel, ...]


@lru_cache(maxsize=1)
def _file() -> _File:
    file = _File.model_validate(load_yaml("complaint_routes.yaml"))
    known = {channel.code for channel in file.channels}
    unknown = [code for door in file.doors for code in door.channels if code not in known]
    unknown += [code for hint in file.hints for code in hint.conduct if code not in conduct_codes()]
    if unknown:
        raise ValueError(f"complaint_routes.yaml names what is not there: {unknown}")
    return file


@lru_cache(maxsize=1)
def hints() -> MappingProxyType[str, Hint]:
    return MappingProxyType({hint.code: hint for hint in _file().hints})


@lru_cache(maxsize=1)
def channels() -> MappingProxyType[str, Channel]:
    return MappingProxyType({channel.code: channel for channel in _file().channels})


@lru_cache(maxsize=1)
def doors() -> MappingProxyType[str, Door]:
    return MappingProxyType({door.code: door for door in _file().doors})


def ground(goes_to: Destination) -> Ground:
    return next(row for row in _file().grounds if row.goes_to is goes_to)
