"""Evaluations in PostgreSQL. An answer is sealed until its window is over; then it is counted and forgotten."""

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
from common.database import Database, Tx
from common.secrecy.sealing import KeyVault
from common.timers import Task
from contracts.evaluations import EvaluatedOrgan, EvaluationForm, EvaluationSide
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.evaluations.domain import Answer, Evaluation, Quarter, Rating

_BATCH = 50
_FIELDS = "evaluation_id, form, organ, region, opened_at, closes_at, lawyers, officials"
_OPEN = text(f"""
INSERT INTO evaluations ({_FIELDS}, opened_by, kek_id, wrapped_key) VALUES
    (:evaluation_id, :form, :organ, :region, :opened_at, :closes_at, :lawyers, :officials, :by, :kek_id,
    :wrapped_key)""")
_INVITE = text("""
INSERT INTO evaluation_invitations (code_digest, evaluation_id, side) VALUES (:code, :evaluation_id, :side)""")
_INVITED = text("""
SELECT i.side, i.answer_digest FROM evaluation_invitations i JOIN evaluations e USING (evaluation_id)
WHERE i.code_digest = :code AND e.closes_at > :now AND (i.answer_digest IS NULL OR i.answer_digest = :answer)
FOR UPDATE OF i""")
_KEY = text("""
SELECT e.evaluation_id, e.wrapped_key FROM evaluations e JOIN evaluation_invitations i USING (evaluation_id)
WHERE i.code_digest = :code""")
_ANSWER = text("""
UPDATE evaluation_invitations SET answer_digest = :answer, answer_sealed = :sealed WHERE code_digest = :code""")
_GET = text(f"SELECT {_FIELDS} FROM evaluations WHERE evaluation_id = :evaluation_id")
_LIST = text(f"""
SELECT {_FIELDS} FROM evaluations
WHERE (CAST(:region AS text) IS NULL OR region = :region)
    AND (CAST(:at AS timestamptz) IS NULL OR (opened_at, evaluation_id) < (:at, :id))
ORDER BY opened_at DESC, evaluation_id DESC LIMIT :limit""")
_OVER = text(f"""
SELECT {_FIELDS}, wrapped_key FROM evaluations WHERE wrapped_key IS NOT NULL AND closes_at <= :now
ORDER BY closes_at LIMIT :limit FOR UPDATE SKIP LOCKED""")
_ANSWERS = text("""
SELECT code_digest, answer_sealed FROM evaluation_invitations
WHERE evaluation_id = :evaluation_id AND answer_sealed IS NOT NULL""")
_COUNT = text("""
INSERT INTO evaluation_ratings (rating_id, quarter, region, organ, side, points)
VALUES (:rating_id, :quarter, :region, :organ, :side, :points)""")
_KEEP_COMMENT = text("""
INSERT INTO evaluation_comments (comment_id, quarter, region, organ, side, kek_id, wrapped_key, sealed)
VALUES (:comment_id, :quarter, :region, :organ, :side, :kek_id, :wrapped_key, :sealed)""")
_FORGET = text("DELETE FROM evaluation_invitations WHERE evaluation_id = :evaluation_id")
_CLOSE = text("UPDATE evaluations SET wrapped_key = NULL WHERE evaluation_id = :evaluation_id")
_UNCOUNTED = text("SELECT EXISTS (SELECT FROM evaluations WHERE wrapped_key IS NOT NULL AND closes_at <= :before)")
_RATINGS = text("SELECT region, organ, side, points FROM evaluation_ratings WHERE quarter = :quarter")
_COMMENTS = text("""
SELECT comment_id, wrapped_key, sealed FROM evaluation_comments
WHERE quarter = :quarter AND region = :region AND organ = :organ AND side = :side ORDER BY comment_id""")
_LOG = text("""
INSERT INTO evaluation_comment_access (subject, organisation_kind, organisation_id, purpose, quarter, region,
    organ, side, opened_at)
VALUES (:subject, :organisation_kind, :organisation_id, :purpose, :quarter, :region, :organ, :side, :at)""")


class SqlEvaluations:
    """Fulfils `Evaluations`."""

    def __init__(self, session: AsyncSession, vault: KeyVault) -> None:
        self._session, self._vault = session, vault

    async def open(self, evaluation: Evaluation, codes: Mapping[EvaluationSide, Sequence[bytes]], *, by: str) -> None:
        _, wrapped_key = self._vault.new_case(evaluation.evaluation_id)
        await self._session.execute(
            _OPEN,
            {
                "evaluation_id": evaluation.evaluation_id,
                "form": evaluation.form.value,
                "organ": evaluation.organ.value,
                "region": evaluation.region,
                "opened_at": evaluation.opened_at,
                "closes_at": evaluation.closes_at,
                "lawyers": evaluation.lawyers,
                "officials": evaluation.officials,
                "by": by,
                "kek_id": self._vault.kek_id,
                "wrapped_key": wrapped_key,
            },
        )
        invitations = [
            {"code": code, "evaluation_id": evaluation.evaluation_id, "side": side.value}
            for side, digests in codes.items()
            for code in digests
        ]
        await self._session.execute(_INVITE, invitations)

    async def invited(self, code: bytes, answer: bytes, now: datetime) -> tuple[EvaluationSide, bool] | None:
        row = (await self._session.execute(_INVITED, {"code": code, "answer": answer, "now": now})).first()
        return None if row is None else (EvaluationSide(row.side), row.answer_digest is not None)

    async def answer(self, code: bytes, answer: bytes, given: Answer) -> None:
        row = (await self._session.execute(_KEY, {"code": code})).one()
        plain = orjson.dumps([given.side.value, given.points, given.comment]).decode()
        sealed = self._vault.case(row.evaluation_id, row.wrapped_key).seal(code.hex(), plain)
        await self._session.execute(_ANSWER, {"code": code, "answer": answer, "sealed": sealed})

    async def get(self, evaluation_id: UUID) -> Evaluation:
        found = await self._session.execute(_GET, {"evaluation_id": evaluation_id})
        return _evaluation(found.mappings().one())

    async def listed(self, *, region: str | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Evaluation]:
        at, after_id = (None, None) if after is None else after
        rows = await self._session.execute(_LIST, {"region": region, "at": at, "id": after_id, "limit": limit})
        return [_evaluation(row) for row in rows.mappings()]

    async def uncounted(self, before: datetime) -> bool:
        return bool(await self._session.scalar(_UNCOUNTED, {"before": before}))

    async def ratings(self, quarter: Quarter) -> Sequence[Rating]:
        rows = await self._session.execute(_RATINGS, {"quarter": str(quarter)})
        return [Rating(r.region, EvaluatedOrgan(r.organ), EvaluationSide(r.side), tuple(r.points)) for r in rows]

    async def comments(self, quarter: Quarter, region: str, organ: EvaluatedOrgan, side: EvaluationSide) -> list[str]:
        of = {"quarter": str(quarter), "region": region, "organ": organ.value, "side": side.value}
        rows = await self._session.execute(_COMMENTS, of)
        return [
            self._vault.case(comment_id, row.wrapped_key).open("comment", row.sealed)
            for row in rows
            for comment_id in [UUID(int=row.comment_id.int)]
        ]

    async def log_comments(self, who: Mapping[str, Any], quarter: Quarter, at: datetime) -> None:
        await self._session.execute(_LOG, {**who, "quarter": str(quarter), "at": at})

    async def count_over(self, tx: Tx, now: datetime) -> int:
        """Answers of windows that are over go into their quarter; what joined them to an evaluation goes."""
        over = (await self._session.execute(_OVER, {"now": now, "limit": _BATCH})).mappings().all()
        for row in over:
            evaluation = _evaluation(row)
            await self._count(evaluation, row["wrapped_key"])
            tx.outbox.add(evaluation.closed())
        return len(over)

    async def _count(self, evaluation: Evaluation, wrapped_key: bytes) -> None:
        of = {"evaluation_id": evaluation.evaluation_id}
        sealer = self._vault.case(evaluation.evaluation_id, wrapped_key)
        given = await self._session.execute(_ANSWERS, of)
        answers = [orjson.loads(sealer.open(row.code_digest.hex(), row.answer_sealed)) for row in given]
        secrets.SystemRandom().shuffle(answers)
        for side, points, comment in answers:
            cell = {
                "quarter": str(Quarter.of(evaluation.closes_on)),
                "region": evaluation.region,
                "organ": evaluation.organ.value,
                "side": side,
            }
            await self._session.execute(_COUNT, cell | {"rating_id": uuid4(), "points": points})
            if comment is not None:
                await self._keep_comment(cell, comment)
        await self._session.execute(_FORGET, of)
        await self._session.execute(_CLOSE, of)

    async def _keep_comment(self, cell: Mapping[str, Any], comment: str) -> None:
        comment_id = uuid4()
        sealer, wrapped_key = self._vault.new_case(comment_id)
        sealed = sealer.seal("comment", comment)
        own = {"comment_id": comment_id, "kek_id": self._vault.kek_id, "wrapped_key": wrapped_key, "sealed": sealed}
        await self._session.execute(_KEEP_COMMENT, {**cell, **own})


def when_a_window_closes_count(vault: KeyVault) -> Task:
    async def evaluations(database: Database, now: datetime) -> int:
        total = 0
        while True:
            async with database.begin() as tx:
                done = await SqlEvaluations(tx.session, vault).count_over(tx, now)
            total += done
            if done < _BATCH:
                return total

    return evaluations


def _evaluation(row: Any) -> Evaluation:
    return Evaluation(
        evaluation_id=UUID(int=row["evaluation_id"].int),
        form=EvaluationForm(row["form"]),
        organ=EvaluatedOrgan(row["organ"]),
        region=row["region"],
        opened_at=row["opened_at"],
        closes_at=row["closes_at"],
        lawyers=row["lawyers"],
        officials=row["officials"],
    )
