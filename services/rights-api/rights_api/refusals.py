"""Why a command or a question was refused, said for people; routes turn it into a problem."""

from collections.abc import Mapping
from datetime import date
from typing import Any


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
        extra: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {en}")
        self.code, self.zh, self.en, self.field = code, zh, en, field
        self.conflict = conflict
        self.extra: dict[str, Any] = dict(extra or {})
        """Further members of the problem, such as the guard that refused."""


class NotCompetent(Refused):
    """Another organ, or another officer of it, must act: 403."""


class NotFound(Exception):
    """No such record, or none that this caller may see."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class TermOver(Exception):
    """The record's term has ended: what remains is the day and the rule."""

    def __init__(self, since: date, rule_id: str) -> None:
        super().__init__(rule_id)
        self.since, self.rule_id = since, rule_id
