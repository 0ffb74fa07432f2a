"""Why a command or a question was refused, said for people; `problems` turns it into an answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Fault:
    """One member of the input that is wrong: its path, such as `items.3.amount` or a cell, `Sheet1!C7`."""

    field: str
    zh: str
    en: str


class Refused(Exception):
    """`code` is stable; `field` names the member at fault; `conflict` means the state, not the input, is in the way;
    `faults`: all that is wrong, where there is more than one thing."""

    def __init__(
        self,
        code: str,
        zh: str,
        en: str,
        *,
        field: str | None = None,
        conflict: bool = False,
        faults: Sequence[Fault] = (),
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en, self.field = code, zh, en, field
        self.conflict = conflict
        self.faults = tuple(faults)


class NotCompetent(Refused):
    """Another organ, or another officer of it, must act: 403."""


class NotFound(Exception):
    """No such record, or none that this caller may see."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def asked_day(as_of: date | None, today: date) -> date:
    """The day that a read is of: today unless another was named. Raises Refused for a day to come."""
    if as_of is not None and as_of > today:
        raise Refused("as-of-in-future", "日期不能晚于今天", "It must not be later than today", field="as_of")
    return as_of or today
