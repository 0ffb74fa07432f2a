"""Bodies of requests about tables."""

from collections.abc import Sequence
from typing import Annotated, Self

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.statistics import Bound, Confidence, Convention
from pydantic import AfterValidator, Field, model_validator

from progress_api.statistics.domain import Content, Figure

_LINKS = ("://", "www.", "http:", "https:")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
MOST_LAWYERS = 100_000_000


def _text(value: str) -> str:
    if any(link in value.lower() for link in _LINKS):
        raise Invalid(
            "不得填写网址，请写明出处（发布机关、标题、文号或刊期）", "must not be an address: cite the source"
        )
    if not value.isprintable():
        raise Invalid("不能含有换行等控制字符", "must not hold control characters")
    if value.startswith(_FORMULA):
        raise Invalid("不得以 = + - @ 开头", "must not begin with = + - or @, which tables take for a formula")
    return value


Words = Annotated[str, Field(min_length=2, max_length=200), AfterValidator(_text)]
Remark = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_text)]


class FigureBody(RequestModel):
    province: str = Field(pattern=r"^\d{6}$", description="GB/T 2260 代码 / code", examples=["410000"])
    lawyers: int = Field(ge=0, le=MOST_LAWYERS, description="人数，不以万计 / persons", strict=True)
    bound: Bound = Bound.EXACT
    note: Remark | None = None


class Source(RequestModel):
    """Where a table comes from, and what it says beside its rows."""

    title: Words
    issuer: Words = Field(description="发布机关 / who issued it", examples=["司法部"])
    citation: Words = Field(description="出处，不含网址 / citation, no address")
    published_on: LegalDay
    confidence: Confidence
    national_total: int | None = Field(default=None, gt=0, le=MOST_LAWYERS)
    national_bound: Bound | None = None
    note: Remark | None = None

    @model_validator(mode="after")
    def _total_bounded(self) -> Self:
        if (self.national_total is None) != (self.national_bound is None):
            raise Invalid("national_total 与 national_bound 应同时填写", "national_bound goes with national_total")
        return self

    def content(self, figures: Sequence[Figure]) -> Content:
        return Content(
            title=self.title,
            issuer=self.issuer,
            citation=self.citation,
            published_on=self.published_on,
            confidence=self.confidence,
            figures=tuple(figures),
            national_total=self.national_total,
            national_bound=self.national_bound,
            note=self.note,
        )


class NewSource(Source):
    year: int = Field(ge=1980, le=2200, description="年末数据所属年度 / at whose end")
    convention: Convention


class CorrectTable(Source):
    figures: list[FigureBody] = Field(min_length=1, max_length=100)

    def read(self) -> list[Figure]:
        return [Figure(each.province, each.lawyers, each.bound, each.note) for each in self.figures]


class EnterTable(NewSource, CorrectTable):
    pass


class ConfirmTable(RequestModel):
    accept_doubts: bool = Field(default=False, description="疑点已核对 / the doubts have been looked into")


class WithdrawTable(RequestModel):
    reason: Words
