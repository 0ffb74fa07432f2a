"""Why a command or a question was refused, said for people; routes turn it into a problem."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID


class Refused(Exception):
    """`code` is stable; `field` names the member at fault; `conflict` means the state, not the input, is in the way."""

    def __init__(
        self,
        code: str,
        zh: str,
        en: str,
        *,
        field: str | None = None,
        conflict: bool = False,
        case_id: UUID | None = None,
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en, self.field = code, zh, en, field
        self.conflict, self.case_id = conflict, case_id
        self.extra: dict[str, Any] = dict(extra or {})
        """Further members of the problem, such as the guard that refused."""


class BeyondAuthority(Refused):
    """The organ, or the officer, has not the power that the act needs: an attempt that goes into the audit log."""


class NotCompetent(BeyondAuthority):
    """Another organ, or another officer of it, must act: 403."""


class NotFound(Exception):
    """No such record, or none that this caller may see."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class NoSuchSanction(NotFound):
    def __init__(self) -> None:
        super().__init__("没有这件处罚或处分记录。", "There is no such sanction.")


class TermOver(Exception):
    """The record's term has ended: what remains is the day and the rule."""

    def __init__(self, since: date, rule_id: str) -> None:
        super().__init__(rule_id)
        self.since, self.rule_id = since, rule_id
