"""All SQL of credit files and sealed identity numbers."""

from datetime import date, datetime
from uuid import UUID

from common.database import Database, Tx
from common.secrecy.sealing import KeyVault
from contracts.conduct import OrganKind, WithdrawalGround
from contracts.legal_day import end_of, midnight
from contracts.working_days import local_date
from sqlalchemy import select, text

from discipline_api.credit.domain import (
    CreditFile,
    Fate,
    Gone,
    Identity,
    IdentityKind,
    Present,
    Row,
    fate_of_gone,
)
from discipline_api.organs import Organ
from discipline_api.record.domain import Sanction
from discipline_api.record.store import sanction_of
from discipline_api.record.store_publicity import current_choices
from discipline_api.record.tables import SanctionRow

_PLACE = "identity number"
_BATCH = 200
# What was shown, revised or taken down in the window, and what reached its end there, whether or not a timer came by.
_CHANGED = text("""
SELECT p.case_id, p.body IS NOT NULL AND p.gone_at > :now AS shown, p.gone_at,
    p.disappears ->> 'ending' AS ending, s.document_number, s.organ_kind, s.organ_region, s.organ_code, s.decided_on,
    s.withdrawn_on, s.withdrawal_ground, s.summary_procedure AND s.subject_kind = 'lawyer' AS left_out,
    EXISTS (SELECT FROM disclosure_log l WHERE l.record_id = p.case_id AND l.change = 'published'
        AND l.at >= :from_at AND l.at < :to_at) AS added
FROM public_disclosures p JOIN sanctions s ON s.case_id = p.case_id
WHERE p.record_kind = 'administrative' AND (
    p.gone_at >= :from_at AND p.gone_at < :to_at AND p.gone_at <= :now
    OR EXISTS (SELECT FROM disclosure_log l WHERE l.record_id = p.case_id AND l.at >= :from_at AND l.at < :to_at))
ORDER BY s.decided_on, p.case_id""")
_IDENTITIES = text("""
SELECT case_id, identity_kind, data_key, number FROM sealed_identities WHERE case_id = ANY(:cases)""")
_SEAL = text("""
INSERT INTO sealed_identities (case_id, identity_kind, kek_id, data_key, number, entered_by, entered_at)
VALUES (:case_id, :identity_kind, :kek_id, :data_key, :number, :entered_by, :entered_at)
ON CONFLICT (case_id) DO UPDATE SET identity_kind = excluded.identity_kind, kek_id = excluded.kek_id,
    data_key = excluded.data_key, number = excluded.number, entered_by = excluded.entered_by,
    entered_at = excluded.entered_at""")
_ERASE = text("""
DELETE FROM sealed_identities WHERE case_id IN (
    SELECT i.case_id FROM sealed_identities i JOIN sanctions s ON s.case_id = i.case_id
    WHERE s.withdrawn_on IS NOT NULL OR s.display_to_on <= :today OR s.erased_at IS NOT NULL
    LIMIT :limit FOR UPDATE OF i SKIP LOCKED)
RETURNING case_id""")


class SqlCreditFiles:
    """Without a vault it opens no identity number."""

    def __init__(self, tx: Tx, vault: KeyVault | None = None) -> None:
        self._session, self._vault = tx.session, vault

    async def between(self, from_on: date, to_on: date, now: datetime) -> tuple[CreditFile, list[UUID]]:
        parameters = {"from_at": midnight(from_on), "to_at": end_of(to_on), "now": now}
        changed = list((await self._session.execute(_CHANGED, parameters)).mappings())
        listed = [row for row in changed if not row["left_out"]]
        present = await self._present([row["case_id"] for row in listed if row["shown"]])
        identities = await self._identities(list(present))
        rows: list[Row] = []
        gone: list[UUID] = []
        for row in listed:
            case_id = UUID(int=row["case_id"].int)
            if row["shown"]:
                fate = Fate.ADDED if row["added"] else Fate.UPDATED
                rows.append(Present(present[case_id], fate, identities.get(case_id)))
                continue
            gone.append(case_id)
            withdrawn = row["withdrawn_on"] is not None
            rows.append(
                Gone(
                    organ=Organ(OrganKind(row["organ_kind"]), row["organ_region"], row["organ_code"]),
                    document_number=row["document_number"],
                    decided_on=row["decided_on"],
                    gone_on=local_date(row["gone_at"]),
                    fate=fate_of_gone(withdrawn=withdrawn, ending=row["ending"] or ""),
                    ground=WithdrawalGround(row["withdrawal_ground"]) if withdrawn else None,
                )
            )
        return CreditFile(from_on, to_on, tuple(rows), len(changed) - len(listed)), gone

    async def _present(self, cases: list[UUID]) -> dict[UUID, Sanction]:
        rows = await self._session.scalars(select(SanctionRow).where(SanctionRow.case_id.in_(cases)))
        choices = await current_choices(self._session)
        found = [sanction_of(row, choices) for row in rows]
        return {sanction.case_id: sanction for sanction in found}

    async def _identities(self, cases: list[UUID]) -> dict[UUID, Identity]:
        if self._vault is None:
            return {}
        opened: dict[UUID, Identity] = {}
        for row in (await self._session.execute(_IDENTITIES, {"cases": cases})).mappings():
            case_id = UUID(int=row["case_id"].int)
            sealer = self._vault.case(case_id, bytes(row["data_key"]))
            number = sealer.open(_PLACE, bytes(row["number"]))
            opened[case_id] = Identity(IdentityKind(row["identity_kind"]), number)
        return opened


class SqlIdentities:
    def __init__(self, tx: Tx, vault: KeyVault) -> None:
        self._session, self._vault = tx.session, vault

    async def seal(self, case_id: UUID, identity: Identity, *, by: str, at: datetime) -> None:
        """Another one takes the place of the one before, under a key of its own."""
        sealer, wrapped = self._vault.new_case(case_id)
        await self._session.execute(
            _SEAL,
            {
                "case_id": case_id,
                "identity_kind": identity.kind.value,
                "kek_id": self._vault.kek_id,
                "data_key": wrapped,
                "number": sealer.seal(_PLACE, identity.number),
                "entered_by": by,
                "entered_at": at,
            },
        )


async def erase_identities(database: Database, now: datetime) -> int:
    """A timer's task: a number goes with the display of its decision. No file holds it from then on anyhow."""
    total = 0
    while True:
        async with database.begin() as tx:
            parameters = {"today": local_date(now), "limit": _BATCH}
            erased = len((await tx.session.execute(_ERASE, parameters)).all())
        total += erased
        if erased == 0:
            return total
