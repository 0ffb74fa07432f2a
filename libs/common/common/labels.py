"""Closed lists whose members carry their names in both languages."""

from enum import StrEnum
from typing import Self


class LabelledEnum(StrEnum):
    """`NAME = "code", "中文", "English"`: the code goes into events and databases, the labels onto pages."""

    zh: str
    en: str

    # Defaults so that `Right("MEET")`, a look-up, passes the type checker.
    def __new__(cls, code: str, zh: str = "", en: str = "") -> Self:
        member = str.__new__(cls, code)
        member._value_ = code
        member.zh = zh
        member.en = en
        return member
