"""Which firm may be the head office of a branch."""

from typing import Protocol

from contracts.registry_events import FirmKind

from registry_api.register.refusals import Refused

_MAY_HAVE_BRANCHES = frozenset({FirmKind.GENERAL_PARTNERSHIP, FirmKind.SPECIAL_PARTNERSHIP})


class HeadOffice(Protocol):
    """A firm, as far as this asks of it."""

    @property
    def kind(self) -> FirmKind: ...
    @property
    def ended(self) -> bool: ...


def check_parent(kind: FirmKind, parent: HeadOffice | None, named: object) -> None:
    """`named` is any other sign of a head office: one already on record, or one outside the province."""
    if kind is FirmKind.BRANCH:
        if parent is None and named is None:
            raise Refused("parent-required", "分所须填写总所", "a branch needs its head office", field="parent_firm_id")
        if parent is not None and parent.kind not in _MAY_HAVE_BRANCHES:
            raise Refused(
                "parent-kind",
                "只有合伙律师事务所可以设立分所",
                "only partnerships open branches",
                field="parent_firm_id",
            )
        if parent is not None and parent.ended:
            raise Refused("parent-ended", "总所已终止", "the head office has ended", field="parent_firm_id")
    elif parent is not None:
        raise Refused(
            "parent-not-allowed", "只有分所填写总所", "only branches have a head office", field="parent_firm_id"
        )
