"""What a migration finds in a register that has lived, it carries over and tells of."""

from uuid import UUID

import asyncpg
from alembic import command
from common.events import decode
from common.migrations import migrate
from contracts.legal_day import legal_today
from contracts.registry_list_events import SupervisorAppointed

FIRM, LAWYER, PERIOD, PRACTICE = (UUID(int=n) for n in range(1, 5))
BEFORE = f"""
INSERT INTO lawyers (lawyer_id, name, licence_number, serial, first_licensed_on, licensed, current_practice_id, version)
VALUES ('{LAWYER}', '张三', '14101201210000001', '000001', '2012-03-01', true, '{PRACTICE}', 1);
INSERT INTO firms (firm_id, credit_code, name, version, current_period_id, discipline_supervisor_id)
VALUES ('{FIRM}', '31410000MD00000019', '河南甲律师事务所', 1, '{PERIOD}', '{LAWYER}'),
       ('{UUID(int=5)}', '31410000MD00000027', '河南乙律师事务所', 1, '{UUID(int=6)}', NULL);
INSERT INTO firm_periods (period_id, firm_id, ordinal, kind, region, from_on)
VALUES ('{PERIOD}', '{FIRM}', 0, 'general-partnership', '410100', '2010-05-01'),
       ('{UUID(int=6)}', '{UUID(int=5)}', 0, 'general-partnership', '410300', '2010-05-01');
"""


async def test_supervisors_that_firms_named_become_appointments(postgres, monkeypatch):
    dsn = f"{postgres.url}/registry_migrated"
    upgrade = command.upgrade
    with monkeypatch.context() as until:
        until.setattr(command, "upgrade", lambda config, _: upgrade(config, "0012"))
        await migrate(dsn, "registry_api")
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(BEFORE)
        await migrate(dsn, "registry_api")
        (row,) = await connection.fetch("SELECT * FROM supervisors")
        assert (row["firm_id"], row["lawyer_id"], row["from_on"], row["ended_on"]) == (
            FIRM,
            LAWYER,
            legal_today(),
            None,
        )
        (told,) = await connection.fetch("SELECT * FROM outbox")
    finally:
        await connection.close()
    event = decode(told["bytes"]).event()
    assert isinstance(event, SupervisorAppointed)
    assert (event.appointment_id, event.lawyer_id, event.region) == (row["appointment_id"], LAWYER, "410100")
    assert (told["event_type"], told["topic"], told["key"], told["entity_version"]) == (
        event.event_type, event.topic, event.key(), 1,
    )  # fmt: skip
