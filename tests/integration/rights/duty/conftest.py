"""The rights service at a time of one's choosing, two organs with people on duty, and the real notifier beside it."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from common.database import Database
from common.timers import run_once
from contracts.conduct import OrganKind
from contracts.working_days import local_date
from fastapi import FastAPI
from notifier.notifying import Notifier
from notifier.senders import senders
from notifier.settings import NotifierSettings
from rights_api.app import tasks_of
from rights_api.duty.domain import AlarmKind
from rights_api.duty.store import raise_alarm
from rights_api.organs import Organ

from tests.integration.rights.conftest import Time, client_of

CITY = ("city-association", "410100")
PROVINCE = ("association", "410000")
BUREAU = ("bureau", "410100")
DEPARTMENT = ("department", "410000")
NATIONAL_DAY = date(2026, 10, 1)
TELEPHONE = "13811112222"
EMAIL = "zhibanyuan-teshubiaoji@example.cn"
ADDRESSES = {"sms": TELEPHONE, "voice": TELEPHONE, "email": EMAIL}


def organ(kind: str, region: str) -> Organ:
    return Organ(OrganKind(kind), region)


@dataclass
class Passing:
    """The app's time, which stands still until a test moves it."""

    told: Time

    def __call__(self) -> datetime:
        return self.told()

    def pass_(self, **span: float) -> None:
        self.told.now = self.told() + timedelta(**span)

    @property
    def today(self) -> date:
        return local_date(self.told())


@pytest.fixture
def time(time_of_app: Time) -> Iterator[Passing]:
    """Two at night on a holiday."""
    time_of_app.at("2026-10-01T02:00:00")
    yield Passing(time_of_app)
    time_of_app.now = None


@pytest.fixture
def database(app: FastAPI) -> Database:
    return app.state.database


@pytest.fixture
def tick(app, database, time) -> Callable[..., Any]:
    """One round of the timers."""

    async def tick(obliged_from: date | None = None) -> int:
        settings = app.state.settings.model_copy(update={"rights_rosters_from": obliged_from})
        return await run_once(database, time(), tasks_of(settings, app.state.vault))

    return tick


@pytest.fixture
def call(http, officer):
    """A request of an officer, each POST with a fresh key."""

    async def call(
        method: str,
        path: str,
        who: tuple[str, str] = CITY,
        *,
        subject: str = "keeper",
        version: int | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        headers = officer(*who, subject=subject) | {"Idempotency-Key": uuid4().hex}
        if version is not None:
            headers["If-Match"] = f'"v{version}"'
        return await http.request(method, path, headers=headers, **arguments)

    return call


@pytest.fixture
def on_roster(call, time):
    """Days from today on, and the two people's addresses."""

    async def on_roster(who: tuple[str, str], on_duty: str, substitute: str | None = None, days: int = 1) -> None:
        body = {
            "on_duty": on_duty,
            "substitute": substitute,
            "from_on": time.today.isoformat(),
            "to_on": (time.today + timedelta(days=days - 1)).isoformat(),
        }
        answer = await call("POST", "/v1/duty/rosters", who, json=body)
        assert answer.status_code == 201, answer.text
        for subject in filter(None, (on_duty, substitute)):
            set_ = {"subject": subject, "addresses": ADDRESSES}
            answer = await call("PUT", "/v1/duty/contacts", who, version=0, json=set_)
            assert answer.status_code == 200, answer.text

    return on_roster


@pytest.fixture
def raised(database, time):
    """A direct alarm of the fast lane, as a filing raises it."""

    async def raised(who: tuple[str, str] = CITY, *, owner: UUID | None = None, justice: bool = False) -> UUID:
        owner = owner or uuid4()
        async with database.begin() as tx:
            await raise_alarm(
                tx,
                organ(*who),
                AlarmKind.FAST_LANE,
                "complaint",
                owner,
                urgent=True,
                justice=justice,
                at=time(),
            )
        return owner

    return raised


@pytest.fixture
def alarms(call):
    """The open alarms of an organ."""

    async def alarms(who: tuple[str, str] = CITY, **parameters: Any) -> list[dict[str, Any]]:
        answer = await call("GET", "/v1/alarms", who, params=parameters)
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    return alarms


def story(alarm: dict[str, Any]) -> list[tuple[str, str | None, str | None]]:
    return [(step["step"], step["region"], step["seat"]) for step in alarm["steps"]]


@pytest.fixture
async def worker(app, issuer, tmp_path) -> AsyncIterator[Notifier]:
    """The notifier as it runs, but for its way to the service; its messages go to the sink."""
    settings = NotifierSettings(environment="test", data_dir=str(tmp_path))
    async with client_of(app) as rights:
        rights.headers.update(issuer.headers(roles=["notifier"], organisation_kind="system", subject="notifier"))
        yield Notifier(rights, senders(settings, rights), batch=20, send_seconds=5)


@pytest.fixture
def sink(tmp_path):
    """What the sink has got so far."""
    path = tmp_path / "notifier" / "sink.ndjson"
    return lambda: path.read_text(encoding="utf-8").splitlines() if path.exists() else []
