"""Demo persons at the portal, signed in through the issuer's page into its own sessions, as everybody is."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page
from yulu_local.people import people

from tests.journeys.actors import Caller

BUREAU = {"kind": "bureau", "region": "410100", "code": "zhengzhou-sfj"}
"""The organ of the demo persons of Zhengzhou's bureau."""


def sign_in(page: Page, origin: str, username: str, path: str) -> None:
    """To `path`, which leads to the issuer's page and back."""
    page.goto(f"{origin}{path}")
    press_person(page, username)
    page.wait_for_url(lambda url: url == f"{origin}{path}")


def press_person(page: Page, username: str) -> None:
    """On the issuer's page, which asks no password."""
    page.locator(f'button[value="{username}"]').click()


def api_of(caller: Callable[..., Caller], username: str) -> Caller:
    """The services as that person may use them: what pages have done is looked up there."""
    person = people()[username]
    rights: dict[str, Any] = {"organisation_kind": person.organisation_kind, "organisation_id": person.organisation_id}
    return caller(*person.roles, region=person.region, subject=person.subject, **rights)
