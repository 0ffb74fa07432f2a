"""The catalogue against the text of the plan itself, white space ignored."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from contracts.package_data import load_yaml
from contracts.plan import Operator, Source, Threshold, UnknownPlanId, plan
from contracts.regions import REGIONS


def squash(text: str) -> str:
    return re.sub(r"\s+", "", text)


TEXT = squash((Path(__file__).parent / "data" / "henan-plan-2024-2026.txt").read_text(encoding="utf-8"))
RAW: dict[str, Any] = load_yaml("plan.yaml")
BODY = TEXT[TEXT.index("二、主要目标") : TEXT.index("原文链接")]


def quotes(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("quote", "dimensions_quote"):
                yield path, value
            elif key == "quotes":
                yield from ((path, quote) for quote in value)
            yield from quotes(value, f"{path}/{key}")
    elif isinstance(node, list):
        for number, value in enumerate(node):
            yield from quotes(value, f"{path}/{value.get('id', number) if isinstance(value, dict) else number}")


def sections() -> dict[str, str]:
    """The text of each measure and work requirement."""
    part4 = TEXT.index("四、工作要求")
    starts = {m.id: TEXT.index(f"{m.number}.{m.title_zh}") for m in plan().measures}
    for work in plan().work_requirements:
        starts[work.id] = TEXT.index(f"({'一二三'[work.number - 1]}){work.title_zh}", part4)
    ends = [*list(starts.values())[1:], len(TEXT)]
    ends[22] = part4
    return {section: TEXT[start:end] for (section, start), end in zip(starts.items(), ends, strict=True)}


def test_every_quote_is_in_the_text():
    found = list(quotes(RAW))
    assert len(found) > 250
    assert [(path, quote) for path, quote in found if not quote or squash(quote) not in TEXT] == []


def test_nothing_is_missing():
    whole = plan()
    assert [
        len(whole.groups),
        len(whole.measures),
        len(whole.work_requirements),
        len(whole.deliverables()),
        len(whole.indicators()),
        len(whole.targets),
        len(whole.regions),
    ] == [5, 23, 3, 120, 86, 11, 18]
    assert sum(target.headline for target in whole.targets) == 6
    assert [m.number for m in whole.measures] == list(range(1, 24))


def test_no_number_of_the_plan_lies_outside_the_quotes():
    covered = [False] * len(BODY)
    parts = ("groups", "targets", "countables", "not_targets", "measures", "work_requirements")
    for _, quote in quotes([RAW[part] for part in parts]):
        for match in re.finditer(re.escape(squash(quote)), BODY):
            covered[match.start() : match.end()] = [True] * (match.end() - match.start())
    loose = [BODY[max(0, at - 8) : at + 8] for at, char in enumerate(BODY) if char.isdigit() and not covered[at]]
    assert loose == []


def test_every_document_the_plan_names_is_catalogued():
    catalogue = (Path(load_yaml.__code__.co_filename).parent / "plan.yaml").read_text(encoding="utf-8")
    assert [title for title in set(re.findall(r"《[^》]+》", BODY)) if title not in squash(catalogue)] == []


def test_quotes_and_organs_stand_in_their_own_section():
    texts = sections()
    for section in plan().sections():
        own = texts[section.id]
        assert [organ for organ in section.organs_in_text if squash(organ) not in own] == []
        assert [item.id for item in section.deliverables if squash(item.quote) not in own] == []
        # Only an indicator with a target may be quoted from the paragraph of targets instead.
        elsewhere = [item for item in section.indicators if squash(item.quote) not in own]
        assert [item.id for item in elsewhere if item.target is None] == []


def test_measures_are_of_a_sensible_size():
    for section in plan().sections():
        assert section.deliverables, section.id
        assert 1 <= len(section.indicators) <= 4, section.id


def test_ids_are_unique():
    def ids(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if "id" in node:
                yield node["id"]
            for value in node.values():
                yield from ids(value)
        elif isinstance(node, list):
            for value in node:
                yield from ids(value)

    found = list(ids(RAW))
    assert len(found) == len(set(found))


def test_enumerations_are_those_the_file_declares():
    enums = RAW["meta"]["enums"]
    assert {source.value for source in Source} == set(enums["source"])
    assert {op.value for op in Operator} == set(enums["operator"])
    for item in plan().deliverables():
        assert item.type in enums["deliverable_type"], item.id
    for indicator in plan().indicators():
        assert indicator.direction in enums["direction"], indicator.id
        assert (indicator.reporter is None) == (indicator.source is not Source.CITY_REPORT), indicator.id


def test_targets_and_indicators_point_at_each_other():
    for indicator in plan().indicators():
        target = plan().target_of_indicator(indicator.id)
        if target is not None and indicator.target is not None:
            assert target.indicator == indicator.id
            repeated = (indicator.target.op, indicator.target.value, indicator.target.min, indicator.target.max)
            assert repeated == (target.op, target.value, target.min, target.max)
    for target in plan().targets:
        assert plan().indicator(target.indicator).target is not None
        section = plan().measure_of_indicator(target.indicator)
        assert (section.id if section else None) == target.measure


def test_groups_measures_pilots_and_countables_point_at_what_exists():
    whole = plan()
    assert [m.id for m in whole.measures] == [m for group in whole.groups for m in group.measures]
    for measure in whole.measures:
        assert measure.id in whole.group(measure.group).measures
    for pilot in whole.pilots:
        assert pilot.id in whole.measure(pilot.measure).pilots
        assert {r.code for r in whole.regions if pilot.id in r.pilots} == set(pilot.regions)
    for countable in whole.countables:
        for deliverable in countable.deliverables:
            assert whole.deliverable(deliverable)
    for deliverable_item in whole.deliverables():
        if deliverable_item.target is not None:
            assert whole.target(deliverable_item.target)


def test_ambiguities_name_real_targets_and_parameters():
    parameters = set(type(plan().policy_parameters).model_fields)
    for ambiguity in plan().ambiguities:
        assert ambiguity.parameter is None or ambiguity.parameter in parameters, ambiguity.id
        assert all(plan().target(target) for target in ambiguity.targets)


def test_defaults_are_among_the_options():
    policy = plan().policy_parameters
    for parameter in (policy.firm_headcount_scope, policy.count_branch_as_firm, policy.range_attained_from):
        assert parameter.default in parameter.options
    assert set(policy.count_suspended_lawyers.default.values()) <= set(policy.count_suspended_lawyers.options)
    assert policy.counts_suspended("T1") == "licence-held"
    assert policy.counts_suspended("T3") == "not-suspended"
    assert policy.categories("T1") == frozenset(range(1, 10))
    assert policy.categories("T3") == frozenset(range(1, 6))


def test_the_table_of_regions_is_the_plans():
    for region in plan().regions:
        known = REGIONS[region.code]
        assert (known.name_zh, known.name_en, known.kind) == (region.name_zh, region.name_en, region.kind)
        assert (known.licence_digits, known.official_name_zh) == (region.licence_digits, region.official_name_zh)
    assert [region.code for region in plan().regions] == list(REGIONS)


@pytest.mark.parametrize(
    ("target", "value", "attained", "gap"),
    [
        ("T1", 44_999, False, 1),  # 以上 includes
        ("T1", 45_000, True, 0),
        ("T2", 7, False, 1),  # 进入前6名
        ("T2", 6, True, 0),
        ("T2", 1, True, 0),
        ("T3", 39, False, 2),
        ("T3", 40, False, 1),  # 超过 excludes
        ("T3", 41, True, 0),
        ("T4", 10, False, 1),
        ("T4", 11, True, 0),
        ("T5", 2, False, 1),  # 3-5家: from the lower bound, the upper one is no cap
        ("T5", 3, True, 0),
        ("T5", 6, True, 0),
        ("T7", 199, False, 1),
        ("T7", 200, True, 0),
        ("T8", 1, False, 1),
        ("T8", 2, True, 0),
        ("T9", 0, False, 1),
        ("T6", 12, None, None),  # 一批: no number to attain
        ("T11", 0, None, None),
    ],
)
def test_a_target_is_attained_as_its_words_mean(target, value, attained, gap):
    assert plan().target(target).attained(value) is attained
    assert plan().target(target).gap(value) == gap


def test_a_range_may_be_read_from_its_upper_end():
    assert plan().target("T5").attained(4)
    assert plan().target("T5").attained(4, "max") is False
    assert plan().target("T5").gap(4, "max") == 1


@pytest.mark.parametrize(
    ("headcount", "t3", "t4", "t5"),
    [
        (99, False, False, False),
        (100, True, False, False),
        (101, True, False, False),
        (199, True, False, False),
        (200, True, True, False),
        (299, True, True, False),
        (300, True, True, True),
    ],
)
def test_a_firm_counts_from_its_threshold_on(headcount, t3, t4, t5):
    thresholds = [plan().target(target).threshold for target in ("T3", "T4", "T5")]
    assert all(isinstance(threshold, Threshold) for threshold in thresholds)
    assert [threshold.met(headcount) for threshold in thresholds if threshold] == [t3, t4, t5]


def test_lookups_find_or_say_what_is_unknown():
    assert plan().measure("M12").title_zh == "着力强化律师执业监管"
    assert plan().indicators()[0].id == "H1"
    assert plan().measure_of_indicator("H1") is None
    for look_up in (plan().measure, plan().indicator, plan().target, plan().deliverable, plan().section):
        with pytest.raises(UnknownPlanId):
            look_up("M99")
    with pytest.raises(UnknownPlanId):
        plan().measure_of_indicator("M99-I1")


def test_the_plan_is_read_once_and_cannot_be_changed():
    assert plan() is plan()
    with pytest.raises(ValueError, match="frozen"):
        plan().measure("M12").number = 13
