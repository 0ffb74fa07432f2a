"""Rows of recognitions."""

from collections.abc import Sequence
from uuid import UUID

from contracts.registry_events import RecognitionKind
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from registry_api.recognitions.domain import Recognition
from registry_api.register.refusals import NotFound
from registry_api.register.tables import RecognitionRow


class SqlRecognitions:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get_for_update(self, recognition_id: UUID) -> Recognition:
        row = await self._session.get(RecognitionRow, recognition_id, with_for_update=True)
        if row is None:
            raise NotFound("认定", "recognition")
        return _recognition(row)

    async def save(self, recognition: Recognition) -> None:
        await self._session.merge(
            RecognitionRow(
                recognition_id=recognition.recognition_id,
                kind=recognition.kind.value,
                issuer=recognition.issuer,
                document_number=recognition.document_number,
                firm_id=recognition.member_id if recognition.of_firm else None,
                lawyer_id=None if recognition.of_firm else recognition.member_id,
                region=recognition.region,
                from_on=recognition.from_on,
                to_on=recognition.to_on,
                withdrawn_on=recognition.withdrawn_on,
                version=recognition.version,
            )
        )

    async def search(
        self, *, region: str | None, kind: RecognitionKind | None, limit: int, after: UUID | None = None
    ) -> Sequence[Recognition]:
        query = select(RecognitionRow).order_by(RecognitionRow.recognition_id).limit(limit)
        if region is not None:
            query = query.where(RecognitionRow.region == region)
        if kind is not None:
            query = query.where(RecognitionRow.kind == kind.value)
        if after is not None:
            query = query.where(RecognitionRow.recognition_id > after)
        return [_recognition(row) for row in (await self._session.execute(query)).scalars()]


def _recognition(row: RecognitionRow) -> Recognition:
    member_id = row.firm_id or row.lawyer_id
    assert member_id is not None  # noqa: S101 -- the table's CHECK says so
    return Recognition(
        recognition_id=row.recognition_id,
        kind=RecognitionKind(row.kind),
        issuer=row.issuer,
        document_number=row.document_number,
        member_id=member_id,
        region=row.region,
        from_on=row.from_on,
        to_on=row.to_on,
        withdrawn_on=row.withdrawn_on,
        version=row.version,
    )
