"""Consent (单独同意) of a complainant to his identity being told to others: PIPL 23; given, and taken back, by himself.

Whoever writes a letter or forwards a case asks `demand_consent` before a name goes into it (RR18).
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.labels import LabelledEnum
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.tables import ConsentRow
from rights_api.refusals import Refused


class ConsentTo(LabelledEnum):
    ORGAN = "organ", "被投诉机关的投诉受理部门", "the complaint unit of the organ complained of"
    PROCURATORATE = "procuratorate", "人民检察院", "the procuratorate"
    INSPECTION = "inspection", "纪检监察机关", "the organ's inspection"
    ASSOCIATION = "association", "其他律师协会", "another association"
    JUSTICE = "justice", "司法行政机关", "the justice administration"


class ConsentFor(LabelledEnum):
    """Purposes, each consented to apart."""

    VERIFICATION = "verification", "核查事实", "to verify the facts"
    PROTECTION = "protection", "人身安全保护", "to protect his person"
    REPLY = "reply", "直接答复本人", "to reply to him directly"


@dataclass(frozen=True, slots=True)
class Consent:
    """As it stands: the last act on one recipient and purpose."""

    ordinal: int
    to: ConsentTo
    purpose: ConsentFor
    given: bool
    at: datetime


class SqlConsents:
    def __init__(self, session: AsyncSession, complaint_id: UUID) -> None:
        self._session, self._case = session, complaint_id

    async def standing(self) -> list[Consent]:
        """One per recipient and purpose, withdrawn ones included."""
        query = select(ConsentRow).where(ConsentRow.complaint_id == self._case).order_by(ConsentRow.ordinal)
        last = {(row.recipient, row.purpose): row for row in await self._session.scalars(query)}
        return [
            Consent(row.ordinal, ConsentTo(row.recipient), ConsentFor(row.purpose), row.given, row.at)
            for row in last.values()
        ]

    async def act(self, to: ConsentTo, purpose: ConsentFor, *, given: bool, at: datetime, key_digest: bytes) -> None:
        """Call with the case locked."""
        last = await self._session.scalar(
            select(func.max(ConsentRow.ordinal)).where(ConsentRow.complaint_id == self._case)
        )
        self._session.add(
            ConsentRow(
                complaint_id=self._case,
                ordinal=(last or 0) + 1,
                recipient=to.value,
                purpose=purpose.value,
                given=given,
                at=at,
                key_digest=key_digest,
            )
        )
        await self._session.flush()

    async def by_key(self, key_digest: bytes) -> ConsentRow | None:
        row: ConsentRow | None = await self._session.scalar(
            select(ConsentRow).where(ConsentRow.key_digest == key_digest)
        )
        return row


async def consent_for(session: AsyncSession, complaint_id: UUID, to: ConsentTo, purpose: ConsentFor) -> Consent | None:
    """The consent in force, or None: it was never given, or taken back."""
    return next(
        (
            consent
            for consent in await SqlConsents(session, complaint_id).standing()
            if (consent.to, consent.purpose) == (to, purpose) and consent.given
        ),
        None,
    )


async def demand_consent(session: AsyncSession, complaint_id: UUID, to: ConsentTo, purpose: ConsentFor) -> Consent:
    """Raises Refused: without it no identity leaves the case."""
    consent = await consent_for(session, complaint_id, to, purpose)
    if consent is None:
        raise Refused(
            "consent-needed",
            f"申请人未单独同意为“{purpose.zh}”向{to.zh}提供其身份（个人信息保护法第二十三条）。",
            f"The complainant has not consented to {to.en} being told who he is {purpose.en} (PIPL 23).",
            conflict=True,
        )
    return consent
