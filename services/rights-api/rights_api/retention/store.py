"""What is over, and how it goes. Texts, messages and letters lie in tables that only grow: no key opens them then."""

from datetime import date, datetime
from uuid import UUID

from common.database import Tx
from contracts.legal_day import midnight
from sqlalchemy import text

from rights_api.attachments.store import SqlAttachments
from rights_api.cases.terms import ENDED, kept_from
from rights_api.meetings.domain import ENDED_WITHOUT_CASE

# A watch that became a case has its id, and is over with it.
_OVER = text("""
SELECT complaint_id AS id, changed_at FROM complaints
WHERE erased_at IS NULL AND status = ANY(:ended) AND greatest(changed_at, heard_at) < :before
UNION ALL
SELECT meeting_id, changed_at FROM refused_meetings
WHERE erased_at IS NULL AND status = ANY(:watches) AND changed_at < :before
ORDER BY changed_at LIMIT :limit""")
_CASE = text("""
SELECT complaint_id FROM complaints WHERE complaint_id = :id AND erased_at IS NULL AND status = ANY(:ended)
    AND greatest(changed_at, heard_at) < :before FOR UPDATE SKIP LOCKED""")
_WATCH = text("""
SELECT meeting_id FROM refused_meetings WHERE meeting_id = :id AND erased_at IS NULL AND status = ANY(:watches)
    AND changed_at < :before FOR UPDATE SKIP LOCKED""")
# Empty, not null: an older process knows these columns as never null.
_EMPTY = "wrapped_key = '', facts_sealed = '', erased_at = :at"
_ERASE_CASE = text(f"""
UPDATE complaints SET {_EMPTY}, content_form = 'own',
    identity_sealed = CASE WHEN identity_sealed IS NOT NULL THEN ''::bytea END
WHERE complaint_id = :id""")
_FORGET_ORIGINS = text("DELETE FROM consultation_origins WHERE complaint_id = :id")
_ERASE_WATCH = text(f"UPDATE refused_meetings SET {_EMPTY}, identity_sealed = '' WHERE meeting_id = :id")


class SqlOver:
    def __init__(self, tx: Tx, today: date) -> None:
        self._session = tx.session
        self._which = {
            "ended": list(ENDED),
            "watches": [status.value for status in ENDED_WITHOUT_CASE],
            "before": midnight(kept_from(today)),
        }

    async def over(self, limit: int) -> list[UUID]:
        """Of cases, and of watches that became none; not locked."""
        found = await self._session.scalars(_OVER, self._which | {"limit": limit})
        return [UUID(int=each.int) for each in found]

    async def lock(self, owner_id: UUID) -> bool:
        """False where it is no longer over, erased, or in other hands."""
        parameters = self._which | {"id": owner_id}
        for query in (_CASE, _WATCH):
            if await self._session.scalar(query, parameters) is not None:
                return True
        return False

    async def erase(self, owner_id: UUID, at: datetime) -> None:
        """Call with it locked, and with its key of content destroyed."""
        await SqlAttachments(self._session).erase(owner_id, at)
        await self._session.execute(_FORGET_ORIGINS, {"id": owner_id})
        for statement in (_ERASE_CASE, _ERASE_WATCH):
            await self._session.execute(statement, {"id": owner_id, "at": at})
