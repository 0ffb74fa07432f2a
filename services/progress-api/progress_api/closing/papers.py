"""The final report and an addendum, laid out as papers."""

from collections.abc import Iterator

from contracts.regions import region_label

from progress_api.bulletins.domain import Content, IndicatorLine
from progress_api.bulletins.use_cases import Issue, framed
from progress_api.closing.lateness import Addendum, Difference
from progress_api.closing.record import FinalReport, SectionEnd
from progress_api.closing.verdicts import Outcome, Verdict
from progress_api.papers.domain import Block, Cell, Column, Heading, Paper, Paragraph, Table, day_zh

_TARGET_COLUMNS = (
    Column("编号", "No.", 0.65), Column("目标", "Target", 2.2), Column("要求", "Asked", 1.2),
    Column("数值", "Value", 0.8, number=True), Column("差距", "Gap", 0.8, number=True), Column("结论", "Outcome", 0.9),
    Column("说明", "Why", 3),
)  # fmt: skip
_MEASURE_COLUMNS = (
    Column("编号", "No.", 0.6), Column("举措或者要求", "Measure or requirement", 3), Column("亮灯", "Light", 0.8),
    Column("已核实", "Verified", 0.7, number=True), Column("已交付", "Delivered", 0.7, number=True),
    Column("未完成", "Open", 0.7, number=True), Column("未知事项", "Unknown", 0.8, number=True),
)  # fmt: skip
_INDICATOR_COLUMNS = (
    Column("编号", "No.", 0.8), Column("指标", "Indicator", 3.2), Column("数值", "Value", 0.9, number=True),
    Column("单位", "Unit", 0.8), Column("没有数值的原因", "Why there is none", 2.4),
)  # fmt: skip
_DELIVERABLE_COLUMNS = (
    Column("编号", "No.", 0.8), Column("任务成果", "Deliverable", 3.6), Column("状态", "State", 2),
    Column("佐证件数", "Evidence", 0.8, number=True),
)  # fmt: skip
_DIFFERENCE_COLUMNS = (
    Column("事项", "Of", 1.1), Column("编号", "No.", 1), Column("地区", "Region", 1), Column("定格", "As frozen", 1.3),
    Column("现知", "As known now", 1.3),
)  # fmt: skip


def paper_of_report(report: FinalReport, issue: Issue) -> Paper:
    content = report.content
    blocks: tuple[Block, ...] = (
        Paragraph(
            f"《{content.plan_zh}》于{day_zh(content.as_of)}期满。现将当日情况定格，逐项报告如下。",
            f"The plan ended on {content.as_of.isoformat()}; where everything stood on that day.",
        ),
        *_targets(report),
        *_overview(report),
        *_measures(report),
        *_remarks(),
    )
    return framed(
        content, issue, blocks,
        head=f"{content.issuer_zh}文件",
        title_zh=f"《{content.plan_zh}》收官报告",
        title_en=f"Final report: {content.plan_en}",
    )  # fmt: skip


def paper_of_addendum(addendum: Addendum, content: Content, issue: Issue, number: int | None) -> Paper:
    """content: of the freeze, for the plan's words and basis. number: once it is signed."""
    which = "" if number is None else f"（第{number}号）"
    blocks: list[Block] = [
        Paragraph(
            f"《{addendum.plan_zh}》已按{day_zh(addendum.as_of)}的情况定格（{addendum.freeze_number}）。定格内容不变；"
            f"截至{day_zh(addendum.known_on)}新掌握的同日情况如下。",
            f"The freeze ({addendum.freeze_number}) stands unchanged; below is what is known of "
            f"{addendum.as_of.isoformat()} by {addendum.known_on.isoformat()}.",
        ),
        Heading("与定格内容的差异", "What differs from the freeze"),
    ]
    if addendum.differences:
        blocks.append(_differences(addendum.differences))
    else:
        blocks.append(
            Paragraph("可公布的内容没有差异。", "Nothing differs of what may be published.")
        )  # fmt: skip
    return framed(
        content, issue, tuple(blocks),
        head=f"{addendum.issuer_zh}文件",
        title_zh=f"《{addendum.plan_zh}》收官报告补充说明{which}",
        title_en=f"Addendum to the final report: {addendum.plan_en}",
    )  # fmt: skip


def _targets(report: FinalReport) -> Iterator[Block]:
    counts = {outcome: sum(line.outcome is outcome for line in report.targets) for outcome in Outcome}
    yield Heading("目标完成情况", "Targets")
    yield Paragraph(
        f"方案提出的{len(report.targets)}项量化目标中，"
        + "，".join(f"{outcome.zh}{count}项" for outcome, count in counts.items())
        + "。",
        "Of {n} targets: {told}.".format(
            n=len(report.targets), told=", ".join(f"{count} {outcome.en}" for outcome, count in counts.items())
        ),
    )
    yield Table(
        "目标", "目标完成情况", "Targets", _TARGET_COLUMNS,
        tuple(_target_row(line) for line in report.targets),
        evidence=tuple(line.evidence for line in report.targets),
    )  # fmt: skip


def _target_row(line: Verdict) -> tuple[Cell, ...]:
    why = None if line.reason is None else line.reason.zh
    return (line.target, line.title_zh, line.asked_zh, line.value, line.gap, line.outcome.zh, why)


def _overview(report: FinalReport) -> Iterator[Block]:
    yield Heading("各项举措总览", "Measures at a glance")
    yield Table(
        "举措", "各项举措收官情况", "Measures at the end", _MEASURE_COLUMNS,
        tuple(
            (
                each.id, each.title_zh, None if each.light is None else each.light.zh, each.verified, each.delivered,
                each.open, len(each.unknown),
            )
            for each in report.sections
        ),
    )  # fmt: skip


def _measures(report: FinalReport) -> Iterator[Block]:
    yield Heading("逐项报告", "Measure by measure")
    lines = {line.id: line for line in report.content.indicators}
    verdicts = {line.target: line for line in report.targets}
    for section in report.sections:
        yield Paragraph(f"{section.id} {section.title_zh}", f"{section.id} {section.title_en}")
        yield Paragraph(_told(section, verdicts), "")
        if section.deliverables:
            yield Table(
                f"{section.id}成果", f"{section.id} 任务成果", f"{section.id} deliverables", _DELIVERABLE_COLUMNS,
                tuple(
                    (
                        item.id, item.title_zh,
                        "、".join(f"{state.zh}（{state.count}）" for state in item.states), item.evidence,
                    )
                    for item in section.deliverables
                ),
                evidence=tuple(item.where for item in section.deliverables),
            )  # fmt: skip
        if section.indicators:
            own = [lines[indicator_id] for indicator_id in section.indicators]
            yield Table(
                f"{section.id}指标", f"{section.id} 指标", f"{section.id} indicators", _INDICATOR_COLUMNS,
                tuple(_indicator_row(line) for line in own),
                evidence=tuple(line.evidence for line in own),
            )  # fmt: skip


def _told(section: SectionEnd, verdicts: dict[str, Verdict]) -> str:
    parts = []
    if section.light is not None:
        parts.append(f"末日为{section.light.zh}：{section.light.reason_zh.rstrip('。')}")
    parts += [
        f"目标{target}{verdicts[target].outcome.zh}" for target in section.targets
    ]  # fmt: skip
    done = f"任务成果已核实{section.verified}、已交付{section.delivered}、未完成{section.open}"
    parts.append(done)
    if section.unknown:
        parts.append(f"尚不掌握的指标{len(section.unknown)}项")
    return "；".join(parts) + "。"


def _indicator_row(line: IndicatorLine) -> tuple[Cell, ...]:
    note = line.reason.zh if line.reason is not None else f"缺{line.missing}个地区" if line.missing else None
    return (line.id, line.title_zh, line.value, line.unit_zh, note)


def _remarks() -> Iterator[Block]:
    yield Heading("说明", "Remarks")
    yield Paragraph(
        "本报告所列为期满当日所知的情况，签发后不再更改；其后掌握的情况以补充说明公布。",
        "This is what was known of the last day; it does not change. What becomes known later is published as addenda.",
    )
    yield Paragraph(
        "要求各地落实的任务成果逐地区计数；有量化目标的任务成果以目标结论为准。",
        "Deliverables asked of each region count once for each; where a target's number speaks, its outcome counts.",
    )


def _differences(found: tuple[Difference, ...]) -> Table:
    return Table(
        "差异", "与定格内容的差异", "What differs from the freeze", _DIFFERENCE_COLUMNS,
        tuple(
            (
                each.of.zh, each.id, "全省" if each.region is None else region_label(each.region)[0],
                _shown(each.was), _shown(each.now),
            )
            for each in found
        ),
        evidence=tuple(each.records for each in found),
    )  # fmt: skip


def _shown(told: float | str | None) -> Cell:
    if told is None:
        return "无数值"
    return Outcome(told).zh if isinstance(told, str) and told in set(Outcome) else told
