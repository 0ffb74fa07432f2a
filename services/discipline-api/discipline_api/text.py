"""Free text and names: storable, tidy, and without numbers that identify or reach a person."""

import re
import unicodedata
from typing import Annotated

from common.http import Invalid
from contracts.identifiers import normalise_name
from pydantic import AfterValidator, Field

# An all-digit credit code is caught too: it has a field of its own and is not needed in text.
_ID_NUMBER = re.compile(r"(?<![0-9])[0-9]{17}[0-9Xx](?![0-9A-Za-z])")
_PROVINCE = "(?:1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91)"
_BORN = "(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_OLD_ID_NUMBER = re.compile(f"(?<![0-9]){_PROVINCE}[0-9]{{6}}{_BORN}[0-9]{{3}}(?![0-9])")
_ID_IN_PIECES = re.compile(f"(?<![0-9]){_PROVINCE}[0-9]{{4}}(?:19|20)[0-9]{{2}}{_BORN}[0-9]{{3}}[0-9Xx](?![0-9])")
_MOBILE = re.compile(r"(?<![0-9])(?:0|(?:00)?86)?1[3-9][0-9]{9}(?![0-9])")
_MOBILE_IN_GROUPS = re.compile(r"(?<![0-9])1[3-9][0-9][\s\-][0-9]{4}[\s\-][0-9]{4}(?![0-9])")
_LANDLINE = re.compile(r"(?<![0-9])\(?0[0-9]{2,3}\)?[\s\-—]?[0-9]{7,8}(?![0-9])")
_CARD = re.compile(r"(?<![0-9])[0-9]{16}([0-9]{2,3})?(?![0-9])")  # 17 digits are a licence number
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+")
_HANDLE = re.compile(r"(?:微信|[vw]信|wechat|qq|扣扣)号?码?[:为是]?\s*[a-z0-9_\-]{5,}", re.IGNORECASE)
_CHILD = re.compile(
    r"(?<![0-9十])(1[0-7Oo]|[0-9])[周虚]?[岁歲]"
    r"|(?<![0-9一二三四五六七八九十])(十[一二三四五六七]?|[一二三四五六七八九两])[周虚]?[岁歲]"
    r"|个月大|小学生|初中生|(小学|初中)[一二三四五六1-6]年级|初[一二三1-3][男女学]生"
)
_HIDING = re.compile(r"(?<=[0-9])[\s·.\-_—–*/]+(?=[0-9Xx])")
_PIECES = re.compile(r"(?<=[0-9])(?:\W{1,3}|\W?[年月日]\W?)(?=[0-9Xx])")
_UNSEEN = frozenset({"Cf", "Mn", "Me"})
_CAPITALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾", "一二三四五六七八九十")
_SPOKEN = str.maketrans("〇零一二三四五六七八九幺", "001234567891")
_LIKE_DIGITS = str.maketrans("OoОоΟοIlІ", "000000111")
_ALMOST_DIGITS = re.compile("[0-9OoОоΟοIlІ]{11,18}")
_BRACKETS = str.maketrans("[]()【】", "〔〕〔〕〔〕")


def as_read(text: str) -> str:
    """As a reader sees it: one width, nothing that is not seen, digits of whatever script, also O for 0 among them."""
    seen = "".join(
        str(unicodedata.digit(char)) if char.isdigit() else char
        for char in unicodedata.normalize("NFKC", text)
        if unicodedata.category(char) not in _UNSEEN
    )
    return _ALMOST_DIGITS.sub(lambda found: found.group().translate(_LIKE_DIGITS), seen.translate(_CAPITALS))


def as_spoken(text: str) -> str:
    """`as_read`, and 一三八 as 138."""
    return as_read(text).translate(_SPOKEN)


def without_personal_numbers(text: str) -> str:
    """Looked at as a reader would, as it stands and joined: dates beside each other become long digit strings, too."""
    for plain in (as_read(text), as_spoken(text)):
        seen = _HIDING.sub("", plain)
        joined = any(number.search(view) for number in (_ID_NUMBER, _OLD_ID_NUMBER) for view in (plain, seen))
        if joined or _ID_IN_PIECES.search(_PIECES.sub("", plain)):
            raise Invalid("文字中不得出现身份证号", "must not hold an ID number")
        if _MOBILE.search(plain) or _MOBILE_IN_GROUPS.search(plain):
            raise Invalid("文字中不得出现手机号码", "must not hold a mobile phone number")
    return text


def fit_for_the_public(text: str) -> str:
    """Stricter than for a file: no way to reach, pay or recognise anybody, and no child. A reviewer looks for names."""
    without_personal_numbers(text)
    read, spoken = as_read(text), as_spoken(text)
    for plain in (read, spoken):
        seen = _HIDING.sub("", plain)
        if any(number.search(view) for number in (_MOBILE, _LANDLINE) for view in (plain, seen)):
            raise Invalid("公开文字中不得出现电话号码", "must not hold a telephone number")
        if _MOBILE.search(_PIECES.sub("", plain)):
            raise Invalid("公开文字中不得出现电话号码", "must not hold a telephone number")
        if _CARD.search(seen):
            raise Invalid("公开文字中不得出现银行账号等长号码", "must not hold an account number")
        if _CHILD.search(re.sub(r"\s", "", plain)):
            raise Invalid(
                "公开文字中不得出现未成年人的年龄等可识别其身份的信息（未成年人保护法第一百零三条）",
                "must not hold the age of a child or what else might identify one",
            )
    if _EMAIL.search(read) or _HANDLE.search(read):
        raise Invalid("公开文字中不得出现电子邮箱、微信号等联系方式", "must not hold an e-mail address or chat account")
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
