"""督办单: what one notice says, as a paper. Whoever keeps notices fills in the small class."""

from dataclasses import dataclass
from datetime import date, datetime

from progress_api.papers.domain import Block, Column, Heading, Paper, Paragraph, Table, day_zh

_COLUMNS = (Column("项目", "Item", 1), Column("内容", "Content", 4))


@dataclass(frozen=True, slots=True)
class NoticeSheet:
    """number: 发文字号, None while it is a draft; level: the colour's labels, such as 橙色督办 and orange notice.

    due_on: None before it is issued. matter, demand: the department's words, for the addressee alone: they never stand
    in an event or a log. basis: what the plan's text asks; evidence: the path of the rows behind what is found.
    """

    number: str | None
    level_zh: str
    level_en: str
    addressee: str
    title: str
    matter: str
    demand: str
    basis: str
    due_on: date | None
    issued_on: date | None
    signed_by: str
    made_at: datetime
    evidence: str | None = None


def notice_sheet(sheet: NoticeSheet) -> Paper:
    due = None if sheet.due_on is None else day_zh(sheet.due_on)
    rows: tuple[tuple[str, str], ...] = (
        ("督办等级", f"{sheet.level_zh} {sheet.level_en}"),
        ("督办事项", sheet.title),
        ("承办单位", sheet.addressee),
        ("答复时限", due or "签发时确定"),
        ("督办依据", sheet.basis),
    )
    blocks: tuple[Block, ...] = (
        Table(
            "督办单", "督办事项", "Notice", _COLUMNS, rows,
            evidence=tuple(sheet.evidence if row[0] == "督办事项" else None for row in rows),
        ),
        Heading("存在问题", "What was found"),
        *(Paragraph(line) for line in sheet.matter.splitlines() if line.strip()),
        Heading("办理要求", "What is asked"),
        *(Paragraph(line) for line in sheet.demand.splitlines() if line.strip()),
        *(
            [Paragraph(f"请于{due}前书面答复办理情况。", f"Answer in writing by {sheet.due_on}.")] if due else []
        ),
    )  # fmt: skip
    return Paper(
        head=f"{sheet.signed_by}督办单",
        title_zh=f"关于{sheet.title}的督办单",
        title_en="Notice to act (督办单)",
        blocks=blocks,
        signed_by=sheet.signed_by,
        made_at=sheet.made_at,
        number=sheet.number,
        addressee=sheet.addressee,
        dated_on=sheet.issued_on,
        watermark="" if sheet.number else "未签发 草稿",
    )
