"""Corrections, divisions, merged records, published grades: any interleaving leaves the rows that a model expects."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from common.database import Database
from common.events import Event
from contracts import registry_events as registry
from contracts import registry_list_events as registers
from contracts.assessment import AssessedKind, Grade
from contracts.counties import COUNTIES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.integration.event_log.test_rebuild import folded, interleaved

ZHENGZHOU = "410100"
COUNTY_CODES = [None, *(code for code, county in COUNTIES.items() if county.region == ZHENGZHOU)]


@dataclass
class Model:
    """What must stand in the store once every event has been folded, in whatever order keys have met."""

    rng: random.Random
    periods: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    practices: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    merged: dict[UUID, UUID] = field(default_factory=dict)
    voided: dict[UUID, bool] = field(default_factory=dict)
    grades: dict[UUID, tuple[str | None, int]] = field(default_factory=dict)
    reorganisations: list[tuple[UUID, str]] = field(default_factory=list)
    day: date = date(2026, 1, 1)

    def id(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def tomorrow(self) -> date:
        self.day += timedelta(1)
        return self.day

    def seat(self) -> dict[str, Any]:
        return {"county": self.rng.choice(COUNTY_CODES), "in_legal_district": self.rng.random() < 0.5}

    def firm(self) -> list[Event]:
        firm_id, current = self.id(), self.id()
        kind, seat, day = registry.FirmKind.GENERAL_PARTNERSHIP, self.seat(), self.tomorrow()
        common = {"region": ZHENGZHOU, "firm_id": firm_id}
        history: list[Event] = [
            registry.FirmEstablished(version=1, **common, period_id=current, kind=kind, **seat, from_on=day)
        ]
        self.periods[current] = seat | {"from_on": day, "to_on": None, "established": True}
        for version in range(2, 2 + self.rng.randrange(6)):
            day, seat = self.tomorrow(), self.seat()
            match self.rng.choice(("change", "correct", "split", "end")):
                case "change":
                    opened = self.id()
                    history.append(
                        registry.FirmChanged(
                            version=version, **common, closes_period_id=current, period_id=opened, kind_before=kind,
                            kind=kind, region_before=ZHENGZHOU, **seat, effective_on=day,
                        )
                    )  # fmt: skip
                    self.periods[current]["to_on"] = day
                    current = opened
                    self.periods[current] = seat | {"from_on": day, "to_on": None, "established": False}
                case "correct":
                    day = self.periods[current]["from_on"]
                    history.append(
                        registry.FirmPeriodCorrected(
                            version=version, **common, period_id=current, kind=kind, **seat, from_on=day
                        )
                    )
                    self.periods[current] |= seat
                case "split":
                    history.append(
                        registry.FirmSplit(
                            version=version, **common, case_id=self.id(), into=[self.id()], continues=True,
                            effective_on=day,
                        )
                    )  # fmt: skip
                    self.reorganisations.append((firm_id, "division"))
                case _:
                    merged = self.id()
                    history.append(
                        registry.FirmEnded(
                            version=version, **common, period_id=current, ground="merged", merged_into=merged,
                            merger_id=self.id(), ended_on=day,
                        )
                    )  # fmt: skip
                    self.periods[current]["to_on"] = day
                    self.reorganisations.append((firm_id, "merger"))
                    break
        return history

    def lawyer(self) -> list[Event]:
        lawyer_id, current, day = self.id(), self.id(), self.tomorrow()
        common = {"region": ZHENGZHOU, "lawyer_id": lawyer_id}
        history: list[Event] = [
            registry.LawyerLicensed(
                version=1, **common, practice_id=current, category=6, county="410122", first_licensed_on=day,
                from_on=day,
            )
        ]  # fmt: skip
        mine = {current: {"county": "410122", "from_on": day, "to_on": None}}
        self.practices |= mine
        self.voided[lawyer_id] = False
        merged: dict[UUID, date | None] | None = None
        for version in range(2, 2 + self.rng.randrange(7)):
            day, county = self.tomorrow(), self.rng.choice(COUNTY_CODES)
            step = "restore" if merged is not None else self.rng.choice(("move", "correct", "merge", "end"))
            match step:
                case "move":
                    opened = self.id()
                    history.append(
                        registry.LawyerMoved(
                            version=version, **common, closes_practice_id=current, practice_id=opened,
                            region_before=ZHENGZHOU, category=6, county=county, number_changed=False, effective_on=day,
                        )
                    )  # fmt: skip
                    mine[current]["to_on"] = day
                    current = opened
                    mine[current] = self.practices[current] = {"county": county, "from_on": day, "to_on": None}
                case "correct":
                    history.append(
                        registry.PracticeCorrected(
                            version=version, **common, practice_id=current, category=6, county=county,
                            from_on=mine[current]["from_on"],
                        )
                    )  # fmt: skip
                    mine[current]["county"] = county
                case "merge":
                    merged = {practice_id: row["to_on"] for practice_id, row in mine.items()}
                    ends = [registry.PracticeEnd(practice_id=id_, to_on=row["from_on"]) for id_, row in mine.items()]
                    self.merged[lawyer_id] = self.id()
                    history.append(
                        registry.LawyerRecordMerged(
                            version=version, **common, merged_into=self.merged[lawyer_id], practices=ends,
                            effective_on=day,
                        )
                    )  # fmt: skip
                    for row in mine.values():
                        row["to_on"] = row["from_on"]
                    self.voided[lawyer_id] = True
                case "restore":
                    assert merged is not None
                    ends = [registry.PracticeEnd(practice_id=id_, to_on=to_on) for id_, to_on in merged.items()]
                    history.append(
                        registry.LawyerRecordRestored(
                            version=version, **common, restored_from=self.id(), practices=ends, effective_on=day
                        )
                    )
                    for practice_id, to_on in merged.items():
                        mine[practice_id]["to_on"] = to_on
                    merged, self.voided[lawyer_id] = None, False
                    del self.merged[lawyer_id]
                case _:
                    history.append(
                        registry.LawyerLicenceEnded(
                            version=version, **common, practice_id=current, ground="own-request", ended_on=day
                        )
                    )
                    mine[current]["to_on"] = day
                    break
        return history

    def assessment(self) -> list[Event]:
        assessment_id, version, history = self.id(), 0, []
        common: dict[str, Any] = {
            "region": ZHENGZHOU, "assessment_id": assessment_id, "year": 2025, "kind": AssessedKind.FIRM,
            "subject_id": self.id(),
        }  # fmt: skip
        for corrected in range(self.rng.randrange(1, 4)):
            graded = registers.AssessmentGraded(
                version=version + 1, **common, correction=bool(corrected), recorded_on=self.tomorrow()
            )
            history.append(graded)
            grade = self.rng.choice((Grade.FIRM_PASSED, Grade.FIRM_FAILED, None)) if corrected else Grade.FIRM_PASSED
            version += 2
            history.append(
                registers.AssessmentPublished(
                    version=version, **common, grade=grade, correction=bool(corrected), published_on=self.tomorrow()
                )
            )
            self.grades[assessment_id] = (None if grade is None else grade.value, version)
        return history


async def stored(store: Database) -> dict[str, Any]:
    pool = await store.pool()
    periods = await pool.fetch("SELECT * FROM firm_periods")
    practices = await pool.fetch("SELECT * FROM practices")
    seat = ("county", "in_legal_district", "from_on", "to_on", "established")
    return {
        "periods": {row["period_id"]: {name: row[name] for name in seat} for row in periods},
        "practices": {
            row["practice_id"]: {name: row[name] for name in ("county", "from_on", "to_on")} for row in practices
        },
        "voided": {r["lawyer_id"]: r["ground"] == "record-merged" for r in practices if r["first_licensed_on"]},
        "merged": {r["lawyer_id"]: r["merged_into"] for r in await pool.fetch("SELECT * FROM merged_records")},
        "grades": {
            r["assessment_id"]: (r["grade"], r["version"]) for r in await pool.fetch("SELECT * FROM assessments")
        },
        "reorganisations": sorted((r["firm_id"], r["kind"]) for r in await pool.fetch("SELECT * FROM reorganisations")),
    }


@given(seed=st.integers(0, 2**32))
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_any_interleaving_leaves_what_the_model_expects(store: Database, seed: int) -> None:
    rng = random.Random(seed)
    model = Model(rng)
    makers = [model.firm, model.lawyer, model.assessment]
    histories = [rng.choice(makers)() for _ in range(25)]
    expected = {
        "periods": model.periods,
        "practices": model.practices,
        "voided": model.voided,
        "merged": model.merged,
        "grades": model.grades,
        "reorganisations": sorted(model.reorganisations),
    }
    first = await folded(store, interleaved(histories, rng))
    assert await stored(store) == expected
    assert await folded(store, interleaved(histories, rng)) == first
    # All at once: the whole life of a record may fall into one batch.
    assert await folded(store, [[event for history in histories for event in history]]) == first
