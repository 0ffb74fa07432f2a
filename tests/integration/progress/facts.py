"""A small hand that writes facts into the projected tables, as the projector would leave them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

import asyncpg
from common.local_time import local_date
from progress_store.ddl import PROJECTED_TABLES

ZHENGZHOU, KAIFENG, JIYUAN = "410100", "410200", "419001"

_NOON, _STARTED = datetime(2026, 11, 26, 4, tzinfo=UTC), monotonic()
TODAY = local_date(_NOON)
"""Of the app's clock, so that no test depends on the day on which it runs."""


def clock() -> datetime:
    """From that day's noon on as time passes."""
    return _NOON + timedelta(seconds=monotonic() - _STARTED)


@dataclass
class Facts:
    """Inserts facts as the projector would leave them."""

    connection: asyncpg.Connection

    async def _insert(self, table: str, **values: Any) -> None:
        names, places = ", ".join(values), ", ".join(f"${n}" for n in range(1, len(values) + 1))
        await self.connection.execute(f"INSERT INTO {table} ({names}) VALUES ({places})", *values.values())

    async def firm(
        self, *, kind: str = "general-partnership", region: str = ZHENGZHOU, parent: UUID | None = None,
        from_on: date = date(2020, 1, 1), to_on: date | None = None, **more: Any,
    ) -> UUID:  # fmt: skip
        firm_id = uuid4()
        await self._insert(
            "firm_periods", period_id=uuid4(), firm_id=firm_id, kind=kind, region=region, parent_firm_id=parent,
            from_on=from_on, to_on=to_on, **more,
        )  # fmt: skip
        return firm_id

    async def practice(
        self, *, lawyer: UUID | None = None, firm: UUID | None = None, region: str = ZHENGZHOU, category: int = 1,
        from_on: date = date(2020, 1, 1), to_on: date | None = None, **more: Any,
    ) -> UUID:  # fmt: skip
        lawyer = lawyer or uuid4()
        await self._insert(
            "practices", practice_id=uuid4(), lawyer_id=lawyer, firm_id=firm, region=region, category=category,
            from_on=from_on, to_on=to_on, **more,
        )  # fmt: skip
        return lawyer

    async def staff(self, firm: UUID, count: int, **practice: Any) -> list[UUID]:
        return [await self.practice(firm=firm, **practice) for _ in range(count)]

    async def standing(
        self, subject: UUID, from_on: date, to_on: date | None = None, *, kind: str = "suspension",
        subject_kind: str = "lawyer", withdrawn: bool = False,
    ) -> UUID:  # fmt: skip
        fact_id = uuid4()
        await self._insert(
            "standing_facts", fact_id=fact_id, subject_id=subject, subject_kind=subject_kind, kind=kind,
            from_on=from_on, to_on=to_on, withdrawn=withdrawn, version=2,
        )  # fmt: skip
        return fact_id

    async def withdraw(self, fact_id: UUID) -> None:
        await self.connection.execute("UPDATE standing_facts SET withdrawn = true WHERE fact_id = $1", fact_id)

    async def recognise(
        self, member: UUID, kind: str, *, region: str = ZHENGZHOU, from_on: date = date(2025, 1, 1),
        to_on: date | None = None, field: str | None = None,
    ) -> None:  # fmt: skip
        await self._insert(
            "recognitions", recognition_id=uuid4(), kind=kind, member_id=member, region=region, from_on=from_on,
            to_on=to_on, field=field,
        )  # fmt: skip

    async def reorganised(
        self, on: date, kind: str = "merger", *, case: UUID | None = None, region: str = ZHENGZHOU
    ) -> None:
        await self._insert(
            "reorganisations", reorganisation_id=uuid4(), case_id=case, firm_id=uuid4(), kind=kind, region=region,
            effective_on=on,
        )  # fmt: skip

    async def reconciled(self, on: date, *, kind: str = "lawyers", here: int = 0, there: int = 0, **found: int) -> None:
        none = {"only_here": 0, "only_there": 0, "different": 0, "unreadable": 0}
        await self._insert(
            "reconciliations", reconciliation_id=uuid4(), kind=kind, region="410000", reconciled_on=on,
            reconciled_at=datetime.combine(on, time(6), UTC), here=here, there=there, **(none | found),
        )  # fmt: skip

    async def first_licence(self, on: date, *, region: str = ZHENGZHOU) -> None:
        await self.practice(region=region, from_on=on, first_licensed_on=on)

    async def assessed(
        self, grade: str | None, *, year: int = 2025, on: date = date(2026, 6, 1), region: str = ZHENGZHOU,
        kind: str = "assessed-firm",
    ) -> None:  # fmt: skip
        await self._insert(
            "assessments", assessment_id=uuid4(), year=year, kind=kind, subject_id=uuid4(), region=region,
            grade=grade, published_on=on, version=2,
        )  # fmt: skip

    async def sanction(
        self, *, due: date, published: date | None = None, penalties: tuple[str, ...] = ("warning",),
        region: str = ZHENGZHOU, decided: date = date(2026, 1, 5), withdrawn: date | None = None,
        withheld: date | None = None, **more: Any,
    ) -> None:  # fmt: skip
        await self._insert(
            "sanctions", case_id=uuid4(), region=region, organ_kind="bureau", subject_kind="lawyer",
            penalties=list(penalties), filed_on=decided, decision_due_on=decided, decided_on=decided,
            served_on=decided, from_on=decided, publish_due_on=due, published_on=published, withdrawn_on=withdrawn,
            withheld_on=withheld, withholding_ground=withheld and "no-social-impact", **more,
        )  # fmt: skip

    async def honoured(self, counts_from: date, *, withdrawn: date | None = None, region: str = ZHENGZHOU) -> None:
        await self.sanction(
            due=counts_from, decided=counts_from, withdrawn=withdrawn, region=region, honoured=True,
            honour_counts_from=counts_from,
        )  # fmt: skip

    async def proceeding(
        self, *, filed: date, due: date, decided: date | None = None, closed: date | None = None,
        region: str = ZHENGZHOU, kind: str = "administrative",
    ) -> None:  # fmt: skip
        await self._insert(
            "proceedings", proceeding_id=uuid4(), region=region, kind=kind, organ_kind="bureau",
            subject_kind="lawyer", filed_on=filed, due_on=due, decided_on=decided, closed_on=closed,
        )  # fmt: skip

    async def impostor_case(
        self, *, opened: date, closed: date | None = None, region: str = ZHENGZHOU, outcome: str = "penalised"
    ) -> None:
        await self._insert(
            "impostor_cases", impostor_case_id=uuid4(), region=region, opened_on=opened, closed_on=closed,
            outcome=None if closed is None else outcome,
        )  # fmt: skip

    async def talk(self, held: date, *, with_head: bool = True, region: str = ZHENGZHOU) -> None:
        await self._insert("talks", talk_id=uuid4(), region=region, kind="reminder", with_head=with_head, held_on=held)

    async def supervisor(self, firm: UUID, *, from_on: date = date(2025, 1, 1), to_on: date | None = None) -> None:
        await self._insert(
            "supervisors", appointment_id=uuid4(), firm_id=firm, lawyer_id=uuid4(), from_on=from_on, to_on=to_on
        )

    async def complaint(
        self, *, accepted: datetime | None, due: datetime | None, closed: datetime | None = None,
        region: str = ZHENGZHOU,
    ) -> None:  # fmt: skip
        filed = accepted or datetime.fromisoformat("2026-01-01T00:00:00+08:00")
        await self._insert(
            "complaints", complaint_id=uuid4(), region=region, fast_lane=False, filed_at=filed, triage_due_at=filed,
            accepted_at=accepted, due_at=due, closed_at=closed,
        )  # fmt: skip

    async def consultation(
        self, held: date, *, body: str = "four-party", without: str = "police", region: str = ZHENGZHOU
    ) -> None:
        parties = [each for each in ("court", "procuratorate", "justice", "association", "police") if each != without]
        await self._insert("consultations", meeting_id=uuid4(), region=region, body=body, parties=parties, held_on=held)

    async def evaluation(self, closed: date, *, form: str = "case", region: str = ZHENGZHOU) -> None:
        await self._insert("evaluations", evaluation_id=uuid4(), region=region, form=form, closed_on=closed)

    async def facility(
        self, from_on: date, *, organ: UUID | None = None, facility: UUID | None = None, version: int = 1,
        organ_kind: str = "COURT", kind: str = "meeting-room", status: str = "open", opened: date | None = None,
        region: str = ZHENGZHOU,
    ) -> tuple[UUID, UUID]:  # fmt: skip
        """Gives organ and facility."""
        organ, facility = organ or uuid4(), facility or uuid4()
        await self._insert(
            "facilities", facility_id=facility, version=version, organ_code=organ, region=region,
            organ_kind=organ_kind, kind=kind, status=status, opened_on=opened or from_on, from_on=from_on,
        )  # fmt: skip
        return organ, facility

    async def positions(self, topic: str, seq: int = 0) -> None:
        await self.connection.executemany(
            "INSERT INTO positions (topic, partition, epoch, last_seq, last_partition_hash) "
            "VALUES ($1, $2, '1.1', $3, '\\x00') "
            "ON CONFLICT (topic, partition) DO UPDATE SET last_seq = excluded.last_seq, stopped = NULL, "
            "updated_at = clock_timestamp()",
            [(topic, partition, seq) for partition in range(12)],
        )

    async def park(self, topic: str = "registry.events", key: str = "k", seq: int = 1, **values: Any) -> UUID:
        parked_id = uuid4()
        await self._insert(
            "parked", parked_id=parked_id, topic=topic, partition=3, seq=seq, key=key, region=ZHENGZHOU,
            bytes=b'{"a":1}', error="ValueError: a value that nobody expected", **(
                {"event_type": "lawyers.registry.firm.established.v1"} | values
            ),
        )  # fmt: skip
        return parked_id


TABLES = ", ".join(
    (
        *PROJECTED_TABLES,
        "positions",
        "redrive_items",
        "parked",
        "followings",
        "public.rebuilds",
        "public.outbox",
        "public.idempotency_keys",
    )
)
