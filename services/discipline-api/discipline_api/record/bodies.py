"""What requests say of a decision wherever they say it: the organ, whom it is about, what is imposed."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any

from common.http import Invalid, RequestModel
from contracts.conduct import OrganKind
from contracts.discipline_events import Penalty, SubjectKind
from contracts.identifiers import CreditCode, InvalidIdentifier, LicenceNumber
from pydantic import AfterValidator, Field

from discipline_api.organs import Organ
from discipline_api.record.domain import Subject
from discipline_api.record.tariff import WITH_TERM, Imposed
from discipline_api.refusals import Refused
from discipline_api.text import NameText


def _licence_number(text: str) -> str:
    try:
        number = LicenceNumber.parse(text)
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error
    if number.is_military:
        raise Invalid("军队律师不由本省机关处罚", "military lawyers are not sanctioned by organs of the province")
    return str(number)


def _credit_code(text: str) -> str:
    try:
        return str(CreditCode.parse_firm(text))
    except InvalidIdentifier as error:
        raise Invalid(error.zh, error.en) from error


LicenceNumberText = Annotated[str, Field(max_length=64), AfterValidator(_licence_number)]
FirmCreditCode = Annotated[str, Field(max_length=64), AfterValidator(_credit_code)]


class OrganBody(RequestModel):
    kind: OrganKind
    region: str = Field(pattern=r"^41\d{4}$", examples=["410100"], description="省级为 410000 / the province: 410000.")
    code: str = Field(min_length=1, max_length=64, description="机关代码，与令牌一致 / organisation id of the token.")

    def organ(self) -> Organ:
        return Organ(self.kind, self.region, self.code)


class SubjectBody(RequestModel):
    """Of a lawyer the licence number, of a firm the credit code. One model: a fault is told at its true path."""

    kind: SubjectKind
    licence_number: LicenceNumberText | None = None
    credit_code: FirmCreditCode | None = None
    name: NameText
    firm_name: NameText | None = Field(default=None, description="律师所在律所 / the lawyer's firm.")

    def subject(self) -> Subject:
        """Raises Refused where a value is missing, or does not belong to this kind of subject."""
        lawyer = self.kind is SubjectKind.LAWYER
        belongs("subject.licence_number", self.licence_number, needed=lawyer)
        belongs("subject.credit_code", self.credit_code, needed=not lawyer)
        if not lawyer:
            belongs("subject.firm_name", self.firm_name, needed=False)
        return Subject(**dict(self))


class PenaltyBody(RequestModel):
    kind: Penalty
    fine_yuan: int | None = Field(default=None, gt=0, le=10_000_000)
    confiscated_yuan: Decimal | None = Field(default=None, gt=0, max_digits=14, decimal_places=2)
    suspension_months: int | None = Field(default=None, ge=1, le=24)


def _each_once(penalties: list[PenaltyBody]) -> list[PenaltyBody]:
    if len({penalty.kind for penalty in penalties}) < len(penalties):
        raise Invalid("同一种类只能列一次", "lists a kind twice")
    return penalties


Penalties = Annotated[list[PenaltyBody], Field(min_length=1, max_length=6), AfterValidator(_each_once)]


def imposed(penalties: Sequence[PenaltyBody]) -> Imposed:
    def amount(name: str) -> Any:
        return next((value for p in penalties if (value := getattr(p, name)) is not None), None)

    return Imposed(
        tuple(penalty.kind for penalty in penalties),
        amount("fine_yuan"),
        amount("confiscated_yuan"),
        amount("suspension_months"),
    )


def check_amounts(penalties: Sequence[PenaltyBody], at: str = "penalties") -> None:
    """Raises Refused where an amount is missing, or does not belong to the penalty it stands beside."""
    for index, penalty in enumerate(penalties):
        path = f"{at}.{index}"
        belongs(f"{path}.fine_yuan", penalty.fine_yuan, needed=penalty.kind is Penalty.FINE)
        belongs(f"{path}.confiscated_yuan", penalty.confiscated_yuan, needed=penalty.kind is Penalty.CONFISCATION)
        belongs(f"{path}.suspension_months", penalty.suspension_months, needed=penalty.kind in WITH_TERM)


def belongs(field: str, value: object, *, needed: bool) -> None:
    if needed and value is None:
        raise Refused("value-missing", f"{field} 必须填写", f"{field} is required here", field=field)
    if not needed and value is not None:
        raise Refused("value-out-of-place", f"{field} 不适用于此处", f"{field} does not belong here", field=field)
