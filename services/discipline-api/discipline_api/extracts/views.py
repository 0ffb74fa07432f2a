"""Results and extracts as requests and answers."""

from datetime import date, datetime
from typing import Any, Self
from uuid import UUID

from common.http import Invalid, RequestModel
from contracts.discipline_events import SubjectKind
from contracts.identifiers import CreditCode, InvalidIdentifier, recognise_licence
from pydantic import BaseModel, Field, model_validator

from discipline_api.display.rendering import penalty_items
from discipline_api.display.shown import RecordKind
from discipline_api.extracts.domain import NOT_A_CERTIFICATE, NOT_COVERED, TITLE, Asked, Found, OtherRecord, Since
from discipline_api.extracts.use_cases import Result, policy
from discipline_api.record.domain import Sanction


class AskResult(RequestModel):
    """Exactly one of the two."""

    licence_number: str | None = Field(default=None, max_length=64, examples=["14101202010123456"])
    credit_code: str | None = Field(default=None, max_length=64)

    @model_validator(mode="after")
    def _one(self) -> Self:
        if (self.licence_number is None) == (self.credit_code is None):
            raise Invalid(
                "请填写 licence_number 或 credit_code 之一", "give exactly one of licence_number and credit_code"
            )
        self.asked()
        return self

    def asked(self) -> Asked:
        try:
            if self.licence_number is not None:
                return Asked(SubjectKind.LAWYER, str(recognise_licence(self.licence_number)))
            return Asked(SubjectKind.FIRM, str(CreditCode.parse(self.credit_code or "")))
        except InvalidIdentifier as error:
            raise Invalid(error.zh, error.en) from error


class ResultView(BaseModel):
    """What the asker gets: the answer, its signature, and the code behind which it lies."""

    title_zh: str
    title_en: str
    code: str
    verify_url: str
    pdf: str
    subject_kind: SubjectKind
    number: str
    registered_name: str | None
    registered_remark_zh: str
    registered_remark_en: str
    at: datetime
    result_zh: str
    result_en: str
    records: list[dict[str, Any]]
    not_a_certificate_zh: str
    not_a_certificate_en: str
    not_covered: list[dict[str, str]]
    policy: dict[str, Any]
    tree_size: int
    root: str
    checkable_until: date
    jws: str
    electronic_seal: bool

    @classmethod
    def of(cls, result: Result, shown: list[Found | None], code: str, verify_url: str, *, seal: bool) -> Self:
        return cls(
            title_zh=TITLE[0],
            title_en=TITLE[1],
            code=code,
            verify_url=verify_url,
            pdf=f"/v1/public/query-results/{code}/pdf",
            subject_kind=result.asked.kind,
            number=result.asked.number,
            registered_name=result.registered.name,
            registered_remark_zh=result.registered.remark_zh,
            registered_remark_en=result.registered.remark_en,
            at=result.at,
            result_zh=result.sentence[0],
            result_en=result.sentence[1],
            records=[
                {"record_id": str(record_id), "on_display": found is not None}
                | ({} if found is None else {"record": found.body})
                for record_id, found in zip(result.record_ids, shown, strict=True)
            ],
            not_a_certificate_zh=NOT_A_CERTIFICATE[0],
            not_a_certificate_en=NOT_A_CERTIFICATE[1],
            not_covered=[{"zh": zh, "en": en} for zh, en in NOT_COVERED],
            policy=policy(),
            tree_size=result.position.tree_size,
            root=result.position.root,
            checkable_until=result.ends_on,
            jws=result.jws,
            electronic_seal=seal,
        )


class CheckedView(ResultView):
    """The result behind its code, and what has changed since."""

    checked_at: datetime
    changed_since: bool
    since_zh: str
    since_en: str

    @classmethod
    def checked(cls, view: ResultView, since: Since) -> Self:
        zh, en = since.sentence
        return cls(
            **view.model_dump(),
            checked_at=since.checked_at,
            changed_since=since.anything,
            since_zh=zh,
            since_en=en,
        )


class AskExtract(RequestModel):
    authorisation: str | None = Field(
        default=None, max_length=64, description="他人凭本人授权码查询 / the code of the subject's authorisation."
    )


class AuthorisationView(BaseModel):
    authorisation: str
    usable_until: date
    note_zh: str = "授权码只显示一次，只能使用一次。"
    note_en: str = "Shown once, and good for one use."


class ExtractLine(BaseModel):
    """One effective decision, public or not."""

    case_id: UUID
    state: str
    document_number: str
    organ: str
    conduct_code: str
    penalties: list[dict[str, Any]]
    decided_on: date
    served_on: date
    from_on: date
    to_on: date | None
    published_on: date | None
    withdrawn_on: date | None
    gone_on: date
    erased_on: date

    @classmethod
    def of(cls, sanction: Sanction) -> Self:
        decision, withdrawal = sanction.decision, sanction.withdrawal
        return cls(
            case_id=sanction.case_id,
            state=sanction.state,
            document_number=decision.document_number,
            organ=decision.organ.name_zh,
            conduct_code=decision.conduct_code,
            penalties=penalty_items(decision.imposed),
            decided_on=decision.decided_on,
            served_on=decision.served_on,
            from_on=decision.from_on,
            to_on=decision.to_on,
            published_on=sanction.published_on,
            withdrawn_on=withdrawal and withdrawal.withdrawn_on,
            gone_on=sanction.term.display_to_on,
            erased_on=sanction.term.record_to_on,
        )


class OtherLine(BaseModel):
    """A conviction or a failed assessment, public or not."""

    record_id: UUID
    kind: RecordKind
    kind_zh: str
    document_number: str
    organ: str
    effective_on: date
    published_on: date | None
    withdrawn_on: date | None
    gone_on: date

    @classmethod
    def of(cls, record: OtherRecord) -> Self:
        return cls(
            record_id=record.record_id,
            kind=record.kind,
            kind_zh=record.kind.zh,
            document_number=record.document_number,
            organ=record.organ.name_zh,
            effective_on=record.effective_on,
            published_on=record.published_on,
            withdrawn_on=record.withdrawn_on,
            gone_on=record.gone_on,
        )


class ExtractView(BaseModel):
    title_zh: str = "本人信用信息查询结果"
    title_en: str = "Extract for the person itself"
    source: str = "河南省社会信用条例第四十条"
    at: datetime
    number: str
    items: list[ExtractLine]
    others: list[OtherLine]
