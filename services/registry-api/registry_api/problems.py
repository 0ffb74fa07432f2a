"""How refusals of the register reach the caller."""

import asyncpg
from common.database import sqlstate
from common.http import FieldError, Problem, not_found
from common.http.database_errors import database_problem
from common.http.translations import status_titles
from fastapi import FastAPI
from sqlalchemy.exc import IntegrityError
from starlette.requests import Request
from starlette.responses import Response

from registry_api.register.refusals import NotFound, Refused

_UNIQUE_VIOLATION = "23505"

_TAKEN = {
    "firms_credit_code_key": (
        "credit-code-taken", "credit_code", "该统一社会信用代码已登记", "a firm with this credit code is registered",
    ),
    "licence_numbers_pkey": (
        "licence-number-taken", "licence_number", "该执业证号已登记", "this licence number is registered",
    ),
    "lawyers_licence_number_key": (
        "licence-number-taken", "licence_number", "该执业证号已登记", "this licence number is registered",
    ),
    "lawyers_serial_in_use": (
        "serial-taken", "licence_number", "该序列号（第12至17位）已属另一名执业律师",
        "this serial (digits 12-17) belongs to another licensed lawyer",
    ),
    "lawyers_id_digest_key": (
        "id-number-taken", "id_number", "该身份证号已属另一名律师", "this ID number belongs to another lawyer",
    ),
    "person_mergers_absorbed": (
        "record-merged", "absorbed_lawyer_id", "该记录已并入另一记录", "this record has been merged already",
    ),
    "assessments_of_firm": (
        "assessed-already", "entries", "其中有律所刚由他人录入考核结果", "one of these firms has just been assessed",
    ),
    "assessments_of_lawyer": (
        "assessed-already", "entries", "其中有律师刚由他人录入考核结果", "one of these lawyers has just been assessed",
    ),
    "interns_certificate_number_key": (
        "certificate-taken", "certificate_number", "该实习证号已登记", "this certificate is on record",
    ),
    "interns_one_open": (
        "intern-already", "id_number", "此人正在实习", "this person is an intern now",
    ),
    "recognition_lists_by_document": (
        "list-on-record", "document_number", "该文号的名录已登记", "a list of this document is on record",
    ),
    "mergers_absorbed_firm_id_key": (
        "already-merged", "absorbed_firm_id", "该所已被合并", "this firm has been absorbed already",
    ),
}  # fmt: skip


def refused_problem(error: Refused) -> Problem:
    status = 409 if error.conflict else 422
    title_zh, title_en = status_titles(status)
    return Problem(
        type=error.code,
        status=status,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=error.zh,
        detail_en=error.en,
        field=error.field,
        errors=[] if error.field is None else [FieldError(field=error.field, zh=error.zh, en=error.en)],
    )


def install_register_handlers(app: FastAPI) -> None:
    async def on_refused(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, Refused)  # noqa: S101 -- narrows the type Starlette's signature lost
        return refused_problem(exc).response()

    async def on_not_found(_: Request, exc: Exception) -> Response:
        assert isinstance(exc, NotFound)  # noqa: S101 -- as above
        return not_found(f"没有这条{exc.what_zh}记录。", f"There is no such {exc.what_en}.").response()

    app.add_exception_handler(Refused, on_refused)
    app.add_exception_handler(NotFound, on_not_found)
    for kind in (asyncpg.UniqueViolationError, IntegrityError):
        app.add_exception_handler(kind, _on_integrity_error)


async def _on_integrity_error(_: Request, exc: Exception) -> Response:
    if (taken := taken_by_another(exc)) is not None:
        return refused_problem(taken).response()
    problem = database_problem(exc)
    if problem is None:
        raise exc
    return problem.response()


def taken_by_another(exc: BaseException) -> Refused | None:
    """What a unique index has refused: another request was faster, or the record exists."""
    if sqlstate(exc) != _UNIQUE_VIOLATION:
        return None
    cause = getattr(exc, "orig", exc)
    name = getattr(cause, "constraint_name", None) or getattr(
        getattr(cause, "__cause__", None), "constraint_name", None
    )
    known = _TAKEN.get(name or "")
    if known is None:
        return None
    code, field, zh, en = known
    return Refused(code, zh, en, field=field, conflict=True)
