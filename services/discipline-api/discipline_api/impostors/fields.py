"""Bodies of requests about practice without a licence. None of their values is repeated, logged, or shown by repr."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Annotated, Self

import orjson
from common.http import Invalid, RequestModel
from contracts.conduct import OrganKind
from contracts.counties import COUNTIES
from contracts.impostors import Department, impostor_conduct
from contracts.regions import REGIONS
from pydantic import AfterValidator, Field, model_validator

from discipline_api.impostors.domain import Fined
from discipline_api.impostors.terms import Dismissal, Outcome, ReferralKind, ReferralResult, Source, SuspectKind
from discipline_api.organs import Organ
from discipline_api.text import DocumentNumber, document_key

_BY_OFFICERS = frozenset(Source) - {Source.PUBLIC}


def _conduct(text: str) -> str:
    if text not in impostor_conduct():
        raise Invalid("行为代码不在所列范围内", "is not one of the listed kinds of conduct")
    return text


def _region(text: str) -> str:
    if text not in REGIONS:
        raise Invalid("地区代码不是河南省18个地区之一", "is not one of the 18 regions of Henan")
    return text


def _county(text: str) -> str:
    if text not in COUNTIES:
        raise Invalid("不是河南省县级行政区代码", "is not the code of a county-level unit of Henan")
    return text


ConductCodes = Annotated[
    list[Annotated[str, AfterValidator(_conduct)]],
    Field(min_length=1, max_length=8, description="见 /v1/impostor-clues/conduct"),
]
Text = Annotated[str, Field(min_length=1, max_length=20_000)]
Words = Annotated[str, Field(min_length=1, max_length=200)]
Yuan = Annotated[Decimal, Field(ge=0, max_digits=14, decimal_places=2)]


class Told(RequestModel):
    """Shown by no repr: it may end up in a traceback."""

    def __repr_args__(self) -> Iterator[tuple[str | None, object]]:
        return iter(())


class Place(Told):
    """Where it happens: the county's bureau where a county is named, else the city's."""

    region: Annotated[str, Field(examples=["410100"]), AfterValidator(_region)]
    county: Annotated[str | None, Field(examples=["410105"])] = None

    @model_validator(mode="after")
    def _county_is_of_the_region(self) -> Self:
        if self.county is not None and (_county(self.county) and COUNTIES[self.county].region != self.region):
            raise Invalid("该县（市、区）不属于所填地区（county）", "this county is not of that region (county)")
        return self

    def organ(self) -> Organ:
        if self.county is None:
            return Organ(OrganKind.BUREAU, self.region, "")
        return Organ(OrganKind.COUNTY_BUREAU, self.county, "")


class Suspect(Told):
    kind: SuspectKind
    name: Words
    address: Annotated[str | None, Field(max_length=500)] = None
    accounts: Annotated[str | None, Field(max_length=500, description="网络账号、电话等 / accounts, phone")] = None


class Informant(Told):
    name: Words
    contact: Words


class ReportClue(Place):
    """Anybody may; whoever gives no name gets an answer by his receipt all the same."""

    suspect: Suspect
    conduct: ConductCodes
    facts: Text
    informant: Informant | None = None

    def texts(self) -> dict[str, str]:
        """What is sealed, by place."""
        texts = {"suspect": self.suspect.model_dump_json(), "facts": self.facts}
        if self.informant is not None:
            texts["informant"] = self.informant.model_dump_json()
        return texts

    def canonical(self) -> bytes:
        return self.model_dump_json(exclude_defaults=True).encode()


class EnterClue(Told):
    """By an officer, for his own organ: from a department, by phone or on paper, or found by himself."""

    source: Source
    received_on: date
    source_received_on: date | None = None
    source_organ: Words | None = None
    source_number: Words | None = None
    suspect: Suspect
    conduct: ConductCodes
    facts: Text
    informant: Informant | None = None

    @model_validator(mode="after")
    def _by_an_officer(self) -> Self:
        if self.source not in _BY_OFFICERS:
            raise Invalid("群众网上举报由本人提交（source）", "what comes online is reported by the informant (source)")
        return self

    def texts(self) -> dict[str, str]:
        texts = {"suspect": self.suspect.model_dump_json(), "facts": self.facts}
        if self.informant is not None:
            texts["informant"] = self.informant.model_dump_json()
        if self.source_organ is not None or self.source_number is not None:
            texts["source"] = orjson.dumps({"organ": self.source_organ, "number": self.source_number}).decode()
        return texts

    def canonical(self) -> bytes:
        return self.model_dump_json(exclude_defaults=True).encode()


class HandOver(Place):
    pass


class EstablishConduct(Told):
    conduct: ConductCodes


class DismissClue(Told):
    dismissal: Dismissal
    text: Annotated[Text, Field(description="告知举报人的内容 / what the informant is told")]


class Refer(Told):
    kind: ReferralKind
    department: Department
    text: Text


class AcknowledgeReferral(Told):
    acknowledged_on: date
    number: Words
    received_by: Words

    def receipt(self) -> str:
        return orjson.dumps({"number": self.number, "received_by": self.received_by}).decode()


class TellReferralResult(Told):
    result: ReferralResult
    result_on: date
    text: Text


class DecideFine(Told):
    """责令停止、没收违法所得、罚款. All gains are confiscated."""

    document_number: DocumentNumber
    notified_on: date
    decided_on: date
    served_on: date
    gains_yuan: Yuan
    fine_yuan: Yuan

    def fined(self) -> Fined:
        return Fined(
            document_number=self.document_number,
            document_key=document_key(self.document_number),
            notified_on=self.notified_on,
            decided_on=self.decided_on,
            served_on=self.served_on,
            gains_yuan=self.gains_yuan,
            fine_yuan=self.fine_yuan,
        )


class CloseCase(Told):
    outcome: Outcome
    text: Annotated[Text, Field(description="告知举报人的内容 / what the informant is told")]
