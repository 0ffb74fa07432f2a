"""The minutes on paper, with a place for each party's stamp; a draft says across itself that it is one."""

from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Any

import orjson
from common.typeset import compile_pdf
from contracts.consultations import Party
from contracts.working_days import SHANGHAI

from rights_api.consultations.agenda import Cell, Item
from rights_api.consultations.domain import Signature, Status, organ_zh
from rights_api.consultations.use_cases import Paper

DRAFT = "征求签署稿 未印发"


def render(paper: Paper, at: datetime) -> bytes:
    """PDF bytes; a tenth of a second of CPU, so off the event loop."""
    meeting, minutes, texts, known = paper.meeting, paper.minutes, paper.texts, paper.known
    attendance = orjson.loads(texts["attendance"])
    issued = meeting.status is Status.ISSUED
    signed = {each.party: each for each in paper.signatures}
    data = {
        "title": f"{meeting.body.zh}纪要",
        "number": meeting.number_zh or f"第{meeting.revision}稿",
        "watermark": "" if issued else DRAFT,
        "lines": [
            ("主办单位", meeting.host.name_zh),
            ("会议时间", _moment(meeting.held_at)),
            ("印发日期", _day(meeting.issued_on) if meeting.issued_on else "尚未印发"),
        ],
        "parties": [
            (organ_zh(party, meeting.region), "、".join(attendance[party.value]))
            for party in Party
            if party in meeting.attended
        ],
        "agenda": [_item(item, paper) for item in meeting.agenda],
        "text": [part for part in minutes.text.splitlines() if part.strip()],
        "resolutions": [
            (organ_zh(each.owner, meeting.region), each.text, _day(each.due_on)) for each in minutes.resolutions
        ],
        "changes": [
            *(
                f"延长期限：原定{_day(known[each.resolution_id].due_on)}由"
                f"{organ_zh(known[each.resolution_id].owner, meeting.region)}落实的事项，"
                f"延至{_day(each.due_on)}。理由：{each.reason}"
                for each in minutes.extensions
            ),
            *(
                f"撤销：原定{_day(known[each.resolution_id].due_on)}由"
                f"{organ_zh(known[each.resolution_id].owner, meeting.region)}落实的事项。理由：{each.reason}"
                for each in minutes.withdrawals
            ),
        ],
        "stamps": [
            (organ_zh(party, meeting.region), _signature(signed.get(party)))
            for party in Party
            if party in meeting.attended
        ],
    }
    return compile_pdf(_template(), data, at)


@cache
def _template() -> bytes:
    return resources.files("rights_api.consultations").joinpath("minutes.typ").read_bytes()


def _item(item: Item, paper: Paper) -> tuple[str, str]:
    parts: list[Any] = [paper.texts.get(f"item:{item.item_id}")]
    if item.resolution_id is not None:
        of = paper.known[item.resolution_id]
        parts.insert(0, f"【{organ_zh(of.owner, of.region)}，{_day(of.adopted_on)}议定，{_day(of.due_on)}到期】")
    if item.cell is not None:
        parts.append(f"（{_cell(item.cell)}：{'不足5件' if item.count is None else f'{item.count}件'}）")
    return item.kind.zh, "".join(part for part in parts if part)


def _cell(cell: Cell) -> str:
    named = [each.zh for each in (cell.right, cell.respondent, cell.level, cell.outcome) if each is not None]
    return "，".join([f"{_day(cell.from_on)}至{_day(cell.to_on)}", *named, "受理反映"])


def _signature(signature: Signature | None) -> str:
    if signature is None:
        return "尚未签署"
    how = "经系统账号签署" if signature.document_number is None else signature.document_number
    return f"{_day(signature.signed_on)} {how}"


def _day(on: date) -> str:
    return f"{on.year}年{on.month}月{on.day}日"


def _moment(at: datetime | None) -> str:
    if at is None:
        return ""
    local = at.astimezone(SHANGHAI)
    return f"{_day(local.date())}{local:%H:%M}"
