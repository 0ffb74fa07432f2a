"""An answer as it stands on a page: labels, codes by their Chinese names, days and instants in Chinese form, lists of
things as tables, what is in something beneath it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from contracts.counties import COUNTIES
from contracts.event_names import event_name
from contracts.regions import REGIONS

from portal.desks.operations import name_of, value_of
from portal.desks.reach import reached
from portal.look.words import NOTHING, day, instant, label, number, period

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
_NUMBER = re.compile(r"[0-9A-Z-]{6,24}")
_UUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}")
_UNTOLD = frozenset({"version", "en", "next_cursor", "etag"})
"""Of no use to a reader: English halves, positions, what forms carry."""
_SAID_BY_ZH = frozenset({"code", "id", "kind", "state", "organ"})
"""Of something that is told in words beside it."""
_PERIODS = frozenset({"period", "month"})
_AS_IT_IS = frozenset({"year", "row", "number", "position"})
_NAMED = frozenset({"code", "zh", "en", "kind", "name", "source", "article"})
"""Something that is told by its name alone, with what it rests on."""
_OF_AN_ORGAN = _NAMED | {"region", "name_zh", "name_en", "kind_zh"}
_SHORT_CHARACTERS = 40


@dataclass(frozen=True)
class Shown:
    """text: in itself; link: with `href`; facts: `(label, Shown)`; table; list of Shown. whole: never broken in two."""

    kind: Literal["text", "long", "link", "facts", "table", "list", "nothing"]
    text: str = ""
    href: str = ""
    facts: Sequence[tuple[str, "Shown"]] = ()
    columns: Sequence[str] = ()
    rows: Sequence[Sequence["Shown"]] = ()
    items: Sequence["Shown"] = ()
    number: bool = False
    whole: bool = False


@dataclass(frozen=True)
class Showing:
    """links: field → room whose record it names."""

    links: Mapping[str, str] = field(default_factory=dict)

    def shown(self, value: Any, told: Mapping[str, Any], name: str = "") -> Shown:
        """told: the answer's description, as far as the service gives one."""
        if value in (None, "", [], {}):
            return Shown("nothing", NOTHING)
        if isinstance(value, Mapping):
            return self._thing(value, told)
        if isinstance(value, list):
            return self._several(value, told, name)
        return self._plain(value, told, name)

    def facts(
        self, value: Mapping[str, Any], told: Mapping[str, Any], first: Sequence[str] = (), left_out: Sequence[str] = ()
    ) -> list[tuple[str, Shown]]:
        """What it holds, `first` before the others; what says nothing is left out."""
        order = [*(name for name in first if name in value), *(name for name in value if name not in first)]
        found = []
        for name in order:
            if name in left_out or self._is_untold(name, value):
                continue
            one = self.cell(value, told, name)
            if one.kind != "nothing":
                found.append((heading(told, name, link=one.kind == "link"), one))
        return found

    def cell(self, value: Mapping[str, Any], told: Mapping[str, Any], path: str) -> Shown:
        """By its path in a thing; its Chinese name where the answer tells it beside the code."""
        last = path.rpartition(".")[2]
        zh = reached(value, path + "_zh")
        found = zh if isinstance(zh, str) and zh else reached(value, path)
        inner = told
        for part in path.split("."):
            inner = inner.get("in", {}).get(part, {})
        return self.shown(found, {} if found is zh else inner, last)

    def table(
        self, items: Sequence[Mapping[str, Any]], told: Mapping[str, Any], columns: Sequence[str]
    ) -> tuple[list[str], list[list[Shown]]]:
        return [heading(told, path, link=path in self.links) for path in columns], [
            [self.cell(item, told, path) for path in columns] for item in items
        ]

    def _is_untold(self, name: str, value: Mapping[str, Any]) -> bool:
        if name in _UNTOLD or name.endswith("_en") or (name.endswith("_zh") and name[:-3] in value):
            return True
        if name in _SAID_BY_ZH and isinstance(value.get("zh"), str):
            return True
        inner = value[name]
        return isinstance(inner, str) and name not in self.links and _UUID.fullmatch(inner) is not None

    def _thing(self, value: Mapping[str, Any], told: Mapping[str, Any]) -> Shown:
        if isinstance(value.get("zh"), str) and not set(value) - _NAMED:
            beside = value.get("article") or value.get("source")
            return Shown("text", value["zh"] + (f"（{beside}）" if beside else ""))
        named = value.get("name") or value.get("name_zh")
        if isinstance(named, str) and named and not set(value) - _OF_AN_ORGAN:
            return Shown("text", named)
        facts = self.facts(value, told)
        return Shown("facts", facts=facts) if facts else Shown("nothing", NOTHING)

    def _several(self, value: list[Any], told: Mapping[str, Any], name: str) -> Shown:
        if not all(isinstance(each, Mapping) for each in value):
            shown = [self.shown(each, told, name) for each in value]
            if all(each.kind == "text" and len(each.text) <= _SHORT_CHARACTERS for each in shown):
                return Shown("text", "、".join(each.text for each in shown))
            return Shown("list", items=shown)
        if all(isinstance(each.get("zh"), str) and set(each) <= {"code", "kind", "zh", "en"} for each in value):
            return Shown("text", "、".join(each["zh"] for each in value))
        columns = list(dict.fromkeys(n for each in value for n in each if not self._is_untold(n, each)))
        columns = [n for n in columns if any(each.get(n) not in (None, "", [], {}) for each in value)]
        headings, rows = self.table(value, told, columns)
        return Shown("table", columns=headings, rows=rows)

    def _plain(self, value: Any, told: Mapping[str, Any], name: str) -> Shown:
        if isinstance(value, bool):
            return Shown("text", label(value))
        codes = told.get("codes")
        if codes and str(value) in codes:
            return Shown("text", codes[str(value)])
        known = _named(name, str(value))
        if known is not None:
            return Shown("text", known)
        if isinstance(value, int | float):
            if name.endswith("_yuan"):
                return Shown("text", number(value) + " 元", number=True)
            return Shown("text", str(value)) if name in _AS_IT_IS else Shown("text", number(value), number=True)
        return self._text(str(value), name)

    def _text(self, value: str, name: str) -> Shown:
        if name in _PERIODS:
            return Shown("text", period(value), whole=True)
        if name in self.links and _UUID.fullmatch(value):
            return Shown("link", "查看", f"/desk/{self.links[name]}/{quote(value, safe='')}")
        if _INSTANT.match(value):
            return Shown("text", instant(value), whole=True)
        if _DAY.fullmatch(value):
            return Shown("text", day(value), whole=True)
        if name.endswith(("region", "county")):
            return Shown("text", place(value))
        return Shown(
            "long" if len(value) > _SHORT_CHARACTERS else "text", value, whole=_NUMBER.fullmatch(value) is not None
        )


def _named(name: str, value: str) -> str | None:
    """A code by its Chinese name, though the answer that it stands in does not describe it."""
    if name.endswith("_by_organ"):
        kind, _, code = value.partition(":")
        zh = value_of("organ_kind", kind) or kind
        return f"{zh}（{code}）" if code else zh
    if name == "event_type":
        return event_name(value)
    if name == "field":
        return name_of(value.rpartition(".")[2])
    return value_of(name, value)


def heading(told: Mapping[str, Any], path: str, *, link: bool = False) -> str:
    """Of a column; link: it leads to what the number would say."""
    for part in path.split("."):
        told = told.get("in", {}).get(part, {})
    zh = str(told.get("zh") or name_of(path.rpartition(".")[2]))
    return zh.removesuffix("编号") if link else zh


def place(region: str) -> str:
    """A region by its name."""
    if region in REGIONS:
        return REGIONS[region].name_zh
    return COUNTIES[region].name_zh if region in COUNTIES else region
