"""What is asked, what was found, and the sentences that go with it."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from contracts.discipline_events import SubjectKind
from contracts.working_days import SHANGHAI

from discipline_api.display.shown import RecordKind
from discipline_api.organs import Organ

TITLE = ("公示信息查询结果", "Result of a query of public disclosures")
NOT_A_CERTIFICATE = (
    "本文件是公示信息的查询结果，不是证明。",
    "This is the result of a query of public disclosures, not a certificate.",
)
NOT_COVERED = (
    (
        "已届满或者已撤回的公示不在查询范围内。",
        "Disclosures whose term is over or that were withdrawn are not covered.",
    ),
    (
        "依法不公开、尚未公开的处罚、处分和正在办理的案件不在查询范围内。",
        "Penalties and sanctions that are not public or not yet public, and open cases, are not covered.",
    ),
    (
        "河南省以外的机关公示的信息不在查询范围内。",
        "What organs outside Henan disclosed is not covered.",
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A lawyer by licence number or a firm by credit code."""

    kind: SubjectKind
    number: str


@dataclass(frozen=True, slots=True)
class Registered:
    """What the public register said of the number: `known` is None where it could not be asked."""

    known: bool | None
    name: str | None = None
    remark_zh: str = ""
    remark_en: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A record that was on display: its id and what of it may be printed while it stays there."""

    record_id: UUID
    body: dict[str, Any]
    digest: str
    """SHA-256 of the bytes the public read."""


@dataclass(frozen=True, slots=True)
class OtherRecord:
    """A conviction or a failed assessment on file, public or not: for the person itself."""

    record_id: UUID
    kind: RecordKind
    organ: Organ
    document_number: str
    effective_on: date
    published_on: date | None
    withdrawn_on: date | None
    gone_on: date


@dataclass(frozen=True, slots=True)
class Position:
    """The head of the disclosure log at which the answer was read."""

    tree_size: int
    root: str


@dataclass(frozen=True, slots=True)
class Since:
    """What the page behind the code adds to the result, as of its own instant.

    `new`: records on display now that were not then; `gone`: of those found then, how many are on display no more.
    """

    checked_at: datetime
    new: int
    gone: int

    @property
    def anything(self) -> bool:
        return self.new > 0 or self.gone > 0

    @property
    def sentence(self) -> tuple[str, str]:
        if not self.anything:
            return ("出具以来无变化。", "Nothing has come or gone since.")
        parts_zh, parts_en = [], []
        if self.new:
            parts_zh.append(f"新增公示{self.new}件")
            parts_en.append(f"{self.new} new on display")
        if self.gone:
            parts_zh.append(f"其中{self.gone}件已不再公示")
            parts_en.append(f"{self.gone} of those found no longer on display")
        return ("出具以来有变化：" + "，".join(parts_zh) + "。", "Changed since: " + ", ".join(parts_en) + ".")


def sentence(asked: Asked, found: int, at: datetime) -> tuple[str, str]:
    """The answer in words; the one that finds nothing says no more than that."""
    who_zh = "该执业证号" if asked.kind is SubjectKind.LAWYER else "该统一社会信用代码"
    who_en = "this licence number" if asked.kind is SubjectKind.LAWYER else "this credit code"
    when = moment_zh(at)
    if found == 0:
        return (
            f"截至{when}，在本系统向社会公示的信息中，未查询到{who_zh}的公示记录。",
            f"As of {at.isoformat()}, the public disclosure of this system holds no record of {who_en}.",
        )
    return (
        f"截至{when}，在本系统向社会公示的信息中，查询到{who_zh}的公示记录{found}件。",
        f"As of {at.isoformat()}, the public disclosure of this system holds {found} record(s) of {who_en}.",
    )


def moment_zh(at: datetime) -> str:
    """2026年6月10日12时00分 on the clock of China."""
    local = at.astimezone(SHANGHAI)
    return f"{local.year}年{local.month}月{local.day}日{local.hour}时{local.minute:02}分"


def day_zh(day: date | str) -> str:
    """2026年6月10日."""
    on = date.fromisoformat(day) if isinstance(day, str) else day
    return f"{on.year}年{on.month}月{on.day}日"
