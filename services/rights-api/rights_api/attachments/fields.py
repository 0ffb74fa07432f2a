"""Bodies of requests. A file's name may name people: no repr shows it."""

from datetime import date
from typing import Annotated, Self

from common.files.kinds import ALL_MEDIA_TYPES, AnyKind
from common.http import Invalid, RequestModel
from pydantic import AfterValidator, Field, model_validator

_KIND_OF = {media_type: kind for kind, media_type in ALL_MEDIA_TYPES.items()}
_FIRST_DAY = date(2020, 1, 1)


def _media_type(text: str) -> str:
    essence = text.partition(";")[0].strip().lower()
    if essence not in _KIND_OF:
        raise Invalid(
            f"只接收 PDF、DOCX、JPEG、PNG、MP3、MP4：{'、'.join(_KIND_OF)}",
            f"is one of {', '.join(_KIND_OF)}",
        )
    return essence


def _plausible(on: date) -> date:
    if on < _FIRST_DAY:
        raise Invalid("日期过早", "is too early a day")
    return on


class BeginUpload(RequestModel):
    media_type: Annotated[str, Field(max_length=200, examples=["application/pdf"]), AfterValidator(_media_type)]
    length: Annotated[int, Field(ge=1, description="字节数 / bytes")]
    name: Annotated[str | None, Field(min_length=1, max_length=255, repr=False, description="文件名，密封保存")] = None
    case_file: bool = Field(default=False, description="来自案卷的材料 / taken from a case file")
    undertaking_signed_on: Annotated[date, AfterValidator(_plausible)] | None = Field(
        default=None,
        description="案卷材料：签署《阅卷承诺书》之日 / a case file's user signed the undertaking on this day",
    )

    @model_validator(mode="after")
    def _case_files_need_their_undertaking(self) -> Self:
        if self.case_file and self.undertaking_signed_on is None:
            raise Invalid(
                "案卷材料须声明已签署《阅卷承诺书》（undertaking_signed_on）",
                "a file from a case file needs undertaking_signed_on: the signed 阅卷承诺书",
            )
        if not self.case_file and self.undertaking_signed_on is not None:
            raise Invalid(
                "只有案卷材料才填写 undertaking_signed_on", "undertaking_signed_on is for files from a case file"
            )
        return self

    @property
    def kind(self) -> AnyKind:
        return _KIND_OF[self.media_type]

    def canonical(self) -> bytes:
        return self.model_dump_json(exclude_defaults=True).encode()


class BeginOfficersUpload(BeginUpload):
    for_complainant: bool = Field(default=False, description="申请人可下载查阅副本 / the complainant may read its copy")


class CompleteUpload(RequestModel):
    sm3: Annotated[
        str | None,
        Field(pattern=r"^[0-9a-fA-F]{64}$", description="原文件的SM3，用于核对 / of the file, to be checked"),
    ] = None


class ReleaseUnscanned(RequestModel):
    reason: Annotated[str, Field(min_length=1, max_length=1000, repr=False)]
