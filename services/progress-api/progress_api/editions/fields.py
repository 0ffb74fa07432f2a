"""Bodies of requests about editions."""

import re
from datetime import date
from typing import Annotated

from common.clock import LegalDay
from common.http import Invalid, RequestModel
from contracts.plan import UnknownPlanId, plan
from pydantic import AfterValidator, Field

from progress_api.bulletins.release import may_release_regions

_NUMBER = re.compile(r"[^\W\d_]{1,20}〔(19|20)\d{2}〕[1-9]\d{0,4}号")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def _period(text: str) -> str:
    years = plan().meta.period
    if not years.start_year <= int(text[:4]) <= years.end_year:
        raise Invalid(
            f"应在方案期内（{years.start_year}年至{years.end_year}年）",
            f"must lie within the plan's years, {years.start_year} to {years.end_year}",
        )
    return text


def _regional(indicator_id: str) -> str:
    try:
        indicator = plan().indicator(indicator_id)
    except UnknownPlanId as error:
        raise Invalid("方案中没有这个指标", "the plan has no such indicator") from error
    if not may_release_regions(indicator):
        raise Invalid("不是由各地分别报送的指标", "is not an indicator that regions report")
    return indicator_id


def checked_number(text: str) -> str:
    if not _NUMBER.fullmatch(text):
        raise Invalid("应为发文字号，如 豫司文〔2026〕12号", "must be a document number, such as 豫司文〔2026〕12号")
    return text


def _told(text: str) -> str:
    if text.startswith(_FORMULA):
        raise Invalid("不得以 = + - @ 开头", "must not begin with = + - or @, which tables take for a formula")
    return text


Period = Annotated[str, Field(pattern=r"^20\d{2}-(?:0[1-9]|1[0-2])$", examples=["2026-10"]), AfterValidator(_period)]
ReasonText = Annotated[str, Field(min_length=2, max_length=1000), AfterValidator(_told)]


class DraftEdition(RequestModel):
    """regional: reported indicators whose numbers are published by region this time; small ones stay untold."""

    period: Period
    as_of: date | None = Field(None, description="截止日，默认该月最后一日或者今日 / day, the month's last by default")
    regional: list[Annotated[str, AfterValidator(_regional)]] = Field(default_factory=list, max_length=86)


class ReturnEdition(RequestModel):
    reason: ReasonText


class IssueEdition(RequestModel):
    document_number: Annotated[str, AfterValidator(checked_number)] = Field(examples=["豫司文〔2026〕12号"])
    issued_on: LegalDay | None = Field(None, description="签发日期，默认今日 / today by default")


class WithdrawEdition(RequestModel):
    """reason: is published in the edition's place."""

    reason: ReasonText
