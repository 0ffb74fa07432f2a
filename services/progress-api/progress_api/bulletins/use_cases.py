"""月报 and 通报: content laid out as papers."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from contracts.labels import LabelledEnum
from contracts.regions import region_label

from progress_api.bulletins.domain import Content, IndicatorLine, LightLine, RegionLine, TargetLine
from progress_api.bulletins.forecast_blocks import forecasts
from progress_api.bulletins.words import period_zh
from progress_api.papers.domain import (
    Bar,
    Bars,
    Block,
    Cell,
    Column,
    Heading,
    Line,
    Lines,
    Paper,
    Paragraph,
    Part,
    Parts,
    Source,
    Table,
    day_zh,
)


class PaperKind(LabelledEnum):
    BULLETIN = "bulletin", "月报", "monthly bulletin"
    CIRCULAR = "circular", "通报", "circular"


@dataclass(frozen=True, slots=True)
class Issue:
    """What a signature adds to the content; number and day are None until then. made_at: when it was drawn up."""

    made_at: datetime
    digest: str
    number: str | None = None
    issued_on: date | None = None
    watermark: str = ""


def paper_of(kind: PaperKind, content: Content, issue: Issue) -> Paper:
    return _COMPOSED[kind](content, issue)


def _bulletin(content: Content, issue: Issue) -> Paper:
    blocks: tuple[Block, ...] = (
        Paragraph(
            f"截至{day_zh(content.as_of)}，《{content.plan_zh}》推进情况如下。",
            f"The plan's progress as of {content.as_of.isoformat()}.",
        ),
        *_targets(content),
        *forecasts(content),
        *_measures(content),
        *_deliverables(content),
        *_indicators(content),
        *_regions(content),
    )
    return framed(
        content, issue, blocks,
        head=f"{content.issuer_zh}月报",
        title_zh=f"律师行业高质量发展三年行动{period_zh(content.period)}推进情况月报",
        title_en=f"Monthly bulletin on the three-year action plan, {content.period}",
    )  # fmt: skip


def _circular(content: Content, issue: Issue) -> Paper:
    without = sum(line.value is None for line in content.indicators)
    waiting = sum(line.missing > 0 for line in content.indicators)
    blocks: tuple[Block, ...] = (
        Paragraph(
            f"现将截至{day_zh(content.as_of)}《{content.plan_zh}》推进情况通报如下。",
            f"Where the plan stands as of {content.as_of.isoformat()}.",
        ),
        *_targets(content),
        *_measures(content),
        Heading("存在的问题", "What is lacking"),
        Paragraph(
            f"全部{len(content.indicators)}项指标中，{without}项暂无数值；{waiting}项报送指标尚有地区未报送或者未经确认。",
            f"{without} of {len(content.indicators)} indicators have no value; of {waiting} reported ones some "
            "regions' numbers are still lacking.",
        ),
        *_lagging(content),
        Heading("下一步要求", "What is asked next"),
        Paragraph(
            "各地各单位要对照方案要求和本通报所列问题，逐项明确措施和时限，按期报送进展并附依据。",
            "Each region and unit settles, point by point, what is done by when, and reports in time, with evidence.",
        ),
    )  # fmt: skip
    return framed(
        content, issue, blocks,
        head=f"{content.issuer_zh}文件",
        title_zh=f"关于律师行业高质量发展三年行动{period_zh(content.period)}推进情况的通报",
        title_en=f"Circular on the three-year action plan, {content.period}",
        addressee="各省辖市、济源示范区司法局",
    )  # fmt: skip


_COMPOSED: dict[PaperKind, Callable[[Content, Issue], Paper]] = {
    PaperKind.BULLETIN: _bulletin,
    PaperKind.CIRCULAR: _circular,
}


def framed(
    content: Content, issue: Issue, blocks: tuple[Block, ...], *, head: str, title_zh: str, title_en: str,
    addressee: str = "",
) -> Paper:  # fmt: skip
    """Blocks as a paper of the plan's issuer, with sources and basis."""
    return Paper(
        head=head,
        title_zh=title_zh,
        title_en=title_en,
        blocks=blocks,
        signed_by=content.issuer_zh,
        made_at=issue.made_at,
        number=issue.number,
        addressee=addressee,
        dated_on=issue.issued_on,
        watermark=issue.watermark,
        sources=tuple(_sources()),
        basis=tuple(_basis(content, issue)),
        notes=tuple(Paragraph(note.zh, note.en) for note in content.notes),
    )


_TARGET_COLUMNS = (
    Column("编号", "No.", 0.65),
    Column("目标", "Target", 2.2),
    Column("要求", "Asked", 1.2),
    Column("现值", "Value", 0.8, number=True),
    Column("差距", "Gap", 0.8, number=True),
    Column("状态", "State", 0.9),
    Column("理由", "Why", 3),
)


def _targets(content: Content) -> Iterator[Block]:
    attained = sum(line.attained is True for line in content.targets)
    short = sum(line.attained is False for line in content.targets)
    yield Heading("目标完成情况", "Targets")
    yield Paragraph(
        f"方案提出的{len(content.targets)}项量化目标中，已达到{attained}项，未达到{short}项，"
        f"无数值或者不计达成的{len(content.targets) - attained - short}项。",
        f"Of {len(content.targets)} targets {attained} are attained and {short} are not; the others have no value, or "
        "no number to attain.",
    )
    yield Bars("距目标的进度", "The way to each target", tuple(_bars(content)))
    yield Table(
        "目标", "量化目标完成情况", "Targets", _TARGET_COLUMNS,
        tuple(_target_row(line) for line in content.targets),
        evidence=tuple(line.evidence for line in content.targets),
    )  # fmt: skip
    lines = tuple(_lines(content))
    if lines:
        yield Lines("近月走势", "Recent months", lines)


def _bars(content: Content) -> Iterator[Bar]:
    """In per cent of the bound; what has none, or is a rank, has no bar."""
    for line in content.targets:
        if line.level != "province" or not line.bound or line.downwards or line.value is None:
            continue
        per_cent = 100 * line.value / line.bound
        yield Bar(
            f"{line.id} {line.title_zh}",
            min(per_cent, 150.0),
            f"{line.value} / {line.bound}{line.unit_zh}（{per_cent:.0f}%）",
            bound=100.0,
            colour="plain" if line.light is None else line.light.colour,
        )


def _lines(content: Content) -> Iterator[Line]:
    titles = {line.id: line.title_zh for line in content.targets}
    for trend in content.trends:
        if sum(point.value is not None for point in trend.points) > 1:
            yield Line(
                f"{trend.target} {titles[trend.target]}",
                tuple((f"{point.on:%y-%m}", point.value) for point in trend.points),
            )


def _target_row(line: TargetLine) -> tuple[Cell, ...]:
    state, why = _told_light(line.light)
    if state is None:
        state = "不计达成" if line.attained is None else "已达到" if line.attained else "未达到"
        why = None if line.reason is None else line.reason.zh
    return (line.id, line.title_zh, line.asked_zh, line.value, line.gap, state, why)


_COLOURS = ("green", "yellow", "red", "grey", "stale")
_MEASURE_COLUMNS = (
    Column("编号", "No.", 0.65),
    Column("举措或者要求", "Measure or requirement", 3),
    Column("亮灯", "Light", 0.7),
    Column("理由", "Why", 3),
)


def _measures(content: Content) -> Iterator[Block]:
    if content.plan_light is None:
        return
    yield Heading("各项举措", "Measures")
    yield Paragraph(
        f"方案总体为{content.plan_light.zh}：{content.plan_light.reason_zh}。".replace("。。", "。"),
        f"The plan as a whole is {content.plan_light.en}.",
    )
    yield Parts(
        "各板块举措亮灯", "Lights of measures, by group",
        tuple(
            (title, _colours([line.light for line in content.sections if line.group == group]))
            for group, title in [*((g.id, g.title_zh) for g in content.groups), (None, "工作要求")]
        ),
    )  # fmt: skip
    yield Table(
        "举措", "各项举措亮灯情况", "Lights of measures", _MEASURE_COLUMNS,
        tuple((line.id, line.title_zh, *_told_light(line.light)) for line in content.sections),
    )  # fmt: skip


def _colours(lights: list[LightLine | None]) -> tuple[Part, ...]:
    counts = Counter((light.colour, light.zh) for light in lights if light is not None)
    return tuple(Part(zh, count, colour) for (colour, zh), count in sorted(counts.items(), key=_severity))


def _severity(counted: tuple[tuple[str, str], int]) -> int:
    return _COLOURS.index(counted[0][0])


def _told_light(light: LightLine | None) -> tuple[str | None, str | None]:
    """The computed colour, and why; what was set by hand is told beside it, never instead."""
    if light is None:
        return None, None
    if light.by_hand is None:
        return light.zh, light.reason_zh
    until = f"人工调整为{light.by_hand.zh}，至{light.by_hand.expires_on.isoformat()}止。"
    return light.zh, f"{light.reason_zh}{until}"


def _lagging(content: Content) -> Iterator[Block]:
    """The red and yellow ones: what a circular is written for."""
    behind = [line for line in content.sections if line.light is not None and line.light.colour in ("red", "yellow")]
    if behind:
        yield Table(
            "滞后举措", "进度滞后的举措", "Measures behind their dates", _MEASURE_COLUMNS,
            tuple((line.id, line.title_zh, *_told_light(line.light)) for line in behind),
        )  # fmt: skip
    short = [line for line in content.targets if line.attained is False]
    if short:
        yield Table(
            "未达目标", "尚未达到的目标", "Targets not attained", _TARGET_COLUMNS,
            tuple(_target_row(line) for line in short),
            evidence=tuple(line.evidence for line in short),
        )  # fmt: skip


_STATE_COLOURS = {"verified": "green", "delivered": "plain", "in-progress": "yellow", "planned": "stale", None: "grey"}
_DELIVERABLE_COLUMNS = (
    Column("编号", "No.", 0.7),
    Column("任务成果", "Deliverable", 4),
    Column("状态", "State", 2),
)


def _deliverables(content: Content) -> Iterator[Block]:
    if not any(line.states for line in content.deliverables):
        return
    yield Heading("任务成果", "Deliverables")
    labels = {state.state: state.zh for line in content.deliverables for state in line.states}
    wholes = []
    for group, title in [*((g.id, g.title_zh) for g in content.groups), (None, "工作要求")]:
        within = {section.id for section in content.sections if section.group == group}
        counts: Counter[str | None] = Counter()
        for line in content.deliverables:
            if line.section in within:
                counts.update({state.state: state.count for state in line.states})
        parts = tuple(Part(labels.get(state, ""), counts[state], colour) for state, colour in _STATE_COLOURS.items())
        wholes.append((title, tuple(part for part in parts if part.label)))
    yield Parts("各板块任务成果状态", "States of deliverables, by group", tuple(wholes))
    yield Table(
        "任务成果", "任务成果状态", "Deliverables", _DELIVERABLE_COLUMNS,
        tuple(
            (
                line.id, line.title_zh,
                "、".join(s.zh if len(line.states) == s.count == 1 else f"{s.zh}（{s.count}）" for s in line.states),
            )
            for line in content.deliverables
        ),
    )  # fmt: skip


_INDICATOR_COLUMNS = (
    Column("编号", "No.", 0.8),
    Column("指标", "Indicator", 3.2),
    Column("数值", "Value", 0.9, number=True),
    Column("单位", "Unit", 0.8),
    Column("截止日", "As of", 1),
    Column("没有数值的原因", "Why there is none", 2.2),
)


def _indicators(content: Content) -> Iterator[Block]:
    valued = sum(line.value is not None for line in content.indicators)
    yield Heading("指标数值", "Indicators")
    yield Paragraph(
        f"全部{len(content.indicators)}项指标中，{valued}项有数值，{len(content.indicators) - valued}项暂无数值。",
        f"{valued} of {len(content.indicators)} indicators have a value.",
    )
    yield Table(
        "指标", "指标数值（全省）", "Indicators, whole province", _INDICATOR_COLUMNS,
        tuple(_indicator_row(line) for line in content.indicators),
        evidence=tuple(line.evidence for line in content.indicators),
    )  # fmt: skip


def _indicator_row(line: IndicatorLine) -> tuple[Cell, ...]:
    note = line.reason.zh if line.reason is not None else f"缺{line.missing}个地区" if line.missing else None
    return (line.id, line.title_zh, line.value, line.unit_zh, line.as_of, note)


def _regions(content: Content) -> Iterator[Block]:
    """On paper the targets' indicators; in the spreadsheet every indicator that is shown by region, with reasons."""
    broken_down = [line for line in content.indicators if line.regions]
    if not broken_down:
        return
    codes = tuple(dict.fromkeys(region.code for line in broken_down for region in line.regions))
    values = {(line.id, region.code): region.value for line in broken_down for region in line.regions}
    wanted = {line.indicator for line in content.targets}
    main = [line for line in broken_down if line.id in wanted]
    yield Heading("分地区数值", "By region")
    yield Table(
        "分地区主要指标", "分地区主要指标", "Main indicators by region",
        (Column("地区", "Region", 1.6), *(Column(line.title_zh, line.id, 1, number=True) for line in main)),
        tuple((region_label(code)[0], *(values.get((line.id, code)) for line in main)) for code in codes),
    )  # fmt: skip
    yield Table(
        "分地区全部", "全部分地区数值", "All indicators by region",
        (
            Column("编号", "No.", 0.8), Column("指标", "Indicator", 3), Column("地区", "Region", 1.2),
            Column("数值", "Value", 1, number=True), Column("单位", "Unit", 0.8),
            Column("没有数值的原因", "Why none", 3),
        ),
        tuple(
            (line.id, line.title_zh, region.zh, region.value, line.unit_zh, _why(region))
            for line in broken_down
            for region in line.regions
        ),
        only_in_sheet=True,
    )  # fmt: skip


def _why(region: RegionLine) -> str | None:
    return None if region.reason is None else region.reason.zh


_SOURCES = (
    ("登记", "Register", "律师、律师事务所登记和认定事件"),
    ("惩戒与公示", "Discipline", "处分、公示和案件事件，只取全省数"),
    ("维权", "Rights", "维权、会商和测评事件，只取全省数"),
    ("各地各单位报送", "Reports", "按期报送并经省司法厅确认的数值"),
    ("国家统计", "National statistics", "国家发布的分省律师统计表"),
)


def _sources() -> Iterator[Source]:
    for name_zh, name_en, told in _SOURCES:
        yield Source(name_zh, name_en, told)
    yield Source("方案目录", "Catalogue of the plan", "举措、目标、指标及其定义和原文", "/v1/plan")
    yield Source("公开各期", "Published editions", "已签发各期及其开放数据", "/v1/public/editions")


def _basis(content: Content, issue: Issue) -> Iterator[Paragraph]:
    yield Paragraph(
        f"数值截止日{content.as_of.isoformat()}；内容摘要（SM3）{issue.digest}",
        f"Values as of {content.as_of.isoformat()}; SM3 digest of the content as above.",
    )
    yield Paragraph(
        "按截止日的事实，依拟稿时已入库的数据计算；此后补报的计入以后各期。",
        "Made of what was recorded when it was drawn up, as far as it was true on the day.",
    )
    for feed in content.feeds:
        position = "位置不公开" if feed.position is None else f"已计入第{feed.position}号事件"
        complete = "" if feed.complete else "，有事件尚待处理"
        yield Paragraph(f"{feed.topic}：{position}{complete}")
