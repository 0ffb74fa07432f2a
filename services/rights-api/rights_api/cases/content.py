"""Identity and facts of a case: sealed to the office at filing, moved by the office under a key of the case's own.

Two databases: the key is committed first, then the row that lies under it. Whatever ends in between, the next round
finds the same key; and until the row has moved, the office reads what was sealed to it.
"""

from uuid import UUID

from common.secrecy.sealing import KeyVault
from contracts.labels import LabelledEnum
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.tables import ComplaintRow
from rights_api.keys.vault import CaseVault


class Form(LabelledEnum):
    CASE = "case", "案件密钥（旧）", "under the case's key, as before there were keys of content"
    BOX = "box", "封给办公进程", "sealed to the office"
    OWN = "own", "内容密钥", "under its own key"


def case_vault(vault: KeyVault) -> CaseVault:
    if not isinstance(vault, CaseVault):
        raise TypeError("not the vault of a process of the rights channel")
    return vault


class SqlContent:
    def __init__(self, session: AsyncSession, vault: KeyVault) -> None:
        self._session, self._vault = session, case_vault(vault)

    async def open(self, row: ComplaintRow, *, identity: bool) -> dict[str, str]:
        """Raises NotTheOffice in any other process, also for a case from before keys were apart."""
        opened: dict[str, str] = {}
        sealed = _sealed(row)
        for place in ("facts", "identity") if identity else ("facts",):
            if place in sealed:
                opened[place] = await self._open(row, place, sealed[place])
        return opened

    async def unmoved(self, after: UUID | None, limit: int) -> list[UUID]:
        query = select(ComplaintRow.complaint_id).where(ComplaintRow.content_form != Form.OWN.value)
        if after is not None:
            query = query.where(ComplaintRow.complaint_id > after)
        return list(await self._session.scalars(query.order_by(ComplaintRow.complaint_id).limit(limit)))

    async def move(self, case_id: UUID) -> bool:
        """False where another process moves it, or has. Raises cryptography's InvalidTag where it does not open."""
        row = await self._session.scalar(
            select(ComplaintRow)
            .where(ComplaintRow.complaint_id == case_id, ComplaintRow.content_form != Form.OWN.value)
            .with_for_update(skip_locked=True)
        )
        if row is None:
            return False
        texts = await self.open(row, identity=True)
        sealer = await self._vault.made_content_sealer(case_id)
        row.facts_sealed = sealer.seal("facts", texts["facts"])
        if "identity" in texts:
            row.identity_sealed = sealer.seal("identity", texts["identity"])
        row.content_form = Form.OWN.value
        await self._session.flush()
        return True

    async def _open(self, row: ComplaintRow, place: str, sealed: bytes) -> str:
        office = self._vault.office
        match Form(row.content_form):
            case Form.BOX:
                return self._vault.unbox(row.complaint_id, place, sealed)
            case Form.OWN:
                return (await self._vault.content_sealer(row.complaint_id)).open(place, sealed)
            case Form.CASE:
                assert office is not None  # noqa: S101 -- asked for above, so that no other process reads these either
                return self._vault.case(row.complaint_id, row.wrapped_key).open(place, sealed)


def _sealed(row: ComplaintRow) -> dict[str, bytes]:
    found = {"facts": row.facts_sealed}
    if row.identity_sealed is not None:
        found["identity"] = row.identity_sealed
    return found
