"""What becomes of the targets if nothing changes, laid out for papers."""

from collections.abc import Iterator

from progress_api.bulletins.domain import Content
from progress_api.papers.domain import Block, Column, Heading, Paragraph, Table, day_zh

_COLUMNS = (
    Column("编号", "No.", 0.65), Column("目标", "Target", 2.2), Column("要求", "Asked", 1.2),
    Column("预测值", "Forecast", 0.8, number=True), Column("下限", "Low", 0.8, number=True),
    Column("上限", "High", 0.8, number=True), Column("判断", "Outlook", 0.9), Column("方法", "Method", 2.4),
)  # fmt: skip


def forecasts(content: Content) -> Iterator[Block]:
    if not content.forecasts:
        return
    asked = {line.id: line.asked_zh for line in content.targets}
    first = content.forecasts[0]
    yield Heading("到期预测", "Forecasts")
    yield Paragraph(
        f"按{day_zh(first.from_on)}以前的走势推算至{day_zh(first.for_on)}，供研判参考；"
        f"实际数值落在下限与上限之间的把握约为{first.level_percent}%。",
        f"Carried on from {first.from_on.isoformat()} to {first.for_on.isoformat()}; what comes lies between low and "
        f"high about {first.level_percent} times of 100.",
    )
    yield Table(
        "预测", "各项目标到期预测", "Forecasts of targets", _COLUMNS,
        tuple(
            (
                line.target, line.title_zh, asked[line.target], line.value, line.low, line.high, line.outlook_zh,
                line.method_zh,
            )
            for line in content.forecasts
        ),
        evidence=tuple(line.evidence for line in content.forecasts),
    )  # fmt: skip
