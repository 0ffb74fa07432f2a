"""A paper as PDF: typst, our own fonts, charts drawn by the template itself."""

from functools import cache
from importlib import resources
from typing import Any

from common.typeset import compile_pdf

from progress_api.papers.domain import Bars, Block, Heading, Lines, Paper, Paragraph, Parts, Table, day_zh, shown

_MOST_ROWS = 120
"""A longer table is the spreadsheet's: the paper says so in its place."""


def write_pdf(paper: Paper, base_url: str) -> bytes:
    return compile_pdf(_template(), as_data(paper, base_url), paper.made_at)


def as_data(paper: Paper, base_url: str) -> dict[str, Any]:
    """What the template is told."""
    return {
        "head": paper.head,
        "title": paper.title_zh,
        "title_en": paper.title_en,
        "number": paper.number or "",
        "addressee": paper.addressee,
        "watermark": paper.watermark,
        "signed_by": paper.signed_by,
        "date": day_zh(paper.dated_on) if paper.dated_on else "",
        "blocks": [_block(block, base_url) for block in paper.blocks],
        "sources": [
            {"zh": source.name_zh, "en": source.name_en, "told": source.told_zh, "href": _href(source.path, base_url)}
            for source in paper.sources
        ],
        "basis": [{"zh": each.zh, "en": each.en} for each in paper.basis],
        "notes": [{"zh": each.zh, "en": each.en} for each in paper.notes],
    }


@cache
def _template() -> bytes:
    return resources.files("progress_api.papers").joinpath("paper.typ").read_bytes()


def _block(block: Block, base_url: str) -> dict[str, Any]:
    match block:
        case Heading():
            return {"is": "heading", "zh": block.zh, "en": block.en, "level": block.level}
        case Paragraph():
            return {"is": "paragraph", "zh": block.zh, "en": block.en}
        case Table():
            return _table(block, base_url)
        case Bars():
            return {
                "is": "bars",
                "zh": block.zh,
                "en": block.en,
                "bars": [
                    {"label": bar.label, "value": bar.value, "told": bar.told, "bound": bar.bound, "colour": bar.colour}
                    for bar in block.bars
                ],
            }
        case Parts():
            return {
                "is": "parts",
                "zh": block.zh,
                "en": block.en,
                "wholes": [
                    {
                        "label": label,
                        "parts": [{"label": p.label, "value": p.value, "colour": p.colour} for p in parts if p.value],
                    }
                    for label, parts in block.wholes
                ],
                "legend": _legend(block),
            }
        case Lines():
            return {
                "is": "lines",
                "zh": block.zh,
                "en": block.en,
                "lines": [
                    {
                        "label": line.label,
                        "bound": line.bound,
                        "points": [{"label": label, "value": value} for label, value in line.points],
                    }
                    for line in block.lines
                ],
            }


def _legend(block: Parts) -> list[dict[str, str]]:
    found = {part.colour: part.label for _, parts in block.wholes for part in parts}
    return [{"colour": colour, "label": label} for colour, label in found.items()]


def _table(table: Table, base_url: str) -> dict[str, Any]:
    if table.only_in_sheet or len(table.rows) > _MOST_ROWS:
        return {
            "is": "paragraph",
            "zh": f"{table.zh}共{len(table.rows)}行，见所附电子表格“{table.name}”页。",
            "en": f"{table.en}: {len(table.rows)} rows, in the spreadsheet.",
        }
    evidence = table.evidence or (None,) * len(table.rows)
    return {
        "is": "table",
        "zh": table.zh,
        "en": table.en,
        "columns": [
            {"zh": column.zh, "en": column.en, "weight": column.weight, "number": column.number}
            for column in table.columns
        ],
        "rows": [
            {
                "cells": [shown(cell, column) for cell, column in zip(row, table.columns, strict=True)],
                "href": _href(path, base_url),
            }
            for row, path in zip(table.rows, evidence, strict=True)
        ],
    }


def _href(path: str | None, base_url: str) -> str:
    return "" if path is None else f"{base_url}{path}"
