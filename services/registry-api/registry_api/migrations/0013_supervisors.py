"""Disciplinary supervisors (纪律监督员) as appointments of their own; the field that firms had for one goes."""

from datetime import UTC, datetime
from uuid import uuid4

import sqlalchemy as sa
from alembic import op
from common.events import encode
from contracts.registry_list_events import SupervisorAppointed
from contracts.working_days import local_date

revision = "0013"
down_revision = "0012"

SUPERVISORS = """
CREATE TABLE supervisors (
    appointment_id uuid PRIMARY KEY,
    firm_id uuid NOT NULL REFERENCES firms,
    lawyer_id uuid NOT NULL REFERENCES lawyers,
    from_on date NOT NULL,
    ended_on date,
    end_ground text,
    version integer NOT NULL CONSTRAINT supervisors_version CHECK (version >= 1),
    CONSTRAINT supervisors_interval CHECK (ended_on IS NULL OR ended_on >= from_on),
    CONSTRAINT supervisors_end CHECK ((end_ground IS NULL) = (ended_on IS NULL))
);
CREATE UNIQUE INDEX supervisors_one_open ON supervisors (firm_id) WHERE ended_on IS NULL;
CREATE INDEX supervisors_by_firm ON supervisors (firm_id, from_on);
CREATE INDEX supervisors_by_lawyer ON supervisors (lawyer_id)"""

NAMED = """
SELECT f.firm_id, f.discipline_supervisor_id AS lawyer_id, p.region
FROM firms f JOIN firm_periods p ON p.period_id = f.current_period_id
WHERE f.discipline_supervisor_id IS NOT NULL ORDER BY f.firm_id"""
APPOINT = """
INSERT INTO supervisors (appointment_id, firm_id, lawyer_id, from_on, version)
VALUES (:appointment_id, :firm_id, :lawyer_id, :from_on, 1)"""
TELL = """
INSERT INTO outbox (event_id, event_type, topic, key, region, entity_version, bytes)
VALUES (:event_id, :event_type, :topic, :key, :region, 1, :bytes)"""


def upgrade() -> None:
    for statement in SUPERVISORS.split(";\n"):
        op.execute(statement)
    _take_over()
    op.execute("ALTER TABLE firms DROP COLUMN discipline_supervisor_id")


def _take_over() -> None:
    """Since when they were was not recorded: they count from the day of this migration."""
    connection = op.get_bind()
    today = local_date(datetime.now(UTC))
    for firm in connection.execute(sa.text(NAMED)).all():
        event = SupervisorAppointed(
            version=1,
            region=firm.region,
            appointment_id=uuid4(),
            firm_id=firm.firm_id,
            lawyer_id=firm.lawyer_id,
            from_on=today,
        )
        connection.execute(
            sa.text(APPOINT), event.model_dump(include={"appointment_id", "firm_id", "lawyer_id", "from_on"})
        )
        event_id = uuid4()
        told = {
            "event_id": event_id, "event_type": event.event_type, "topic": event.topic, "key": event.key(),
            "region": event.region, "bytes": encode(event, source="/registry", correlation_id=None, event_id=event_id),
        }  # fmt: skip
        connection.execute(sa.text(TELL), told)
