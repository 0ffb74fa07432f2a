"""templates.yaml, checked when it is read: every placeholder is declared, every drafted kind has its template."""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import yaml
from contracts.deadlines import rule
from contracts.documents import DocumentType, document_types

from discipline_api.refusals import Refused

PLACEHOLDER = re.compile(r"\{(?:(days):)?([a-z0-9_.\-]+)\}")
OF_THE_CASE = frozenset({"organ", "conduct", "party", "party_number", "party_firm"})
"""Known without the officer; of these he may say otherwise, the organ excepted."""
_UNITS = {("days", "working"): "个工作日", ("days", "calendar"): "日", ("months", "calendar"): "个月"}

Block = Mapping[str, Any]


@lru_cache(maxsize=1)
def _file() -> Mapping[str, Any]:
    text = resources.files("discipline_api.paperwork").joinpath("templates.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.safe_load(text)
    drafted = {kind.value for kind, info in document_types().items() if info.drafted}
    if found["templates"].keys() != drafted:
        raise ValueError("templates.yaml and documents.yaml differ")
    used = {name for blocks in found["templates"].values() for name in _names(blocks)}
    if undeclared := used - labels_of(found).keys() - OF_THE_CASE:
        raise ValueError(f"templates.yaml declares no label for {sorted(undeclared)}")
    return found


def labels_of(file: Mapping[str, Any]) -> Mapping[str, str]:
    labels: Mapping[str, str] = file["labels"]
    return labels


def labels() -> Mapping[str, str]:
    return MappingProxyType(dict(labels_of(_file())))


def blocks_of(kind: DocumentType) -> list[Block]:
    """Raises Refused for a kind that no template is kept of."""
    found: list[Block] | None = _file()["templates"].get(kind.value)
    if found is None:
        raise Refused(
            "no-template", f"{kind.zh}没有模板，请直接上传原件", f"there is no template of a {kind.en}", field="type"
        )
    return found


def fields_of(kind: DocumentType) -> list[str]:
    """The placeholders that an officer may fill in, in the order in which they stand."""
    return [name for name in dict.fromkeys(_names(blocks_of(kind))) if name != "organ"]


def days(rule_id: str) -> str:
    """How long a row of rules.yaml lets something take, in words: 5个工作日."""
    row = rule(rule_id)
    return f"{row.value}{_UNITS[row.unit, row.clock.value]}"


def _names(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        for text in _texts(block):
            for is_days, name in PLACEHOLDER.findall(text):
                if is_days:
                    days(name)  # raises where there is no such row
                else:
                    yield name


def _texts(block: Block) -> Iterator[str]:
    for value in block.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            for row in value:
                yield row[1] if isinstance(row, list) else row
