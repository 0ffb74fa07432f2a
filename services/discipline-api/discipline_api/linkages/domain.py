"""A consequence of a penalty for membership: it lasts as long as the penalty, and falls with it."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from contracts.conduct import OrganKind
from contracts.discipline_events import LinkageRecorded, LinkageUndone, Penalty, SanctionDecided
from contracts.identifiers import InvalidIdentifier, LicenceNumber
from contracts.labels import LabelledEnum
from contracts.linkages import Link, link_of

from discipline_api.refusals import NotFound, Refused


class UndoGround(LabelledEnum):
    SOURCE_WITHDRAWN = "source-withdrawn", "所依据的处罚已撤回", "the penalty has fallen, and this with it"
    ASSOCIATION_DECIDED = "association-decided", "律师协会决定解除", "by the association's own decision"


class LinkageState(LabelledEnum):
    TO_COME = "to-come", "尚未开始", "its first day is still to come"
    IN_FORCE = "in-force", "生效中", "in force"
    OVER = "over", "已期满", "the interval has ended"
    UNDONE = "undone", "已解除", "it has fallen"


@dataclass(frozen=True, slots=True)
class Undone:
    """Document, reason and officer where the association decided; the reason goes with the source's names."""

    ground: UndoGround
    on: date
    document_number: str | None = None
    reason: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Linkage:
    """`keeper`: the association that keeps the membership, and may undo this; `region` is the member's."""

    linkage_id: UUID
    case_id: UUID
    link_id: str
    consequence: Penalty
    keeper: OrganKind
    region: str
    from_on: date
    to_on: date | None = None
    undone: Undone | None = None
    version: int = 1

    def state_on(self, day: date) -> LinkageState:
        if self.undone is not None:
            return LinkageState.UNDONE
        if day < self.from_on:
            return LinkageState.TO_COME
        return LinkageState.OVER if self.to_on is not None and self.to_on <= day else LinkageState.IN_FORCE

    def undo(self, undone: Undone) -> tuple["Linkage", LinkageUndone]:
        if self.undone is not None:
            raise Refused("linkage-undone", "该联动已解除", "it has been undone already", conflict=True)
        after = replace(self, undone=undone, version=self.version + 1)
        return after, LinkageUndone(
            version=after.version,
            region=self.region,
            linkage_id=self.linkage_id,
            undone_on=undone.on,
            ground=undone.ground.value,
        )


class NoSuchLinkage(NotFound):
    def __init__(self) -> None:
        super().__init__("没有这条联动记录。", "There is no such linkage.")


def recorded(linkage_id: UUID, event: SanctionDecided, link: Link, *, region: str) -> tuple[Linkage, LinkageRecorded]:
    """The id is the linkage's own: nobody can tell from its events which sanction it follows."""
    cancelled = link.consequence is Penalty.MEMBERSHIP_CANCELLATION
    linkage = Linkage(
        linkage_id=linkage_id,
        case_id=event.case_id,
        link_id=link.id,
        consequence=link.consequence,
        # Only the provincial association cancels a membership (recalled); the others are the cities' own.
        keeper=OrganKind.ASSOCIATION if cancelled else OrganKind.CITY_ASSOCIATION,
        region=region,
        from_on=event.from_on,
        to_on=None if cancelled else event.to_on,
    )
    return linkage, LinkageRecorded(
        version=1,
        region=region,
        linkage_id=linkage_id,
        consequence=linkage.consequence,
        from_on=linkage.from_on,
        to_on=linkage.to_on,
    )


def member_region(licence_number: str | None, organ_region: str) -> str:
    """Where the member belongs: as his number says; of a firm, and of a number of elsewhere, where it was decided."""
    if licence_number is None:
        return organ_region
    try:
        region = LicenceNumber.parse(licence_number).region
    except InvalidIdentifier:
        return organ_region
    return organ_region if region is None else region.code


__all__ = ["Linkage", "LinkageState", "NoSuchLinkage", "UndoGround", "Undone", "link_of", "member_region", "recorded"]
