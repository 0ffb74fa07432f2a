"""The glossary names every code of the closed lists, beside its Chinese label where the list carries one."""

import re
from enum import Enum
from pathlib import Path

import pytest
from contracts import (
    assessment,
    conditions,
    conduct,
    consultations,
    consumers,
    counties,
    deadlines,
    deliverables,
    discipline_events,
    disclosure,
    documents,
    evaluations,
    facilities,
    forecasts,
    identifiers,
    inspections,
    lights,
    notices,
    plan,
    plausibility,
    policy,
    proceedings,
    recognition,
    regions,
    register_counts,
    registry_events,
    registry_list_events,
    reporting,
    rhythms,
    rights_taxonomy,
    service,
    statistics,
    working_days,
)

ROOT = Path(__file__).parents[2]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in GLOSSARY.splitlines() if line.startswith("| ")
]
CODES = {code: row[0] for row in ROWS for code in re.findall(r"`([^`]+)`", row[1])}
MODULES = (
    assessment,
    conditions,
    conduct,
    consultations,
    consumers,
    counties,
    deadlines,
    deliverables,
    discipline_events,
    disclosure,
    documents,
    evaluations,
    facilities,
    forecasts,
    identifiers,
    inspections,
    notices,
    lights,
    plan,
    plausibility,
    policy,
    proceedings,
    recognition,
    regions,
    register_counts,
    registry_events,
    registry_list_events,
    reporting,
    rhythms,
    rights_taxonomy,
    service,
    statistics,
    working_days,
)
LISTS = sorted(
    {
        item
        for module in MODULES
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Enum) and item.__module__.startswith("contracts.") and len(item)
    },
    key=lambda item: item.__qualname__,
)


@pytest.mark.parametrize("closed_list", LISTS)
def test_every_code_of_a_closed_list_is_in_the_glossary(closed_list):
    assert [str(member.value) for member in closed_list if str(member.value) not in CODES] == []


@pytest.mark.parametrize("closed_list", [item for item in LISTS if hasattr(next(iter(item)), "zh")])
def test_the_chinese_label_stands_beside_its_code(closed_list):
    for member in closed_list:
        assert any(row[0] == member.zh and f"`{member.value}`" in row[1] for row in ROWS), member


def test_conduct_codes_penalties_regions_and_targets_are_in_the_glossary():
    described = {
        **{code: item.zh for code, item in conduct.conduct_codes().items()},
        **{region.code: region.name_zh for region in regions.REGIONS.values()},
        **{target.id: target.title_zh for target in plan.plan().targets},
        **{section.id: section.title_zh for section in plan.plan().sections()},
    }
    assert {code: CODES.get(code) for code in described} == described
    for info in conduct.penalties().values():
        assert any(row[0] == info.zh and f"`{info.code}`" in row[1] for row in ROWS), info.code
