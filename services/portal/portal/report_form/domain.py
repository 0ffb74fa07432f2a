"""A report's form from its rows: what is asked, what is begun with, and the body that is sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from portal.forms import Choice, Field, Filled, Form
from portal.forms.fields import Kind

_KINDS = {"number": "填报数值", "nil": "零报告", "not-applicable": "不适用"}
_FIELDS: Mapping[str, tuple[str, Kind]] = {
    "amount": ("数值", "number"),
    "numerator": ("分子", "number"),
    "denominator": ("分母", "number"),
    "yes": ("是否达成", "either"),
    "reached_on": ("达成日期", "date"),
    "document_number": ("依据文号", "text"),
}
_WORDS: Mapping[str, str] = {"remark": "备注", "explanation": "对提示的说明"}
_SIGNATORIES = {"filled_by": "填报人", "checked_by": "审核人", "responsible": "负责人"}
_MOST_WORDS = 1000
_MOST_NAME = 50


@dataclass(frozen=True)
class Row:
    """told: as the service tells the row; findings: what stands against it. fields: of the form, with short labels."""

    told: Mapping[str, Any]
    findings: list[Mapping[str, Any]]
    fields: list[Field]


def place(key: str, name: str) -> str:
    """As the service names it in a refusal. A key may have dots in it."""
    return f"items.{key}.{name}"


def rows_of(report: Mapping[str, Any]) -> list[Row]:
    found = []
    for item in report["items"]:
        start = place(item["key"], "")
        findings = [each for each in report["findings"] if each["field"].startswith(start)]
        found.append(Row(item, findings, [_short(each) for each in _fields(item)]))
    return found


def form_of(report: Mapping[str, Any]) -> Form:
    fields = [each for item in report["items"] for each in _fields(item)]
    named = [Field(name, zh, required=False, most=_MOST_NAME) for name, zh in _SIGNATORIES.items()]
    return Form("填报", [*fields, *named], submit="保存草稿")


def _fields(item: Mapping[str, Any]) -> list[Field]:
    title, key = item["title_zh"], item["key"]
    kinds = [Choice(code, zh) for code, zh in _KINDS.items() if code != "not-applicable" or not item["required"]]

    def one(name: str, zh: str, kind: Kind, **more: Any) -> Field:
        return Field(place(key, name), f"{title}：{zh}", kind, required=False, nested=False, **more)

    return [
        one("kind", "填报方式", "choice", choices=kinds),
        *(one(name, *_FIELDS[name]) for name in item["fields"]),
        *(one(name, zh, "long-text", most=_MOST_WORDS) for name, zh in _WORDS.items()),
    ]


def _short(each: Field) -> Field:
    """Beneath the row's own heading; what may be left out there is said once."""
    return replace(each, label=each.label.rpartition("：")[2], required=True)


def begun_with(report: Mapping[str, Any]) -> dict[str, str]:
    """What was answered so far, else what can be filled in beforehand."""
    values = {name: report["signatories"].get(name) or "" for name in _SIGNATORIES}
    for item in report["items"]:
        answer = item["answer"] or item["prefill"]
        if answer is None:
            continue
        values[place(item["key"], "kind")] = answer["kind"]["code"]
        for name in (*item["fields"], *_WORDS):
            values[place(item["key"], name)] = _typed(answer[name])
    return values


def _typed(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def body_of(report: Mapping[str, Any], filled: Filled) -> dict[str, Any]:
    """Rows that were left empty are missing, as the service calls it."""
    flat = filled.body()
    items = {}
    for item in report["items"]:
        names = ("kind", *item["fields"], *_WORDS)
        row = {name: flat[where] for name in names if (where := place(item["key"], name)) in flat}
        if row:
            items[item["key"]] = row
    return {"items": items} | {name: flat[name] for name in _SIGNATORIES if name in flat}
