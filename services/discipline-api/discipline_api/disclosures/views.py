"""What comes in and goes out for readers of disclosures."""

from datetime import date, datetime
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from common.http import RequestModel
from contracts.deadlines import rule
from pydantic import BaseModel, Field, SecretStr

from discipline_api.disclosures.domain import (
    CHANGES_FETCHED,
    TOMBSTONES_FETCHED,
    Reader,
    Undertaking,
    UndertakingText,
    owed,
)
from discipline_api.text import NameText


class SearchByName(RequestModel):
    """In the body and not in the address: a name in an address ends up in logs of others."""

    name: NameText | None = Field(
        default=None,
        description="律师姓名，如决定所载；只查律所本身时不填 / lawyer's name as printed; none for a firm itself",
    )
    firm_name: NameText = Field(description="律师事务所名称，如决定所载 / the firm's name, as printed on the decision")


class GiveUndertaking(RequestModel):
    organisation_name: NameText
    text_version: int = Field(ge=1, description="所读承诺书的版本 / version of the text that was read")
    accepted: bool = Field(description="承诺遵守，须为 true / must be true")
    contact: Annotated[SecretStr, Field(min_length=5, max_length=200)] = Field(
        description="联系方式，加密保存，用于通知更正 / sealed; used to tell of corrections"
    )


class TextView(BaseModel):
    version: int
    zh: str
    en: str
    sha256: str

    @classmethod
    def of(cls, text: UndertakingText) -> Self:
        return cls(version=text.version, zh=text.zh, en=text.en, sha256=text.sha256)


class UndertakingLine(BaseModel):
    """Names nobody: the answer of a POST is kept for repetition."""

    undertaking_id: UUID
    text_version: int
    from_on: date
    to_on: date
    in_force: bool

    @classmethod
    def of(cls, undertaking: Undertaking, today: date) -> Self:
        return cls(
            undertaking_id=undertaking.undertaking_id,
            text_version=undertaking.text_version,
            from_on=undertaking.from_on,
            to_on=undertaking.to_on,
            in_force=undertaking.in_force(today),
        )


class ReaderView(UndertakingLine):
    organisation_name: str
    client: str
    organisation_kind: str
    organisation_id: str
    given_at: datetime
    first_file_at: datetime | None
    changes_read_at: datetime | None
    changes_read_to: int

    @classmethod
    def about(cls, undertaking: Undertaking, reader: Reader, today: date) -> Self:
        return cls(
            **UndertakingLine.of(undertaking, today).model_dump(),
            organisation_name=undertaking.organisation_name,
            client=reader.client.subject,
            organisation_kind=reader.client.organisation_kind,
            organisation_id=reader.client.organisation_id,
            given_at=undertaking.given_at,
            first_file_at=reader.bulk_at,
            changes_read_at=reader.changes_read_at,
            changes_read_to=reader.changes_read_to,
        )


class Owed(BaseModel):
    """Why the next file would be refused, and the rules by which."""

    type: str
    zh: str
    en: str


class RuleView(BaseModel):
    rule: str
    value: int
    unit: str
    source: str
    verified: bool

    @classmethod
    def of(cls, rule_id: str) -> Self:
        row = rule(rule_id)
        return cls(rule=row.id, value=row.value, unit=row.unit, source=row.source, verified=row.verified)


class ReaderInFull(ReaderView):
    contact: str
    owed: Owed | None
    rules: list[RuleView]

    @classmethod
    def whole(
        cls,
        undertaking: Undertaking,
        reader: Reader,
        contact: str,
        unread_tombstone_at: datetime | None,
        *,
        now: datetime,
        today: date,
    ) -> Self:
        refusal = owed(reader, unread_tombstone_at, now)
        return cls(
            **ReaderView.about(undertaking, reader, today).model_dump(),
            contact=contact,
            owed=None if refusal is None else Owed(type=refusal.code, zh=refusal.zh, en=refusal.en),
            rules=[RuleView.of(CHANGES_FETCHED), RuleView.of(TOMBSTONES_FETCHED)],
        )


class CheckView(BaseModel):
    """`differences` name records by their ids alone."""

    check_id: UUID
    due_on: date | None
    began_at: datetime
    ended_at: datetime
    log_size: int
    records: int
    equal: bool
    differences: list[dict[str, Any]]

    @classmethod
    def of(cls, row: Any) -> Self:
        differences = orjson.loads(row["differences"])
        return cls(
            check_id=row["check_id"],
            due_on=row["due_on"],
            began_at=row["began_at"],
            ended_at=row["ended_at"],
            log_size=row["log_size"],
            records=row["records"],
            equal=not differences,
            differences=differences,
        )
