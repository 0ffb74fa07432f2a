"""Questions to the index, page by page, and keeping it in step with the register."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from registry_api.register.refusals import Refused
from registry_api.search.domain import Key, Sought

LAWYERS = 1
FIRMS = 2


@dataclass(frozen=True, slots=True)
class Filters:
    """None where anything will do. `category`: of a lawyer his category, of a firm the ordinal of its kind."""

    region: str | None = None
    county: str | None = None
    category: int | None = None
    active: bool | None = None
    speciality: str | None = None
    public: bool = True


class Candidate(NamedTuple):
    """`best`: whether no other of its keys answers the question better: it shall be listed once."""

    key: Key
    entity_id: UUID
    best: bool
    row: Any


class Index(Protocol):
    async def by_key(
        self, kind: int, wanted: Sought, filters: Filters, after: tuple[Key, UUID] | None, limit: int
    ) -> list[Candidate]: ...

    async def keys_of(self, entity_id: UUID) -> list[Key]: ...

    async def browse(
        self, kind: int, filters: Filters, after: UUID | None, limit: int, *, firms: Sequence[UUID] | None = None,
        name: Sought | None = None,
    ) -> list[Candidate]: ...  # fmt: skip


async def find(
    index: Index,
    kind: int,
    filters: Filters,
    *,
    name: Sought | None,
    firm: Sought | None = None,
    after: UUID | None,
    limit: int,
    visible: Callable[[Any], bool] = lambda _row: True,
) -> list[Candidate]:
    """`limit` of them at most, each entity once, by its best key."""
    firms: list[UUID] | None = None
    if firm is not None:
        firms = await firms_named(index, firm, public=filters.public)
        if not firms:
            return []
    found: list[Candidate] = []
    by_key = name is not None and firms is None
    place = await _place(index, name, after) if by_key and name is not None else None
    while len(found) < limit:
        batch = max(limit - len(found), _SMALLEST_BATCH)
        if by_key and name is not None:
            candidates = await index.by_key(kind, name, filters, place, batch)
            good = [candidate for candidate in candidates if candidate.best]
        else:
            candidates = good = await index.browse(kind, filters, after, batch, firms=firms, name=name)
        found += [candidate for candidate in good if visible(candidate.row)]
        if len(candidates) < batch:
            break
        place, after = (candidates[-1].key, candidates[-1].entity_id), candidates[-1].entity_id
    return found[:limit]


_SMALLEST_BATCH = 20
_MOST_FIRMS = 200


async def firms_named(index: Index, firm: Sought, *, public: bool) -> list[UUID]:
    found = await find(index, FIRMS, Filters(public=public), name=firm, after=None, limit=_MOST_FIRMS)
    return [candidate.entity_id for candidate in found]


async def _place(index: Index, name: Sought, after: UUID | None) -> tuple[Key, UUID] | None:
    if after is None:
        return None
    best = name.best_of(await index.keys_of(after))
    if best is None:
        raise Refused(
            "cursor-outdated", "该页之后的内容已变化，请从第一页重新开始", "what stood there has changed: start again",
            field="cursor",
        )  # fmt: skip
    return best, after


def refuse_without_any(*given: Sequence[object] | object | None) -> None:
    if all(value is None for value in given):
        raise Refused(
            "search-unbounded",
            "请至少给出姓名或名称、律师事务所、地区、区县之一",
            "give at least a name, a firm, a region or a county",
            field="name",
        )
