"""A change of the register as a case: its body, and how it is carried out on a bench that counts what it meets."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar
from uuid import UUID

from common.database import Tx
from common.events import Event
from common.http import RequestModel
from common.outbox import Outbox
from contracts.identifiers import IdCard
from pydantic import BaseModel, Field

from registry_api.cases.competence import ChangeKind
from registry_api.register.conditional import require_version
from registry_api.register.firm import Firm
from registry_api.register.lawyer import Lawyer, SealedIdCard
from registry_api.register.refusals import Refused
from registry_api.register.sealing import Sealer
from registry_api.register.store import Register


class ChangeRequest(RequestModel):
    """Base of the bodies; beside the facts of the change, what the file says about the case."""

    document_number: str | None = Field(
        default=None, min_length=1, max_length=100, description="文号 / of the document."
    )
    reason: str | None = Field(default=None, min_length=1, max_length=1000, description="办理理由 / why.")

    def facts(self) -> dict[str, Any]:
        """What the use case takes: all fields but those of the case itself."""
        return {name: value for name, value in self if name not in ChangeRequest.model_fields}


class CaseOutbox(Outbox):
    """Every event of a firm or lawyer that a case causes names the case."""

    def __init__(self, into: Outbox, case_id: UUID) -> None:
        self._into, self._case_id = into, case_id

    def add(self, event: Event) -> None:
        named = "case_id" in type(event).model_fields
        self._into.add(event.model_copy(update={"case_id": self._case_id}) if named else event)


@dataclass(slots=True)
class Bench:
    """One carrying-out of a change: tried when it is proposed, and again, for good, when it is approved.

    `competent` raises unless the acting officer may do this in a region; `expected` are the versions that the proposal
    was made to (None while it is being made); `if_match` is the version of the entity that the address names.
    """

    tx: Tx
    register: Register
    outbox: Outbox
    sealer: Sealer
    today: date
    case_id: UUID
    subject_id: UUID | None
    competent: Callable[[str], None]
    expected: Mapping[UUID, int] | None = None
    if_match: str | None = None
    regions: set[str] = field(default_factory=set)
    versions: dict[UUID, int] = field(default_factory=dict)

    def concerns(self, region: str) -> None:
        """Call before anything of this region's records is told or changed."""
        self.competent(region)
        self.regions.add(region)

    def meets(self, entity: Firm | Lawyer) -> None:
        """Call with the row locked, for each entity that the proposer saw and that the change is about."""
        entity_id = entity.firm_id if isinstance(entity, Firm) else entity.lawyer_id
        self.versions[entity_id] = entity.version
        if self.expected is not None and self.expected.get(entity_id) != entity.version:
            raise Refused(
                "proposal-stale",
                "提出之后该记录已被变更：请退回，按现状重新提出",
                "the record has changed since this was proposed: reject it and propose anew",
                conflict=True,
            )

    async def firm(self, *, version_required: bool = False) -> Firm:
        """The firm that the address names, locked."""
        firm = await self.register.firm_for_update(self.subject)
        self.concerns(firm.region)
        self._as_read(firm, required=version_required)
        return firm

    async def lawyer(self, *, version_required: bool = False, own_region: bool = True) -> Lawyer:
        """The lawyer that the address names, locked; a move is decided where he goes, not where he comes from."""
        lawyer = await self.register.lawyer_for_update(self.subject)
        if own_region:
            self.concerns(lawyer.region)
        self._as_read(lawyer, required=version_required)
        self.refuse_duplicate(lawyer)
        return lawyer

    @staticmethod
    def refuse_duplicate(lawyer: Lawyer) -> None:
        """Nothing happens to a record that was merged into another: it happens to the person, there."""
        if lawyer.merged_into is not None:
            raise Refused(
                "record-merged",
                "该记录已并入另一记录，请在保留的记录上办理",
                "this record was merged into another: make the change there",
                conflict=True,
            )

    @property
    def subject(self) -> UUID:
        assert self.subject_id is not None  # noqa: S101 -- the address of the change names it
        return self.subject_id

    def sealed(self, card: IdCard | None) -> SealedIdCard | None:
        return None if card is None else self.sealer.seal(card)

    def _as_read(self, entity: Firm | Lawyer, *, required: bool) -> None:
        if self.expected is None and (required or self.if_match is not None):
            require_version(self.if_match, entity.version)
        self.meets(entity)


@dataclass(frozen=True, slots=True)
class Done:
    """What a change has made: the answer to whoever asked for it, and the entity it is about."""

    view: BaseModel
    subject_id: UUID


Body = TypeVar("Body", bound=ChangeRequest)


@dataclass(frozen=True, slots=True)
class Change(Generic[Body]):
    """`effective` names the field of the body that holds the day of effect."""

    kind: ChangeKind
    body: type[Body]
    effective: str
    run: Callable[[Bench, Body], Awaitable[Done]]


Changes = Mapping[ChangeKind, Change[Any]]


def changes_of(*declared: Change[Any]) -> Changes:
    """For the app, which knows all features."""
    changes = {change.kind: change for change in declared}
    if len(changes) < len(declared):
        raise ValueError("two changes of one kind")
    return changes
