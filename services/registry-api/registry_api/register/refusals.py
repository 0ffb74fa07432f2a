"""Why a command was refused, said for people; routes turn it into a problem, imports into a line of the report."""

from datetime import date

from contracts.identifiers import InvalidIdentifier


class Refused(Exception):
    """`code` is stable; `field` names the member at fault; `conflict` means the state, not the input, is in the way."""

    def __init__(self, code: str, zh: str, en: str, *, field: str | None = None, conflict: bool = False) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en, self.field, self.conflict = code, zh, en, field, conflict

    @classmethod
    def because(cls, error: InvalidIdentifier, *, field: str) -> "Refused":
        return cls(error.reason_code, error.zh, error.en, field=field)


class NotFound(Exception):
    """No such record, or none that this caller may see."""

    def __init__(self, what_zh: str, what_en: str) -> None:
        super().__init__(f"no such {what_en}")
        self.what_zh, self.what_en = what_zh, what_en


EARLIEST = date(1949, 10, 1)


def check_day(on: date, today: date, *, field: str = "effective_on") -> None:
    if on < EARLIEST:
        raise Refused("date-implausible", "日期过早", "is too early a date", field=field)
    if on > today:
        raise Refused(
            "date-in-future", "生效日期不能晚于今天", "the day of effect cannot lie in the future", field=field
        )


def before_current(limit: date, *, field: str = "effective_on") -> Refused:
    return Refused(
        "date-before-current-interval",
        f"生效日期早于现记录的起始日期 {limit.isoformat()}",
        f"the day of effect lies before {limit.isoformat()}, when the current interval begins",
        field=field,
    )
