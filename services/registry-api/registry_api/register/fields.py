"""Types of request fields: parsed by the contracts' identifiers, so that a refusal says precisely what is wrong."""

from typing import Annotated

from common.http import Invalid
from contracts.counties import COUNTIES
from contracts.identifiers import CreditCode, IdCard, InvalidIdentifier, LicenceNumber, normalise_name
from contracts.regions import PROVINCE, REGIONS
from pydantic import AfterValidator, Field, SecretStr


def _credit_code(text: str) -> str:
    try:
        return str(CreditCode.parse_firm(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


def _any_credit_code(text: str) -> str:
    try:
        return str(CreditCode.parse(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


def _licence_number(text: str) -> str:
    try:
        return str(LicenceNumber.parse(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


def _id_number(secret: SecretStr) -> SecretStr:
    try:
        IdCard.parse(secret.get_secret_value())
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error
    return secret


def _region(text: str) -> str:
    if text not in REGIONS:
        raise Invalid("地区代码不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return text


def _county(text: str) -> str:
    if text not in COUNTIES:
        raise Invalid("不是河南省县级行政区代码", "is not the code of a county-level unit of Henan")
    return text


def _organ(text: str) -> str:
    if text != PROVINCE and text not in REGIONS and text not in COUNTIES:
        raise Invalid("不是司法行政机关所在地区的代码", "is not the code of a region with a justice organ")
    return text


def _list_region(text: str) -> str:
    return text if text == PROVINCE else _region(text)


def _name(text: str) -> str:
    name = normalise_name(text)
    if not name:
        raise Invalid("不能为空", "must not be empty")
    return name


FirmCreditCode = Annotated[str, Field(max_length=64, examples=["31410000MD0123456X"]), AfterValidator(_credit_code)]
AnyCreditCode = Annotated[str, Field(max_length=64), AfterValidator(_any_credit_code)]
LicenceNumberText = Annotated[
    str, Field(max_length=64, examples=["14101201010123456"]), AfterValidator(_licence_number)
]
IdNumber = Annotated[SecretStr, AfterValidator(_id_number)]
RegionCode = Annotated[str, Field(examples=["410100"]), AfterValidator(_region)]
CountyCode = Annotated[str, Field(examples=["410105"]), AfterValidator(_county)]
OrganCode = Annotated[
    str,
    Field(examples=["410100"], description="主管机关的地区代码 / region of the supervising organ."),
    AfterValidator(_organ),
]
ListRegion = Annotated[str, Field(examples=["410000"]), AfterValidator(_list_region)]
"""One of the 18, or the province."""
PersonName = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_name)]
FirmNameText = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_name)]

__all__ = [
    "AnyCreditCode",
    "CountyCode",
    "FirmCreditCode",
    "FirmNameText",
    "IdNumber",
    "LicenceNumberText",
    "ListRegion",
    "OrganCode",
    "PersonName",
    "RegionCode",
]
