"""A form as somebody filled it in: nothing typed is lost, whatever is refused."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import uuid4

from starlette.datastructures import FormData

from portal.forms.fields import Field, Form
from portal.look.words import BEIJING

KEY = "idempotency_key"
ETAG = "etag"
_MOST_FAULTS_UNPLACED = 20
_MOST_ROWS = 200
_KEY = re.compile(r"[!-~]{8,128}")
_ETAG = re.compile(r'(W/)?"[!#-~]{1,200}"')
_ROW = re.compile(r"[0-9]{1,6}")
_LARGEST_NUMBER = 2**53 - 1
"""Beyond it JSON is read differently by different readers."""


def sound_key(text: str) -> str:
    """It becomes a header: what no form of ours holds is replaced by a new one."""
    return text if _KEY.fullmatch(text) else uuid4().hex


@dataclass(frozen=True)
class Filled:
    """values: by field, as typed: a text, or texts of `choices`. key: sent with every try, so that it counts once.

    etag: of the version that the form was shown for; a change meanwhile is told, not overwritten.
    """

    form: Form
    values: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    key: str = field(default_factory=lambda: uuid4().hex)
    etag: str = ""

    @classmethod
    def blank(cls, form: Form, *, etag: str | None = None, **values: Any) -> "Filled":
        return cls(form, values, etag=etag or "")

    @classmethod
    def sent(cls, form: Form, data: FormData) -> "Filled":
        """With the faults that can be told without asking a service."""
        values = {each.name: _typed(each, data) for each in form.fields if each.kind != "file"}
        filled = cls(form, values, key=sound_key(str(data.get(KEY) or "")))
        faults: dict[str, str] = {}
        for each in form.fields:
            faults |= _faults(each, values.get(each.name))
        etag = str(data.get(ETAG) or "")
        return replace(filled, faults=faults, etag=etag if _ETAG.fullmatch(etag) else "")

    def faulty(self, name: str, fault: str) -> "Filled":
        return replace(self, faults=dict(self.faults) | {name: fault})

    def refused(self, faults: Mapping[str, str], message: str = "") -> "Filled":
        """A fault that belongs to none of the fields is told above them."""
        names = {each.name for each in self.form.fields} | self._cells()
        placed: dict[str, str] = {}
        rest = []
        for where, fault in faults.items():
            name = next((name for name in (where, where.rpartition(".")[0]) if name in names), None)
            if name is None:
                rest.append(f"{where}：{fault}")
            else:
                placed[name] = fault
        told = "；".join([message, *rest[:_MOST_FAULTS_UNPLACED]]).strip("；")
        return replace(self, faults=placed, message=told)

    def _cells(self) -> set[str]:
        """Of tables: `penalties.0.kind`."""
        return {
            f"{each.name}.{row}.{column.name}"
            for each in self.form.fields
            for row in range(len(self.values.get(each.name) or ()) if each.kind == "rows" else 0)
            for column in each.columns
        }

    def value(self, name: str) -> Any:
        return self.values.get(name, "")

    def body(self) -> dict[str, Any]:
        """As it is sent: what was left empty is left out."""
        body: dict[str, Any] = {}
        for each in self.form.fields:
            if each.kind == "file":
                continue
            value = _value(each, self.values.get(each.name))
            if value is not None:
                _put(body, each, value)
        for name, value in self.form.fixed.items():
            _put(body, Field(name, ""), value)
        for name in self.form.groups:
            _within(body, name.split("."))
        return body


def _typed(each: Field, data: FormData, before: str = "") -> Any:
    name = before + each.name
    if each.kind == "choices":
        return [value for value in data.getlist(name) if isinstance(value, str)]
    if each.kind == "rows":
        return _rows(each, data, name)
    value = data.get(name)
    return value.strip() if isinstance(value, str) else ""


def _rows(each: Field, data: FormData, name: str) -> list[dict[str, Any]]:
    """Rows with something in them, in their order: those between that are empty were left so."""
    last = -1
    for key in data:
        if key.startswith(name + ".") and _ROW.fullmatch(index := key[len(name) + 1 :].partition(".")[0]):
            last = max(last, min(int(index), _MOST_ROWS - 1))
    found = [
        {column.name: _typed(column, data, f"{name}.{row}.") for column in each.columns} for row in range(last + 1)
    ]
    return [row for row in found if any(row.values())]


def _faults(each: Field, value: Any, before: str = "") -> dict[str, str]:
    """By name: of a table each cell has its own."""
    name = before + each.name
    if each.kind == "rows" and value:
        found: dict[str, str] = {}
        for index, row in enumerate(value):
            for column in each.columns:
                found |= _faults(column, row.get(column.name), f"{name}.{index}.")
        return found
    fault = _fault(each, value)
    return {name: fault} if fault else {}


def _fault(each: Field, value: Any) -> str:
    if not value:
        return "请填写此项" if each.required and each.kind not in ("yes-no", "file", "hidden") else ""
    if each.most is not None and isinstance(value, str) and len(value) > each.most:
        return f"最多 {each.most} 字，现有 {len(value)} 字"
    if each.kind in ("choice", "choices") and each.choices:
        known = {choice.code for choice in each.choices}
        if not set([value] if isinstance(value, str) else value) <= known:
            return "请从所列选项中选择"
    try:
        _value(each, value)
    except ValueError:
        told = {"number": "应为数字", "numbers": "每行应为一个整数", "datetime": "应为日期和时间"}
        told["pairs"] = "每行应为“名称：内容”"
        return told.get(each.kind, "格式不正确")
    return ""


def _value(each: Field, value: Any) -> Any:  # noqa: PLR0911 - one answer per kind
    """None for what was left empty. Raises ValueError."""
    if each.kind == "yes-no":
        return value == "yes" or (None if each.part_of else False)
    if value in ("", None, []):
        return None
    if each.kind == "either":
        return _EITHER[value]
    if each.kind == "number" or (each.kind == "choice" and each.codes_are_numbers):
        return _number(value, whole=each.whole)
    if each.kind == "datetime":
        when = datetime.fromisoformat(value)
        return (when if when.tzinfo else when.replace(tzinfo=BEIJING)).isoformat()
    if each.kind in ("lines", "numbers"):
        lines = [line.strip() for line in value.splitlines() if line.strip()]
        return [_number(line, whole=True) for line in lines] if each.kind == "numbers" else lines
    if each.kind == "pairs":
        return dict(_pair(line) for line in value.splitlines() if line.strip())
    if each.kind == "rows":
        return [_row(each, row) for row in value]
    return value


def _number(text: str, *, whole: bool) -> float:
    """Raises ValueError."""
    found = int(text) if whole else float(text)
    if not math.isfinite(found) or abs(found) > _LARGEST_NUMBER:
        raise ValueError(text)
    return found


class _Either(dict[str, bool]):
    def __missing__(self, value: str) -> bool:
        raise ValueError(value)


_EITHER = _Either(yes=True, no=False)


def _pair(line: str) -> tuple[str, str]:
    name, mark, text = line.replace(":", "：", 1).partition("：")
    if not mark:
        raise ValueError(line)
    return name.strip(), text.strip()


def _row(each: Field, row: Mapping[str, Any]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    for column in each.columns:
        value = _value(column, row.get(column.name))
        if value is not None:
            _put(body, column, value)
    return body


def _put(body: dict[str, Any], each: Field, value: Any) -> None:
    *parents, last = each.name.split(".") if each.nested else [each.name]
    _within(body, parents)[last] = value


def _within(body: dict[str, Any], parents: Sequence[str]) -> dict[str, Any]:
    for parent in parents:
        body = body.setdefault(parent, {})
    return body
