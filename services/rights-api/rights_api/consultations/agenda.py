"""Items of an agenda, and what of a complaint may become one: counts, or a text that was checked for names."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from contracts.labels import LabelledEnum
from contracts.regions import PROVINCE
from contracts.rights_taxonomy import Outcome, Respondent, Right

from rights_api.cases.routing import Level
from rights_api.refusals import NotCompetent, Refused

SMALLEST_CELL = 5
"""Law note §7 (统计法28 by analogy): fewer cases than this could be traced to one."""


class ItemKind(LabelledEnum):
    RECTIFICATION = "rectification", "整改落实情况", "what became of earlier resolutions"
    CASE = "case", "典型问题（已去标识）", "a de-identified case"
    STATISTICS = "statistics", "情况通报", "counts"
    TOPIC = "topic", "其他议题", "another topic"


@dataclass(frozen=True, slots=True)
class Cell:
    """Complaints alike. Of a meeting in the province it counts the whole province."""

    region: str
    from_on: date
    to_on: date
    right: Right | None = None
    respondent: Respondent | None = None
    level: Level | None = None
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """`beside`: as many differ from the cell in their outcome only, for a cell of one outcome."""

    cases: int
    beside: int | None = None

    @property
    def large(self) -> bool:
        """Nor may the rest of a known sum be small (complementary cell)."""
        return self.cases >= SMALLEST_CELL and (self.beside in (None, 0) or (self.beside or 0) >= SMALLEST_CELL)


@dataclass(frozen=True, slots=True)
class Item:
    item_id: UUID
    kind: ItemKind
    ordinal: int
    cell: Cell | None = None
    count: int | None = None
    """Of the cell, on the day the item was made; None where it is too small to be told."""
    checked: bool = False
    """An officer has confirmed that the text names nobody and lets nobody be recognised."""
    resolution_id: UUID | None = None
    earlier_meeting_id: UUID | None = None


def check_cell(cell: Cell, counted: Counted, *, has_text: bool, checked: bool) -> int | None:
    """The count that may be told. Raises Refused for what is too rare, unless its text was checked."""
    if counted.large:
        return counted.cases
    if cell.respondent is Respondent.JUSTICE:
        raise Refused(
            "justice-cell-too-small",
            f"涉及司法行政机关的事项只能以不少于{SMALLEST_CELL}件的统计数列入议程",
            f"what concerns justice organs enters an agenda as a count of {SMALLEST_CELL} or more only",
            field="respondent",
        )
    if not (has_text and checked):
        raise Refused(
            "cell-too-small",
            f"此类事项（或同类其余结果）不足{SMALLEST_CELL}件，可能被识别；须附去标识文字，并确认已核对（deidentified）",
            f"fewer than {SMALLEST_CELL} such cases, or of the other outcomes: they might be recognised; "
            "give a text and confirm that it was checked (deidentified)",
            field="deidentified",
        )
    return None


def shared(one: Cell, other: Cell) -> Cell | None:
    """What lies in both; None where nothing can."""
    regions = {one.region, other.region} - {PROVINCE}
    from_on, to_on = max(one.from_on, other.from_on), min(one.to_on, other.to_on)
    # Without a respondent a cell leaves out what is against justice organs.
    justice = {cell.respondent for cell in (one, other)} == {None, Respondent.JUSTICE}
    clash = any(
        None not in pair and pair[0] is not pair[1]
        for pair in (
            (one.right, other.right),
            (one.respondent, other.respondent),
            (one.level, other.level),
            (one.outcome, other.outcome),
        )
    )
    if len(regions) > 1 or from_on > to_on or justice or clash:
        return None
    return Cell(
        region=next(iter(regions), PROVINCE),
        from_on=from_on,
        to_on=to_on,
        right=one.right or other.right,
        respondent=one.respondent or other.respondent,
        level=one.level or other.level,
        outcome=one.outcome or other.outcome,
    )


def check_beside(new: int, told: int, common: int) -> None:
    """Two counts set side by side must leave no few cases over, on either side or in both (RR24)."""
    if any(0 < part < SMALLEST_CELL for part in (common, abs(new - common), abs(told - common))):
        raise Refused(
            "cell-gives-others-away",
            f"与已通报的统计数相减将得出不足{SMALLEST_CELL}件的数，不得列入",
            f"set beside counts that were told already, fewer than {SMALLEST_CELL} cases could be singled out",
            field="cell",
        )


def check_case(respondent: Respondent, field: str) -> None:
    """Justice organs sit in both bodies, and must not learn of a complaint against one (RR17)."""
    if respondent is Respondent.JUSTICE:
        raise Refused(
            "justice-case-not-for-meetings",
            "针对司法行政机关的投诉不得作为个案列入会商；只能以统计数列入",
            "a complaint against a justice organ does not come before a body in which justice organs sit",
            field=field,
        )


def check_counts(cell: Cell, *, sees_justice_cases: bool) -> None:
    """Nor does a justice organ bring, and so try out, counts of the complaints against its own branch."""
    if cell.respondent is Respondent.JUSTICE and not sees_justice_cases:
        raise NotCompetent(
            "justice-counts-by-association",
            "涉及司法行政机关的统计数由律师协会提出",
            "counts of complaints against justice organs are brought by the association",
            field="respondent",
        )
