"""Bodies of requests. Addresses and notes are repeated in no refusal, logged nowhere, shown by no repr."""

from datetime import date, timedelta
from typing import Annotated, Self

from common.http import Invalid, RequestModel
from pydantic import Field, model_validator

from rights_api.duty.domain import Channel
from rights_api.rosters.domain import MOST_DAYS, Sitting

Subject = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:@-]{0,99}$",
        description="人员在统一身份系统中的标识，不是姓名 / the subject of the officer's token, never a name",
        examples=["zz-officer-07"],
    ),
]
_TELEPHONE = r"^\+?[0-9][0-9-]{4,18}$"


class _Sits(RequestModel):
    on_duty: Subject | None
    substitute: Subject | None = None

    @model_validator(mode="after")
    def _two_persons(self) -> Self:
        if self.substitute is not None and self.substitute == self.on_duty:
            raise Invalid("替班人不能与值班人相同", "the substitute must be somebody else")
        if self.substitute is not None and self.on_duty is None:
            raise Invalid("没有值班人时不能有替班人", "there is no substitute of nobody")
        return self

    def sitting(self) -> Sitting:
        return Sitting(self.on_duty, self.substitute)


class SetDay(_Sits):
    """`on_duty` null: the day is taken off the roster."""


class SetDays(_Sits):
    on_duty: Subject
    from_on: date
    to_on: date
    replace: bool = Field(default=False, description="已排班的日期也改 / also days that have a roster")

    @model_validator(mode="after")
    def _a_quarter_at_most(self) -> Self:
        if not timedelta(0) <= self.to_on - self.from_on < timedelta(days=MOST_DAYS):
            raise Invalid(f"起止日期应依次，且一次不超过{MOST_DAYS}日", f"from_on to to_on, at most {MOST_DAYS} days")
        return self

    def days(self) -> list[date]:
        return [self.from_on + timedelta(days=n) for n in range((self.to_on - self.from_on).days + 1)]


class SetTelephone(RequestModel):
    telephone: str = Field(
        pattern=r"^(0[0-9]{2,3}-?[0-9]{7,8}|[1-9][0-9]{4,5})$",
        description="单位值班电话，不得填写个人手机 / the office's telephone, never a person's",
        examples=["0371-65990000"],
    )


class Addresses(RequestModel):
    """Only those given are used; none at all takes the person's addresses away."""

    sms: str | None = Field(default=None, pattern=_TELEPHONE, repr=False)
    voice: str | None = Field(default=None, pattern=_TELEPHONE, repr=False)
    email: str | None = Field(default=None, pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}$", repr=False)
    wecom: str | None = Field(default=None, pattern=r"^[A-Za-z0-9._@-]{1,64}$", repr=False)

    def by_channel(self) -> dict[Channel, str]:
        return {Channel(name): address for name, address in self.model_dump(exclude_none=True).items()}


class SetContact(RequestModel):
    subject: Subject
    addresses: Addresses = Field(repr=False)


class WriteHandOver(RequestModel):
    on: date = Field(description="交班的值班日：今日或昨日 / the duty day: today or yesterday")
    note: Annotated[str, Field(min_length=1, max_length=5_000, repr=False)]
