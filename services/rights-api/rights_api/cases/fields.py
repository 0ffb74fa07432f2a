"""What bodies of several features hold. None of their values is repeated in a refusal, logged, or shown by repr."""

from typing import Annotated

from common.http import Invalid, RequestModel
from contracts.identifiers import InvalidIdentifier, LicenceNumber
from contracts.regions import REGIONS
from pydantic import AfterValidator, Field


def _region(text: str) -> str:
    if text not in REGIONS:
        raise Invalid("地区代码不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return text


def _licence_number(text: str) -> str:
    try:
        return str(LicenceNumber.parse(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


RegionCode = Annotated[str, Field(examples=["410100"]), AfterValidator(_region)]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]


class Complainant(RequestModel):
    name: Annotated[str, Field(min_length=1, max_length=100, repr=False)]
    licence_number: Annotated[str, Field(max_length=64, repr=False), AfterValidator(_licence_number)]
    contact: Annotated[str, Field(min_length=1, max_length=200, repr=False)]


def canonical(body: RequestModel) -> bytes:
    """The same for the same content, however it was written; a later optional field left out changes nothing."""
    return body.model_dump_json(exclude_defaults=True).encode()
