"""One person, two records: what becomes of the one that is absorbed, and when two cannot be one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from contracts.registry_events import LawyerRecordMerged, LawyerRecordRestored, PracticeEnd
from pydantic import TypeAdapter

from registry_api.register.lawyer import Lawyer
from registry_api.register.practice import Practice
from registry_api.register.refusals import Refused

RECORD_MERGED = "record-merged"
"""Why the last interval of an absorbed record ends where it does: no licence was cancelled."""


@dataclass(frozen=True, slots=True)
class Moved:
    """`practices` as they were, in their order; the rest went over to the kept record."""

    practices: tuple[Practice, ...]
    numbers: tuple[str, ...]
    facts: tuple[UUID, ...]
    disclosures: tuple[UUID, ...]
    assessments: tuple[UUID, ...]
    id_card: bool

    def as_json(self) -> dict[str, object]:
        stored: dict[str, object] = _MOVED.dump_python(self, mode="json")
        return stored

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> "Moved":
        return _MOVED.validate_python(stored)


_MOVED = TypeAdapter(Moved)


class IdViewPurpose(StrEnum):
    """Why an officer looks at an ID number: closed, for what is not named here is no purpose."""

    IDENTITY_CHECK = "identity-check"  # 核验身份
    DUPLICATE_CHECK = "duplicate-check"  # 核对重复人员
    LICENSING = "licensing"  # 办理许可事项
    CORRECTION = "correction"  # 更正登记
    LAWFUL_REQUEST = "lawful-request"  # 依法协助查询


def check_one_person(absorbed: Lawyer, kept: Lawyer) -> None:
    if absorbed.lawyer_id == kept.lawyer_id:
        raise Refused("merger-of-one", "合并须有两条记录", "a merger needs two records", field="absorbed_lawyer_id")
    if absorbed.licensed and not kept.licensed:
        raise Refused(
            "keep-the-licensed-record",
            "应保留正在执业的记录",
            "the record that holds a licence is the one to keep",
            field="kept_lawyer_id",
            conflict=True,
        )
    if absorbed.id_card is not None and kept.id_card is not None and absorbed.id_card.digest != kept.id_card.digest:
        raise Refused(
            "different-persons",
            "两条记录的身份证号不同，不是同一人",
            "the ID numbers differ: these are two persons",
            field="absorbed_lawyer_id",
            conflict=True,
        )


def absorb(absorbed: Lawyer, kept: Lawyer, *, on: date) -> tuple[Lawyer, LawyerRecordMerged]:
    """The absorbed record counts only for days before the kept one begins: never is a person counted twice."""
    counts_until = kept.practices[0].from_on
    practices = tuple(_cut(practice, counts_until) for practice in absorbed.practices)
    merged = replace(
        absorbed,
        practices=practices,
        facts=(),
        id_card=absorbed.id_card if kept.id_card is not None else None,
        merged_into=kept.lawyer_id,
        version=absorbed.version + 1,
    )
    return merged, LawyerRecordMerged(
        version=merged.version,
        region=absorbed.region,
        lawyer_id=absorbed.lawyer_id,
        merged_into=kept.lawyer_id,
        practices=_ends(practices),
        effective_on=on,
    )


def restore(
    absorbed: Lawyer, kept: Lawyer, practices: tuple[Practice, ...], *, on: date
) -> tuple[Lawyer, LawyerRecordRestored]:
    """With the intervals it had; facts and ID card are returned by the caller, who knows where they are."""
    restored = replace(absorbed, practices=practices, merged_into=None, version=absorbed.version + 1)
    return restored, LawyerRecordRestored(
        version=restored.version,
        region=restored.region,
        lawyer_id=absorbed.lawyer_id,
        restored_from=kept.lawyer_id,
        practices=_ends(practices),
        effective_on=on,
    )


def _cut(practice: Practice, day: date) -> Practice:
    if practice.to_on is not None and practice.to_on <= day:
        return practice
    return replace(practice, to_on=max(practice.from_on, day), end_ground=RECORD_MERGED)


def _ends(practices: tuple[Practice, ...]) -> list[PracticeEnd]:
    return [PracticeEnd(practice_id=practice.practice_id, to_on=practice.to_on) for practice in practices]
