"""What is asked and what may be answered: never more than whether the things named belong together.

A caller who gave a number, a name and a firm learns whether all of them match, not which of them does not. Wordings for
"none" never suggest an impostor: numbers are mistyped, changed, or belong to categories that are not published.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType

from contracts.identifiers import InvalidIdentifier, LicenceNumber, normalise_name, normalise_number
from contracts.public_register import PUBLIC_CATEGORIES
from contracts.regions import PROVINCE_DIGITS, region_of_licence_digits

from registry_api.register.practice import MILITARY
from registry_api.register.standing import Standing


class Answer(StrEnum):
    MATCH = "match"
    MISMATCH = "mismatch"
    NOT_FOUND = "not_found"
    NOT_PUBLIC_CATEGORY = "not_public_category"
    OUTSIDE_THIS_REGISTER = "outside_this_register"
    MILITARY = "military"
    OLD_NUMBER_NOT_ON_FILE = "old_number_not_on_file"
    INTERN_NUMBER = "intern_number"
    LEGAL_WORKER_NUMBER = "legal_worker_number"
    FIRM_NUMBER = "firm_number"


class Status(StrEnum):
    """`licensed` where a day other than today is asked: whether a licence was suspended then is not told."""

    PRACTISING = "practising"
    SUSPENDED = "suspended"
    LICENSED = "licensed"
    NOT_LICENSED = "not_licensed"


MEANINGS: Mapping[Answer, tuple[str, str]] = MappingProxyType(
    {
        Answer.MATCH: (
            "所列各项与登记信息一致。",
            "What was given agrees with the register.",
        ),
        Answer.MISMATCH: (
            "所列各项与登记信息不完全一致；请核对后重新核验。",
            "Not everything that was given agrees with the register; check it and ask again.",
        ),
        Answer.NOT_FOUND: (
            "公开登记中没有这个证号。号码可能有误或尚未更新，不据此判断持证人身份；请向颁证机关核实。",
            (
                "The public register does not hold this number. It may be mistyped or not yet entered; this says"
                " nothing about the person. The licensing authority can tell."
            ),
        ),
        Answer.NOT_PUBLIC_CATEGORY: (
            "公职、公司、法律援助律师不在公开登记之列，此处既不确认也不否认；请向其所在单位或颁证机关核实。",
            (
                "Government, company and legal-aid lawyers are not in the public register; this neither confirms nor"
                " denies. The employer or the licensing authority can tell."
            ),
        ),
        Answer.OUTSIDE_THIS_REGISTER: (
            "该证号由其他省份颁发，不在本登记范围；请通过全国律师诚信信息公示平台或颁证省份查询。",
            (
                "The number was issued in another province and lies outside this register: ask the national platform"
                " 全国律师诚信信息公示平台, or the province that issued it."
            ),
        ),
        Answer.MILITARY: (
            "军队律师由军队主管机关管理，不在本登记范围。",
            "Military lawyers are registered by the armed forces, outside this register.",
        ),
        Answer.OLD_NUMBER_NOT_ON_FILE: (
            "12位旧执业证号未载入本登记；请以现行17位证号核验。",
            "This old 12-digit number is not on file here; ask with the present 17-digit number.",
        ),
        Answer.INTERN_NUMBER: (
            "14位号码为申请律师执业人员实习证号的格式；实习人员不是执业律师，由律师协会管理，请向律师协会核实。",
            (
                "A number of 14 digits has the form of an intern's certificate; interns are not lawyers. The lawyers"
                " association can tell."
            ),
        ),
        Answer.LEGAL_WORKER_NUMBER: (
            "以3开头的号码为基层法律服务工作者证号的格式；其不是律师，由司法行政机关另行登记。",
            (
                "A number that begins with 3 has the form of a basic-level legal worker's; they are not lawyers and are"
                " registered elsewhere by the justice administration."
            ),
        ),
        Answer.FIRM_NUMBER: (
            "以2开头的号码为律师事务所原许可证号的格式，不是律师执业证号；律师事务所请以统一社会信用代码核验。",
            (
                "A number that begins with 2 has the form of a firm's former licence, not of a lawyer's; firms are"
                " known by their credit code."
            ),
        ),
    }
)

STATUS_MEANINGS: Mapping[Status, tuple[str, str]] = MappingProxyType(
    {
        Status.PRACTISING: ("执业", "practising"),
        Status.SUSPENDED: ("停止执业", "suspended"),
        Status.LICENSED: ("持有执业证书", "licensed"),
        Status.NOT_LICENSED: ("未持有执业证书", "not licensed"),
    }
)


@dataclass(frozen=True, slots=True)
class Question:
    """`number` is normalised; name and firm as they were written."""

    number: str
    name: str
    as_of: date
    firm_name: str | None = None
    credit_code: str | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the register holds of a number: the person now, and the practice of the day asked for (none before it)."""

    lawyer_name: str
    current_number: str
    current_category: int
    current_region: str
    region: str | None
    category: int | None
    licensed: bool
    suspended: bool
    revoked: bool
    firm_name: str | None
    credit_code: str | None

    @property
    def standing(self) -> Standing:
        if not self.licensed or self.revoked:
            return Standing.ENDED
        return Standing.SUSPENDED if self.suspended else Standing.PRACTISING


@dataclass(frozen=True, slots=True)
class Result:
    """`status` and `number_is_former` with a match only."""

    answer: Answer
    status: Status | None = None
    number_is_former: bool | None = None


@dataclass(frozen=True, slots=True)
class Reader:
    """What the caller may see beyond the public, region by region."""

    may_see_closed: Callable[[str], bool]
    may_see_standing: Callable[[str], bool]


NOBODY = Reader(lambda _: False, lambda _: False)

_DIGITS = 17
_INTERN_DIGITS = 14
_LEGACY_DIGITS = 12
_FOREIGN_KINDS = {"2": Answer.FIRM_NUMBER, "3": Answer.LEGAL_WORKER_NUMBER}


def plain_number(text: str) -> str:
    """As it is where it is plain: normalising ten thousand numbers costs more than looking them up."""
    return text if len(text) == _DIGITS and text.isascii() and text.isdigit() else normalise_number(text)


def told_by_form(number: str, reader: Reader) -> Answer | None:
    """What the number tells by itself, without the register. Raises InvalidIdentifier where it is no number at all."""
    if not (number.isascii() and number.isdigit()):
        LicenceNumber.parse(number)
    if len(number) == _DIGITS:
        return _told_by_digits(number, reader)
    if len(number) == _INTERN_DIGITS:
        return Answer.INTERN_NUMBER
    if len(number) != _LEGACY_DIGITS:
        LicenceNumber.parse(number)
    return None


def _told_by_digits(number: str, reader: Reader) -> Answer | None:
    if (kind := _FOREIGN_KINDS.get(number[0])) is not None:
        return kind
    category = int(number[9])
    ours = number[0] == "1" and number[1:3] == PROVINCE_DIGITS
    if ours and category in PUBLIC_CATEGORIES:
        return None  # what is wrong with it is asked only where it is not found
    LicenceNumber.parse(number)
    if not ours:
        return Answer.OUTSIDE_THIS_REGISTER
    if category == MILITARY:
        return Answer.MILITARY
    region = region_of_licence_digits(number[1:5])
    return None if region is not None and reader.may_see_closed(region.code) else Answer.NOT_PUBLIC_CATEGORY


def judge(question: Question, found: Found | None, reader: Reader, today: date) -> Result:
    """Raises InvalidIdentifier where the number could never have been given out."""
    if found is None or not _may_see(found, reader):
        if len(question.number) == _LEGACY_DIGITS:
            return Result(Answer.OLD_NUMBER_NOT_ON_FILE)
        LicenceNumber.parse(question.number)
        return Result(Answer.NOT_FOUND)
    if not _agrees(question, found, reader):
        return Result(Answer.MISMATCH)
    return Result(
        Answer.MATCH,
        _status(question, found, reader, today),
        number_is_former=question.number != found.current_number,
    )


def _may_see(found: Found, reader: Reader) -> bool:
    return found.current_category in PUBLIC_CATEGORIES or reader.may_see_closed(found.current_region)


def _agrees(question: Question, found: Found, reader: Reader) -> bool:
    asks_where = question.firm_name is not None or question.credit_code is not None
    if asks_where and not _may_see_where(found, reader):
        return False
    return (
        same_name(question.name, found.lawyer_name)
        and (question.firm_name is None or same_name(question.firm_name, found.firm_name))
        and (question.credit_code is None or question.credit_code == found.credit_code)
    )


def _may_see_where(found: Found, reader: Reader) -> bool:
    """Who is in a law firm now may have been with a company or an authority then: that is not public either."""
    return found.category is None or found.category in PUBLIC_CATEGORIES or reader.may_see_closed(found.region or "")


def _status(question: Question, found: Found, reader: Reader, today: date) -> Status:
    standing = found.standing
    if standing is Standing.ENDED:
        return Status.NOT_LICENSED
    if question.as_of != today and not reader.may_see_standing(found.region or found.current_region):
        return Status.LICENSED
    return Status.SUSPENDED if standing is Standing.SUSPENDED else Status.PRACTISING


def same_name(given: str, registered: str | None) -> bool:
    """Full-width letters, brackets, middle dots, spaces and capitals make no other name."""
    if registered is None:
        return False
    return given == registered or normalise_name(given).casefold() == normalise_name(registered).casefold()


__all__ = [
    "MEANINGS",
    "NOBODY",
    "STATUS_MEANINGS",
    "Answer",
    "Found",
    "InvalidIdentifier",
    "Question",
    "Reader",
    "Result",
    "Status",
    "judge",
    "plain_number",
    "same_name",
    "told_by_form",
]
