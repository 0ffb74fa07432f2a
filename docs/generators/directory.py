"""The directory of government data: sharing.yaml, with each resource's fields as its operation describes them."""

import json
import re
from pathlib import Path
from typing import Any

from contracts.sharing import Resource, field_names, resources

from generators import NOTICE
from generators.processes import document as document_of
from generators.tables import table

_CHINESE = re.compile("[\u4e00-\u9fff]")
TYPES = {"string": "字符串", "integer": "整数", "number": "数值", "boolean": "布尔", "array": "列表", "object": "对象"}


def resolved(document: Any, schema: Any) -> Any:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _type_of(document: Any, schema: Any) -> tuple[str, bool]:
    """JSON type and whether it may be null."""
    options = [resolved(document, option) for option in schema.get("anyOf", [schema])]
    named = [name for option in options for name in _names(option)]
    kinds = [name for name in named if name != "null"]
    return (kinds[0] if kinds else "string"), "null" in named


def _names(schema: Any) -> list[str]:
    if "enum" in schema or "const" in schema:
        return [schema.get("type", "string")]
    given = schema.get("type", "object")
    return list(given) if isinstance(given, list) else [given]


def _rows(schema: Any) -> Any | None:
    """Of an answer that is a list beside its licence: the list."""
    told = schema.get("properties", {})
    lists = [described for described in told.values() if described.get("type") == "array"]
    return lists[0] if "licence_zh" in told and len(lists) == 1 else None


def fields(resource: Resource) -> list[dict[str, Any]]:
    """Of one record: a page is its items. Raises ValueError where the operation does not say what it answers."""
    if resource.operation is None:
        return []
    method, _, path = resource.operation.partition(" ")
    document = document_of(resource.service)
    responses = document["paths"][path][method.lower()]["responses"]
    schema = resolved(document, responses["200"]["content"]["application/json"]["schema"])
    schema = resolved(document, schema.get("oneOf", [schema])[0])  # of several answers the usual one stands first
    for _ in range(2):
        if "items" in schema:
            schema = resolved(document, schema["items"])
        elif "items" in schema.get("properties", {}) and "next_cursor" in schema["properties"]:
            schema = resolved(document, schema["properties"]["items"])
        elif (rows := _rows(schema)) is not None:
            schema = resolved(document, rows)
    if not schema.get("properties"):
        raise ValueError(f"{resource.id}: {resource.operation} does not describe its answer")
    found = []
    for name, told in schema["properties"].items():
        kind, nullable = _type_of(document, told)
        text = " ".join(told.get("description", "").split())
        if not _CHINESE.search(text):
            text = f"{field_names()[name]} {text}".rstrip()
        found.append({"name": name, "type": kind, "nullable": nullable, "description": text})
    return found


def entries() -> list[dict[str, Any]]:
    return [resource.model_dump(mode="json") | {"fields": fields(resource)} for resource in resources().values()]


def directory_json() -> str:
    """What exchange-api answers at `/v1/directory`."""
    return json.dumps({"resources": entries()}, ensure_ascii=False, indent=1) + "\n"


def directory_page() -> str:
    head = (
        f"# 政务数据目录 Directory of government data\n\n{NOTICE}\n"
        "Source: `libs/contracts/contracts/sharing.yaml` and the OpenAPI files; `GET /v1/directory` of exchange-api.\n"
        "Attributes and bases are our proposal to the department: what was not read in its source says so.\n"
    )
    parts = [head]
    for resource, entry in zip(resources().values(), entries(), strict=True):
        rows = [
            ("共享属性 attribute", f"{resource.attribute.zh} {resource.attribute.en}"),
            *(
                [("条件 condition", f"{resource.condition_zh} {resource.condition_en}")]
                if resource.condition_zh
                else []
            ),
            ("依据 basis", f"{resource.basis}{'' if resource.verified else '（未核对原文 not verified）'}"),
            ("更新周期 update cycle", f"{resource.update.zh} {resource.update.en}"),
            ("责任单位 organ", resource.organ),
            ("提供方式 ways", "、".join(way.zh for way in resource.ways) or "无"),
            ("接口 operation", f"`{resource.service}-api {resource.operation}`" if resource.operation else "无"),
        ]
        parts.append(f"## {resource.zh} {resource.en} (`{resource.id}`)\n\n" + table(("项 item", "内容"), rows))
        if entry["fields"]:
            lines = [
                (
                    f"`{field['name']}`",
                    TYPES[field["type"]] + ("，可空" if field["nullable"] else ""),
                    field["description"],
                )
                for field in entry["fields"]
            ]
            parts.append(table(("字段 field", "类型 type", "说明"), lines))
    return "\n".join(parts)


DATA = Path("libs/contracts/contracts/directory.json")
