"""What one version changed, field by field."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Final

import orjson

from registry_api.register.firm import Firm
from registry_api.register.history import Entity, History, Step
from registry_api.register.lawyer import Lawyer
from registry_api.register.record import internal_record
from registry_api.register.standing import LICENCE_REVOKED

ID_NUMBER: Final = "id_number"
_NOT_TOLD: Final = frozenset({"kind", "id", "version"})
_APART: Final = frozenset({"lawyer_id", "firm_id", "practices", "periods", "facts", "id_card", "version", "earlier"})


@dataclass(frozen=True, slots=True)
class FieldChange:
    """`withheld`: it changed, and nobody is shown from what to what."""

    field: str
    before: Any
    after: Any
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """One version and what it changed; the first names every field that has a value."""

    version: int
    step: Step[Any]
    changes: tuple[FieldChange, ...]

    @property
    def effective_on(self) -> date | None:
        return None if self.step.recorded is None else self.step.recorded.effective_on


def changes_of(history: History[Entity]) -> Iterator[Change]:
    before: Mapping[str, Any] = {}
    for step in history.steps:
        after = told_fields(step.state)
        changed = [
            FieldChange(name, before.get(name), after.get(name))
            for name in after
            if before.get(name) != after.get(name)
        ]
        if step.recorded is not None and ID_NUMBER in step.recorded.changed_fields:
            changed.append(FieldChange(ID_NUMBER, None, None, withheld=True))
        yield Change(step.state.version, step, tuple(changed))
        before = after


def told_fields(entity: Lawyer | Firm) -> dict[str, Any]:
    """The record's fields and the details that files do not carry, as JSON would show them."""
    record = {name: value for name, value in internal_record(entity).items() if name not in _NOT_TOLD}
    details = {
        field.name: getattr(entity, field.name)
        for field in fields(entity)
        if field.name not in _APART and field.name not in record
    }
    plain: dict[str, Any] = orjson.loads(orjson.dumps(details, default=str))
    return record | plain


def ground_told(ground: str | None, *, entitled: bool) -> str | None:
    """A timeline is about the past: there only who may read standing learns that a licence was revoked."""
    return ground if entitled or ground != LICENCE_REVOKED else None
