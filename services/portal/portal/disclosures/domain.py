"""What a reader may look up by, and how a penalty is told."""

from collections.abc import Mapping
from typing import Any, Literal

from contracts.disclosure import RecordKind
from contracts.identifiers import CreditCode, InvalidIdentifier, normalise_number, recognise_licence

KINDS = tuple((kind.value, kind.zh) for kind in RecordKind)
_LICENCE_DIGITS = (12, 17)

By = Literal["licence_number", "credit_code", "document_number"]


def question(text: str) -> tuple[By, str]:
    """A licence number and a credit code are known by their form; everything else is the number of a document."""
    number = normalise_number(text)
    if number.isdecimal() and len(number) in _LICENCE_DIGITS:
        try:
            return "licence_number", str(recognise_licence(number))
        except InvalidIdentifier:
            return "licence_number", number
    try:
        return "credit_code", str(CreditCode.parse(number))
    except InvalidIdentifier:
        return "document_number", text


def penalty(item: Mapping[str, Any]) -> str:
    """罚款 30,000 元; 停止执业 6 个月."""
    told = str(item["zh"])
    if (fine := item.get("fine_yuan")) is not None:
        told += f" {fine:,} 元"
    if (confiscated := item.get("confiscated_yuan")) is not None:
        told += f" {confiscated} 元"
    if (months := item.get("suspension_months")) is not None:
        told += f" {months} 个月"
    return told


def what(record: Mapping[str, Any]) -> str:
    """Of every kind of record: what was imposed, or found."""
    if "penalties" in record:
        return "、".join(penalty(item) for item in record["penalties"])
    if "conviction" in record:
        return f"{record['conviction']['court']}判处刑罚（{record['conviction']['offence_article']}）"
    return f"{record['assessment']['year']} 年度考核：{record['assessment']['grade_zh']}"
