"""What was entered in a row, from a body or a sheet, as an answer; or what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from progress_api.refusals import Fault
from progress_api.reporting.domain import Answer, AnswerKind, Item


@dataclass(frozen=True, slots=True)
class Entered:
    """One row as it was filled in; `fields` by name (`Item.fields`), those left empty absent."""

    kind: AnswerKind
    fields: Mapping[str, int | bool | date | str]
    remark: str | None = None
    explanation: str | None = None


def answer_of(item: Item, entered: Entered) -> tuple[Answer, list[Fault]]:
    """Also where something is still missing: a draft may. Faults name `items.<key>.<field>`."""
    faults = [*_misfits(item, entered), *_misplaced(item, entered)]
    given = entered.fields
    amount = given.get("numerator") if item.about.is_share else given.get("amount")
    yes = given.get("yes")
    if item.about.is_yes_or_no:
        amount = None if yes is None else int(yes is True)
    reached_on, document = given.get("reached_on"), given.get("document_number")
    base = given.get("denominator")
    answer = Answer(
        kind=entered.kind,
        amount=amount if isinstance(amount, int) else None,
        base=base if isinstance(base, int) else None,
        reached_on=reached_on if isinstance(reached_on, date) else None,
        document_number=document if isinstance(document, str) else None,
        remark=entered.remark,
        explanation=entered.explanation,
    )
    return answer, faults


def _misfits(item: Item, entered: Entered) -> list[Fault]:
    """The kind does not fit the row."""
    if entered.kind is AnswerKind.NIL and item.about.is_yes_or_no:
        return [Fault(item.place("kind"), "是否类指标请填“是”或“否”", "is yes or no, never a nil report")]
    if entered.kind is AnswerKind.NOT_APPLICABLE and item.is_required:
        return [Fault(item.place("kind"), "该行应报送，不能填“不适用”", "is owed, so it cannot be not applicable")]
    return []


def _misplaced(item: Item, entered: Entered) -> list[Fault]:
    """Something stands in a field that the row has not, or not for this kind."""
    if entered.kind is not AnswerKind.NUMBER:
        return [
            Fault(item.place(name), f"“{entered.kind.zh}”不应填写该项", f"does not go with {entered.kind.value}")
            for name in entered.fields
        ]
    return [
        Fault(item.place(name), "该指标没有此项", "is not a field of this indicator")
        for name in entered.fields
        if name not in item.fields
    ]
