"""Free text and names: storable, tidy, and without numbers that identify or reach a person."""

import re
import unicodedata
from typing import Annotated

from common.http import Invalid
from contracts.identifiers import normalise_name
from pydantic import AfterValidator, Field

# An all-digit credit code is caught too: it has a field of its own and is not needed in text.
_ID_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])0[0-9]{2,3}[\s\-—]?[0-9]{7,8}(?![0-9])")
_CARD = re.compile(r"(?<![0-9])[0-9]{16}([0-9]{2,3})?(?![0-9])")  # 17 digits are a licence number
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_CHILD = re.compile(
    r"(?<![0-9])(1[0-7]|[0-9])周?岁|(?<![一二三四五六七八九十])(十[一二三四五六七]?|[一二三四五六七八九两])周?岁"
)
_HIDING = re.compile(r"(?<=[0-9])[\s\u200b-\u200f\u2060\ufeff·.\-_—–*/]+(?=[0-9Xx])")
_BRACKETS = str.maketrans("[]()【】", "〔〕〔〕〔〕")


def without_personal_numbers(text: str) -> str:
    """Digits are looked at as a reader would: full width made half, spaces and dashes between them dropped."""
    seen = _HIDING.sub("", unicodedata.normalize("NFKC", text))
    # Dates beside each other join up to long digit strings, so the text is looked at as it stands, too.
    plain = unicodedata.normalize("NFKC", text)
    if _ID_NUMBER.search(seen) or _ID_NUMBER.search(plain):
        raise Invalid("文字中不得出现身份证号", "must not hold an ID number")
    if _MOBILE.search(plain):
        raise Invalid("文字中不得出现手机号码", "must not hold a mobile phone number")
    return text


def fit_for_the_public(text: str) -> str:
    """Stricter than for a file: no way to reach, pay or recognise anybody, and no child. A reviewer looks for names."""
    without_personal_numbers(text)
    plain = unicodedata.normalize("NFKC", text)
    seen = _HIDING.sub("", plain)
    if _MOBILE.search(seen) or _LANDLINE.search(plain) or _LANDLINE.search(seen):
        raise Invalid("公开文字中不得出现电话号码", "must not hold a telephone number")
    if _CARD.search(seen):
        raise Invalid("公开文字中不得出现银行账号等长号码", "must not hold an account number")
    if _EMAIL.search(plain):
        raise Invalid("公开文字中不得出现电子邮箱", "must not hold an e-mail address")
    if _CHILD.search(re.sub(r"\s", "", plain)):
        raise Invalid(
            "公开文字中不得出现未成年人的年龄等可识别其身份的信息（未成年人保护法第一百零三条）",
            "must not hold the age of a child or what else might identify one",
        )
    return text


def document_key(document_number: str) -> str:
    """One spelling per 文号: 〔〕［］[]() alike, full width alike, no spaces."""
    plain = re.sub(r"[\s\u200b-\u200f\u2060\ufeff]+", "", unicodedata.normalize("NFKC", document_number))
    return plain.translate(_BRACKETS).upper()


def _name(text: str) -> str:
    name = normalise_name(text)
    if not name:
        raise Invalid("不能为空", "must not be empty")
    return without_personal_numbers(name)


def _document_number(text: str) -> str:
    if len(re.findall(r"[0-9]", document_key(text))) == 0:
        raise Invalid("文号应含有数字，如 郑司罚决字〔2026〕12号", "must hold a number, such as 郑司罚决字〔2026〕12号")
    return without_personal_numbers(text)


NameText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_name)]
DocumentNumber = Annotated[
    str, Field(min_length=4, max_length=80, examples=["郑司罚决字〔2026〕12号"]), AfterValidator(_document_number)
]
FreeText = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(without_personal_numbers)]
PublicText = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(fit_for_the_public)]
