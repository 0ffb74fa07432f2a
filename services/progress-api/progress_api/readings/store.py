"""Confirmed choices, in the order of the days from which they hold."""

from datetime import date

import asyncpg
from common.database import Database

from progress_api.readings.domain import Choice, Choices, Readings

_CONFIRMED = """
SELECT choice_id, parameter, target, value, from_on, document_number, document_issuer, document_date, confirmed_at
FROM reading_choices WHERE confirmed_at IS NOT NULL
"""


async def confirmed(connection: asyncpg.Connection) -> Choices:
    return Choices.of(Choice(**row) for row in await connection.fetch(_CONFIRMED))


async def official(connection: asyncpg.Connection, on: date) -> Readings:
    """The readings in force on the day."""
    return (await confirmed(connection)).on(on)


async def all_choices(database: Database) -> Choices:
    """For reads whose days are not known yet."""
    return Choices.of(Choice(**row) for row in await database.selects.fetch(_CONFIRMED))
