"""The columns of sanctions that tell of honours."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from common.database import Database, Tx
from contracts.identifiers import unchanging
from sqlalchemy import RowMapping, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY, TEXT

from discipline_api.honours.domain import Noted

# Asked of the registry: whoever was not asked yet, and the one that counts, should it have fallen.
_TO_ASK = """
SELECT case_id, licence_number, credit_code, from_on FROM sanctions
WHERE case_id = ANY($1) AND erased_at IS NULL AND (honour_held IS NULL OR honour_counts_from IS NOT NULL)"""
_OF_SUBJECT = text("""
SELECT s.case_id, s.version, s.organ_region, s.from_on, s.honour_held, s.honour_counts_from, s.withdrawn_on
FROM sanctions s JOIN sanctions this ON this.case_id = :case_id
WHERE s.erased_at IS NULL AND (s.case_id = this.case_id OR s.licence_key = this.licence_key
    OR s.credit_code = this.credit_code OR s.licence_key = ANY(:keys))
ORDER BY s.case_id FOR UPDATE OF s""").bindparams(bindparam("keys", type_=ARRAY(TEXT)))
_SAVE = text("""
UPDATE sanctions SET version = :version, honour_held = :held, honour_counts_from = :counts_from
WHERE case_id = :case_id""")


@dataclass(frozen=True, slots=True)
class Question:
    """Asked of the registry: one of the numbers, and the day on which the sanction took effect."""

    case_id: UUID
    licence_number: str | None
    credit_code: str | None
    on: date


class SqlHonours:
    """Fulfils `Honours`."""

    def __init__(self, tx: Tx) -> None:
        self._session = tx.session

    async def of_subject_for_update(self, case_id: UUID, numbers: Collection[str]) -> dict[UUID, Noted]:
        parameters = {"case_id": case_id, "keys": [unchanging(number) for number in numbers]}
        rows = (await self._session.execute(_OF_SUBJECT, parameters)).mappings()
        return {noted.case_id: noted for noted in map(_noted, rows)}

    async def save(self, noted: Noted) -> None:
        await self._session.execute(
            _SAVE,
            {
                "case_id": noted.case_id,
                "version": noted.version,
                "held": noted.held,
                "counts_from": noted.counts_from,
            },
        )


async def to_ask(database: Database, case_ids: Collection[UUID]) -> list[Question]:
    pool = await database.pool()
    return [
        Question(UUID(int=row["case_id"].int), row["licence_number"], row["credit_code"], row["from_on"])
        for row in await pool.fetch(_TO_ASK, list(case_ids))
    ]


def _noted(row: RowMapping) -> Noted:
    return Noted(
        case_id=UUID(int=row["case_id"].int),
        version=row["version"],
        region=row["organ_region"],
        from_on=row["from_on"],
        held=row["honour_held"],
        counts_from=row["honour_counts_from"],
        withdrawn_on=row["withdrawn_on"],
    )
