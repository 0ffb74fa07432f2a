"""The letter on paper, with its number and the place for the organ's stamp."""

from datetime import date
from functools import cache
from importlib import resources

from common.typeset import compile_pdf

from rights_api.linkage.use_cases import Sheet

_SECRECY = "请由投诉受理部门办理，不得将本函转交被反映的办案单位或者办案人员。"


def render(sheet: Sheet) -> bytes:
    """PDF bytes; a tenth of a second of CPU, so off the event loop."""
    by = "" if sheet.answer_by is None else f"于{_day(sheet.answer_by)}（含当日）前"
    data = {
        "title": sheet.subject,
        "organ": sheet.organ.name_zh,
        "number": sheet.document_number,
        "addressee": sheet.addressee,
        "paragraphs": [line for line in sheet.text.splitlines() if line.strip()],
        "identity": sheet.identity,
        "purpose": sheet.purpose or "",
        "closing": f"请依法核实处理，并{by}将受理、调查、处理情况函复我单位，回函请注明本函文号。",
        "secrecy": _SECRECY,
        "date": _day(sheet.dated_on),
    }
    return compile_pdf(_template(), data, sheet.made_at)


@cache
def _template() -> bytes:
    return resources.files("rights_api.linkage").joinpath("letter.typ").read_bytes()


def _day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"
