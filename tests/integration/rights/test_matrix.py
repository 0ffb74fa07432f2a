"""Role by organisation by region, against every operation of both processes: who is let in is the table's alone."""

import logging
from collections.abc import Callable
from typing import Any

import asyncpg
import httpx
import pytest
from fastapi import FastAPI

from tests.support.matrix import NOBODY, Door, missing, undone

from .conftest import Time
from .matrix import CALLERS, TABLE
from .matrix.world import AT, NEVER_SHOWN, SECRETS, Things, World

STRANGERS = ("court", "procuratorate", "justice", "public-security", "county", "lawyer", "auditor", "operator")
"""Some of those who have no business with cases; the accused are among them."""

OF_OTHER_CASES = ("bureau-elsewhere", "another-court")

MOST_AT_ONCE = 4
"""Fewer than there are connections."""


@pytest.fixture
async def world(
    http: httpx.AsyncClient, issuer: Any, sql: asyncpg.Connection, officer: Callable[..., Any], time: Time,
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
) -> tuple[World, Things]:  # fmt: skip
    """Whatever is done in it afterwards is undone, so that every caller finds the same."""
    time.at(AT)
    world = World(http, issuer, sql, officer)
    things = await world.built()
    things |= await world.sessions(things)
    undone(monkeypatch)
    caplog.set_level(logging.ERROR)  # each of several thousand refusals is a warning
    return world, things


def door_of(world: World, things: Things) -> Door:
    headers = {
        name: {"Receipt-Session": things[caller.session]} if caller.session else world.token(name, caller)
        for name, caller in CALLERS.items()
    }
    return Door(world.http, things, headers, dict.fromkeys(SECRETS, NOBODY), MOST_AT_ONCE, all_told=True)


async def test_every_operation_lets_in_whom_its_row_names(world: tuple[World, Things]):
    door = door_of(*world)
    for row in TABLE:
        await door.try_all(row)
        if row.changes:
            await door.try_without_version(row, OF_OTHER_CASES)
    assert door.wrong == [], "\n".join(door.wrong)
    assert door.unread == NEVER_SHOWN


async def test_no_stranger_learns_whether_there_is_a_case(world: tuple[World, Things]):
    door = door_of(*world)
    for case in ("complaint_id", "justice_case_id", "court_case_id"):
        rows = [row for row in TABLE if row.path.startswith(f"/v1/complaints/{{{case}}}") and row.method != "HEAD"]
        assert rows
        for row in rows:
            await door.try_blindly(row, STRANGERS)
    assert door.wrong == [], "\n".join(door.wrong)


def test_no_operation_is_without_a_row(app: FastAPI, public: FastAPI):
    assert missing([app, public], TABLE) == []
