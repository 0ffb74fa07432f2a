"""What the desks' forms and pages need of the services' operations, read from their OpenAPI: fields, labels, codes.

Names that no operation tells in Chinese stand in the desks' words*.yaml; each list of codes finds its names by itself.
"""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from common.auth import PROVINCE
from common.labels import LabelledEnum
from contracts.complaint_routes import hints
from contracts.conduct import conduct_codes
from contracts.deadlines import rules
from contracts.documents import document_types
from contracts.identifiers import LicenceCategory
from contracts.impostors import impostor_conduct
from contracts.parameter_names import parameter_names
from contracts.proceedings import Need, machines
from contracts.regions import REGIONS
from contracts.sharing import field_names
from discipline_api.paperwork.templates import OF_THE_CASE, fields_of, labels
from portal.desks.declared import operations_of
from portal.desks.tables import DESKS

from generators.directory import resolved
from generators.processes import SERVICES, document, public_document

DATA = Path("services/portal/portal/desks/operations.json")
WORDS = Path(__file__).parents[2] / "services/portal/portal/desks"
_CHINESE = re.compile("[\u4e00-\u9fff]")
_BEGINS_IN_CHINESE = re.compile("[^A-Za-z]*[\u4e00-\u9fff]")
_LABEL_CHARACTERS = 16
_LONG_CHARACTERS = 200
_DEEPEST = 5
_DOCUMENTS = "discipline POST /v1/proceedings/{proceeding_id}/documents"
_UNNAMED = "details"
"""Of a step: its fields are what the form is about."""
_UNASKED = {"Idempotency-Key", "If-Match"}
_FORMATS = {"date": "date", "date-time": "datetime", "binary": "file"}


class _Words:
    def __init__(self) -> None:
        told = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(WORDS.glob("words*.yaml"))]
        own: dict[str, str] = {}
        self._codes: list[dict[str, str]] = []
        self._own: dict[str, str] = {}
        self._hints: dict[str, str] = {}
        self.values: dict[str, dict[str, str]] = {}
        for each in told:
            own = each["names"] | own
            self._codes += each["codes"]
            self._own |= each["own"]
            self._hints |= each.get("hints", {})
            for field, names in each.get("values", {}).items():
                self.values.setdefault(field, {}).update({str(code): zh for code, zh in names.items()})
        self.names: dict[str, str] = dict(field_names()) | own
        self.lists: dict[str, list[list[Any]]] = {
            "region": [[PROVINCE, "河南省"], *([code, region.name_zh] for code, region in REGIONS.items())],
            "conduct_code": [[code, f"{act.zh}（{act.article}）"] for code, act in conduct_codes().items()],
            "hints": [[code, hint.zh] for code, hint in hints().items()],
            "conduct": [[code, act.zh] for code, act in impostor_conduct().items()],
        }
        """Codes that a field of this name is one of, though its schema only says that it is a text."""
        self.steps = {step.code: step.zh for machine in machines().values() for step in machine.steps}
        self._steps = [step for machine in machines().values() for step in machine.steps]

    def codes(self, schema: Any) -> list[list[Any]]:
        """Code and Chinese name, in the order of the schema; the code itself where nobody says it in Chinese."""
        members = [each for each in schema.get("enum", [schema.get("const")]) if each is not None]
        names = _labels().get((schema.get("title", ""), frozenset(members))) or self._named(members)
        return [[each, names.get(str(each), str(each))] for each in members]

    def _named(self, members: list[Any]) -> dict[str, str]:
        wanted = {str(each) for each in members}
        return next((codes for codes in self._codes if wanted <= set(codes)), {})

    def own(self, operation: str, fields: list[Any], of: str = "") -> list[Any]:
        """Where a field, `start.number` of a table, means something else in one operation than everywhere."""
        found = []
        for each in fields:
            name = of + each["name"]
            zh = self._own.get(f"{operation} {name}", each["zh"])
            columns = {"columns": self.own(operation, each["columns"], f"{name}.")} if "columns" in each else {}
            found.append({k: v for k, v in each.items() if k != "hint" or v != zh} | {"zh": zh} | columns)
        return found

    def needed(self, step: str, fields: list[Any]) -> list[Any]:
        """A step's schema lets everything be left out; what it demands, its machine says."""
        rows = [row for row in self._steps if row.code == step]
        said = [
            {"on", *(f"details.{name}" for name in row.needs)}
            | ({"document_number"} if row.document is Need.REQUIRED else set())
            | ({"reason"} if row.reason is Need.REQUIRED else set())
            for row in rows
        ]
        return [each | {"required": all(each["name"] in names for names in said)} for each in fields]

    def own_in(self, operation: str, answer: dict[str, Any]) -> None:
        """The same of an answer and of the items of a list; what is in something by its path, `alarm.number`."""
        for told in (answer, answer.get("in", {}).get("items", {})):
            self._own_within(operation, told, "")

    def _own_within(self, operation: str, told: dict[str, Any], before: str) -> None:
        for name, inner in told.get("in", {}).items():
            inner["zh"] = self._own.get(f"{operation} {before}{name}", inner["zh"])
            self._own_within(operation, inner, f"{before}{name}.")

    def label(self, name: str, description: str) -> tuple[str, str]:
        """Label and hint."""
        zh = _chinese(description)
        zh = self._hints.get(zh, zh)
        known = self.names.get(name)
        if known is None:
            return (zh, "") if zh and len(zh) <= _LABEL_CHARACTERS else (name if not zh else zh[:_LABEL_CHARACTERS], zh)
        return known, "" if zh == known else zh


@cache
def _labels() -> dict[tuple[str, frozenset[Any]], dict[str, str]]:
    """Of every closed list that names its members: by its name and its codes, as a schema tells them."""
    found: dict[tuple[str, frozenset[Any]], dict[str, str]] = {}
    unseen = [LabelledEnum]
    while unseen:
        one = unseen.pop()
        unseen += one.__subclasses__()
        found[one.__name__, frozenset(each.value for each in one)] = {each.value: each.zh for each in one}
    return found


def _chinese(description: str) -> str:
    """The Chinese half of `中文 / English`."""
    text = " ".join(description.split())
    if not _BEGINS_IN_CHINESE.match(text):
        return ""
    return text.partition(" / ")[0].rstrip("。. ")


def operations_json() -> str:
    words = _Words()
    for service in SERVICES:
        document(service)  # all of them, so that every list of codes has been read
    wanted = sorted({operation for desk in DESKS for operation in operations_of(desk)})
    found = {operation: _operation(operation, words) for operation in wanted}
    told = {"names": words.names, "operations": found, "values": _values(found, words)}
    return json.dumps(told, ensure_ascii=False, indent=0, sort_keys=True) + "\n"


def _values(operations: dict[str, Any], words: _Words) -> dict[str, dict[str, str]]:
    """By field: its codes wherever one of these operations tells them, for answers that are not described."""
    found: dict[str, dict[str, str]] = {}

    def note(name: str, codes: Any) -> None:
        for code, zh in codes:
            found.setdefault(name.rpartition(".")[2], {}).setdefault(str(code), zh)

    def of_fields(fields: Any) -> None:
        for each in fields:
            note(each["name"], each.get("codes", ()))
            of_fields(each.get("columns", ()))

    def of_answer(told: dict[str, Any]) -> None:
        for name, inner in told.get("in", {}).items():
            note(name, inner.get("codes", {}).items())
            of_answer(inner)

    for each in operations.values():
        of_fields([*each.get("fields", ()), *each["query"].values()])
        for fields in each.get("variants", {}).values():
            of_fields(fields)
        of_answer(each.get("answer", {}))
    told = [*words.values.items(), *((name, dict(codes)) for name, codes in words.lists.items() if name != "region")]
    for name, names in [*told, *_of_contracts(words)]:
        note(name, names.items())
    # Sets of a field's codes stand under its plural in what is told of a step.
    found["kinds"] = found.get("penalties", {})
    return found


def _of_contracts(words: _Words) -> list[tuple[str, dict[str, str]]]:
    """What no schema lists: categories by their digit, legal numbers, periods, the plan's parameters."""
    parameters = parameter_names()
    numbers = {rule.id: rule.note_zh for rule in rules().values()}
    periods = {name.removeprefix("clock "): zh for name, zh in words.names.items() if name.startswith("clock ")}
    return [
        ("category", {str(category.value): category.zh for category in LicenceCategory}),
        *((name, numbers) for name in ("rule", "min_rule", "max_rule", "cap_rule")),
        ("overdue", periods),
        ("parameter", {name: told.zh for name, told in parameters.items()}),
        ("value", {code: zh for told in parameters.values() for code, zh in told.values.items()}),
    ]


def _document(service: str) -> Any:
    return public_document() if service == "rights_public" else document(service)


def _operation(name: str, words: _Words) -> dict[str, Any]:
    service, method, path = name.split(" ")
    document = _document(service)
    operation = document["paths"][path][method.lower()]
    zh, _, en = operation["summary"].partition(" ")
    if _CHINESE.search(en):
        zh, en = operation["summary"], ""
    parameters = operation.get("parameters", [])
    headers = [each for each in parameters if each["in"] == "header"]
    found: dict[str, Any] = {
        "zh": zh,
        "en": en,
        "if_match": any(each["name"] == "If-Match" for each in headers),
        "query": {
            each["name"]: _field(document, each["name"], _said(each), words, required=each.get("required", False))
            for each in parameters
            if each["in"] == "query"
        },
    }
    for told in words.own(name, list(found["query"].values())):
        found["query"][told["name"]] = told
    purpose = next((each for each in headers if each["name"] == "Access-Purpose"), None)
    if purpose is not None:
        found["purpose"] = _field(document, "purpose", _said(purpose), words, required=True)
    if method == "GET":
        found["answer"] = _answer(document, _success(operation), words)
        words.own_in(name, found["answer"])
    else:
        found |= _body(document, operation, words)
        found["fields"] = words.own(name, found["fields"])
        if name == _DOCUMENTS:
            found |= _by_document_type(found["fields"])
    return found


def _by_document_type(fields: list[Any]) -> dict[str, Any]:
    """What a kind of document asks for stands in its template, not in the schema: a form for each kind."""
    common = [each for each in fields if each["name"] == "title"]
    asked = [each | {"required": True} for each in fields if each["name"] == "draft"]
    only_registered = [each | {"fixed": False} for each in asked]
    variants, names = {}, {}
    for kind, info in document_types().items():
        blanks = [name for name in fields_of(kind) if name not in OF_THE_CASE] if info.drafted else []
        own = [
            {"name": f"fields.{name}", "zh": labels()[name], "kind": "long-text", "required": False} for name in blanks
        ]
        variants[kind.value] = [*common, *(asked if info.drafted else only_registered), *own]
        names[kind.value] = kind.zh
    return {"chooser": "type", "variants": variants, "variant_names": names, "fields": []}


def _said(parameter: Any) -> Any:
    return parameter["schema"] | ({"description": parameter["description"]} if "description" in parameter else {})


def _success(operation: Any) -> Any:
    for status in ("200", "201"):
        content = operation["responses"].get(status, {}).get("content", {})
        if "application/json" in content:
            return content["application/json"]["schema"]
    return {}


def _body(document: Any, operation: Any, words: _Words) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    if not content:
        return {"takes": "nothing", "fields": []}
    takes = {"application/json": "json", "multipart/form-data": "multipart"}.get(next(iter(content)), "file")
    if takes == "file":
        return {"takes": takes, "media": sorted(content), "fields": []}
    schema, _ = _one(document, next(iter(content.values()))["schema"])
    if "oneOf" in schema:
        variants: dict[str, Any] = {}
        names: dict[str, str] = {}
        for option in schema["oneOf"]:
            one = resolved(document, option)
            [(chooser, code)] = [(n, each["const"]) for n, each in one["properties"].items() if "const" in each]
            names[code] = words.steps.get(code, "")
            given = [each for each in _fields(document, one, words) if each["name"] != chooser]
            variants[code] = words.needed(code, given) if names[code] else given
        names = dict(words.codes({"enum": list(names)})) | {code: zh for code, zh in names.items() if zh}
        return {"takes": takes, "chooser": chooser, "variants": variants, "variant_names": names, "fields": []}
    return {"takes": takes, "fields": _fields(document, schema, words)}


@dataclass(frozen=True)
class _Within:
    """Where a nested field stands: before its name, before its label, how deep."""

    name: str = ""
    label: str = ""
    deep: int = 0


_TOP = _Within()


def _fields(document: Any, schema: Any, words: _Words, within: _Within = _TOP) -> list[Any]:
    """Nested objects become fields with dots in their names; those of one that may be left out are never demanded."""
    found = []
    given = schema.get("properties", {})
    needed = schema.get("required", [])
    for name in given:
        one, nullable = _one(document, given[name])
        if one.get("properties") and within.deep < _DEEPEST:
            group, _ = words.label(name, given[name].get("description", ""))
            label = "" if name == _UNNAMED else f"{group}："
            inner = _fields(document, one, words, _Within(f"{within.name}{name}.", label, within.deep + 1))
            if name not in needed or nullable:
                inner = [each | {"required": False, "part_of": f"{within.name}{name}"} for each in inner]
            found += inner
            continue
        required = name in needed and not nullable
        found.append(_field(document, name, given[name], words, within, required=required))
    return found


def _field(
    document: Any, name: str, schema: Any, words: _Words, within: _Within = _TOP, *, required: bool = False
) -> dict[str, Any]:
    one, nullable = _one(document, schema)
    zh, hint = words.label(name, schema.get("description", ""))
    found: dict[str, Any] = {"name": within.name + name, "zh": within.label + zh, "required": required}
    if hint:
        found["hint"] = hint
    found |= _kind(document, one, words, nullable=nullable, default=schema.get("default"), required=required)
    listed = words.lists.get("region" if name.endswith("_region") else name)
    if listed is not None and found["kind"] in ("text", "long-text"):
        found |= {"kind": "choice", "codes": listed}
    elif listed is not None and found["kind"] == "lines":
        found |= {"kind": "choices", "codes": listed}
    return found


def _kind(  # noqa: C901, PLR0911 - one line per kind
    document: Any, one: Any, words: _Words, *, nullable: bool, default: Any, required: bool
) -> dict[str, Any]:
    if "enum" in one or "const" in one:
        numbers = {"codes_are_numbers": True} if one.get("type") == "integer" else {}
        return {"kind": "choice", "codes": words.codes(one)} | numbers
    kind = one.get("type")
    if kind == "boolean":
        return {"kind": "yes-no" if not required and not nullable and default is False else "either"}
    if kind == "integer":
        return {"kind": "number"}
    if kind == "number":
        return {"kind": "number", "whole": False}
    if kind == "array":
        item, _ = _one(document, one.get("items", {}))
        if "enum" in item:
            return {"kind": "choices", "codes": words.codes(item)}
        if item.get("properties"):
            return {"kind": "rows", "columns": _fields(document, item, words)}
        return {"kind": "numbers" if item.get("type") == "integer" else "lines"}
    if kind == "object":
        return {"kind": "pairs"}
    most = one.get("maxLength")
    if one.get("format") in _FORMATS:
        return {"kind": _FORMATS[one["format"]]}
    if one.get("format") == "uuid" or (most is None and "pattern" in one):
        return {"kind": "text"}
    if most is None or most > _LONG_CHARACTERS:
        return {"kind": "long-text"} | ({"most": most} if most else {})
    return {"kind": "text", "most": most}


def _one(document: Any, schema: Any) -> tuple[Any, bool]:
    """What it is where it is given, and whether it may be null."""
    options = [resolved(document, option) for option in schema.get("anyOf", [schema])]
    real = [option for option in options if option.get("type") != "null"]
    numbers = [option for option in real if option.get("type") == "number"]
    return (numbers or real or [{}])[0], len(real) < len(options)


def _answer(document: Any, schema: Any, words: _Words, deep: int = 0) -> dict[str, Any]:
    """A tree of what an answer holds: label, kind, codes, and what is in it."""
    options = [resolved(document, option) for option in schema.get("anyOf", [schema])]
    found: dict[str, Any] = {}
    for one in (option for option in options if option.get("type") != "null"):
        if "enum" in one:
            found["codes"] = dict(map(tuple, words.codes(one))) if "boolean" not in str(one.get("type")) else {}
        elif one.get("format") in ("date", "date-time", "uuid"):
            found["kind"] = one["format"]
        elif one.get("type") == "array":
            found |= _answer(document, one.get("items", {}), words, deep)
        elif one.get("properties") and deep < _DEEPEST:
            within = found.setdefault("in", {})
            for name, inner in one["properties"].items():
                label, _ = words.label(name, inner.get("description", ""))
                within[name] = {"zh": label} | _answer(document, inner, words, deep + 1)
    return found
