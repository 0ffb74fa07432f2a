"""The table of talks, and what clusters among sanctions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from common.database import Database, Tx
from common.secrecy.sealing import KeyVault
from contracts.conduct import OrganKind
from contracts.working_days import local_date
from sqlalchemy import text

from discipline_api.organs import Organ
from discipline_api.permissions import Visible
from discipline_api.prevention.domain import Addressee, FollowUp, Talk, TalkKind, Topic
from discipline_api.refusals import NotFound, TermOver

_ADD = text("""
INSERT INTO talks (talk_id, version, kind, organ_kind, organ_region, organ_code, region, addressee, licence_number,
    credit_code, topics, held_on, follow_up, wrapped_key, notes, recorded_by, recorded_at, keep_to_on)
VALUES (:talk_id, :version, :kind, :organ_kind, :organ_region, :organ_code, :region, :addressee, :licence_number,
    :credit_code, :topics, :held_on, :follow_up, :wrapped_key, :notes, :recorded_by, :recorded_at, :keep_to_on)""")
_GET = text("SELECT * FROM talks WHERE talk_id = :talk_id")
_LIST = """
SELECT * FROM talks WHERE erased_at IS NULL AND ({})
    AND (CAST(:credit_code AS text) IS NULL OR credit_code = :credit_code)
    AND (CAST(:addressee AS text) IS NULL OR addressee = :addressee)
    AND (CAST(:before_on AS date) IS NULL OR (held_on, talk_id) < (:before_on, CAST(:before_id AS uuid)))
ORDER BY held_on DESC, talk_id DESC LIMIT :limit"""
_ERASE = text("""
UPDATE talks SET licence_number = NULL, credit_code = NULL, wrapped_key = NULL, notes = NULL, erased_at = :now
WHERE erased_at IS NULL AND keep_to_on <= :today""")
_SANCTIONED = """
SELECT conduct_code, coalesce(credit_code, firm_name) AS firm FROM sanctions
WHERE withdrawn_on IS NULL AND erased_at IS NULL AND decided_on BETWEEN :first AND :last AND ({})"""
_PLACE = "notes"


@dataclass(frozen=True, slots=True)
class Sanctioned:
    conduct_code: str
    firm: str | None


class SqlTalks:
    """Fulfils `Talks`."""

    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        self._session, self._vault = tx.session, vault

    async def add(self, talk: Talk, notes: str, *, recorded_by: str, recorded_at: datetime) -> None:
        sealer, wrapped = self._vault.new_case(talk.talk_id)
        await self._session.execute(
            _ADD,
            {
                "talk_id": talk.talk_id,
                "version": talk.version,
                "kind": talk.kind.value,
                "organ_kind": talk.organ.kind.value,
                "organ_region": talk.organ.region,
                "organ_code": talk.organ.code,
                "region": talk.organ.plan_region,
                "addressee": talk.addressee.value,
                "licence_number": talk.licence_number,
                "credit_code": talk.credit_code,
                "topics": [topic.value for topic in talk.topics],
                "held_on": talk.held_on,
                "follow_up": talk.follow_up.value,
                "wrapped_key": wrapped,
                "notes": sealer.seal(_PLACE, notes),
                "recorded_by": recorded_by,
                "recorded_at": recorded_at,
                "keep_to_on": talk.keep_to_on,
            },
        )

    async def get(self, talk_id: UUID) -> tuple[Talk, str]:
        """With its notes."""
        row = (await self._session.execute(_GET, {"talk_id": talk_id})).mappings().one_or_none()
        if row is None:
            raise NotFound("没有这条谈话提醒记录。", "There is no such record of a talk.")
        if row["erased_at"] is not None:
            raise TermOver(row["keep_to_on"], "discipline.talk-kept")
        notes = self._vault.case(talk_id, bytes(row["wrapped_key"])).open(_PLACE, bytes(row["notes"]))
        return _talk(row), notes

    async def search(
        self,
        visible: Sequence[Visible],
        *,
        credit_code: str | None,
        addressee: Addressee | None,
        before: tuple[Any, ...] | None,
        limit: int,
    ) -> list[Talk]:
        where, parameters = _within(visible, "{} IN (organ_region, region)")
        rows = await self._session.execute(
            text(_LIST.format(where)),
            parameters
            | {
                "credit_code": credit_code,
                "addressee": addressee and addressee.value,
                "before_on": before and before[0],
                "before_id": before and before[1],
                "limit": limit,
            },
        )
        return [_talk(row) for row in rows.mappings()]


async def sanctioned(tx: Tx, visible: Sequence[Visible], first: date, last: date) -> list[Sanctioned]:
    where, parameters = _within(visible, "organ_region = {}")
    rows = await tx.session.execute(text(_SANCTIONED.format(where)), parameters | {"first": first, "last": last})
    return [Sanctioned(row.conduct_code, row.firm) for row in rows]


async def erase_talks(database: Database, now: datetime) -> int:
    """A timer's task."""
    async with database.begin() as tx:
        result: Any = await tx.session.execute(_ERASE, {"now": now, "today": local_date(now)})
        return int(result.rowcount)


def _within(visible: Sequence[Visible], in_region: str) -> tuple[str, dict[str, Any]]:
    """A condition of our own words only. A city's officers see the talks of their county bureaus, too."""
    parts, parameters = [], dict[str, Any]()
    for index, each in enumerate(visible):
        condition = f"organ_kind = ANY(CAST(:kinds_{index} AS text[]))"
        parameters[f"kinds_{index}"] = [kind.value for kind in each.organs]
        if each.region is not None:
            condition += " AND " + in_region.format(f":region_{index}")
            parameters[f"region_{index}"] = each.region
        parts.append(f"({condition})")
    return " OR ".join(parts), parameters


def _talk(row: Any) -> Talk:
    return Talk(
        talk_id=UUID(int=row["talk_id"].int),
        kind=next(kind for kind in TalkKind if kind.value == row["kind"]),
        organ=Organ(
            next(kind for kind in OrganKind if kind.value == row["organ_kind"]), row["organ_region"], row["organ_code"]
        ),
        addressee=next(each for each in Addressee if each.value == row["addressee"]),
        licence_number=row["licence_number"],
        credit_code=row["credit_code"],
        topics=tuple(topic for topic in Topic if topic.value in row["topics"]),
        held_on=row["held_on"],
        follow_up=next(each for each in FollowUp if each.value == row["follow_up"]),
        keep_to_on=row["keep_to_on"],
        version=row["version"],
    )
