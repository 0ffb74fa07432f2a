"""Every room of every desk, with something in it: seen by an officer, accessible, and in Chinese throughout."""

import re

import pytest
from portal.desks.operations import operation
from portal.desks.tables import DESKS

from tests.journeys.pages.conftest import NARROW, WIDE
from tests.journeys.pages.rooms.discipline import discipline
from tests.journeys.pages.rooms.people import BUREAU, CITY, COURT, DEPARTMENT, PROVINCE, People
from tests.journeys.pages.rooms.registry import registry
from tests.journeys.pages.rooms.reporting import reporting
from tests.journeys.pages.rooms.rights import linkage, rights

MADE = {"registry": registry, "discipline": discipline, "rights": rights, "linkage": linkage, "reporting": reporting}
ROOMS = [(desk, room) for desk in DESKS for room in desk.rooms]
FORMS_ALONE = {"discipline/comparing", "rights/dictations"}
"""Rooms without anything in them."""
VIEWERS = {
    "registry": DEPARTMENT, "discipline": BUREAU, "rights": CITY, "linkage": COURT, "reporting": DEPARTMENT,
    "discipline/linkages": CITY, "rights/statistics": PROVINCE, "rights/calendars": DEPARTMENT,
    "rights/assessments": DEPARTMENT, "reporting/due": BUREAU,
}  # fmt: skip
"""Whose work it is, by desk or by room."""
SUBJECTS = {"rights": "rooms-lx", "reporting/due": "rooms-reporter"}
CODES = re.compile(
    r"[A-Za-z][A-Za-z0-9]*(?:[-_.][A-Za-z0-9]+)+|\b[a-z]{3,}\b|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
NO_CODES = re.compile(
    # Who somebody is to the issuer.
    r"(rooms|lx|hn|zz|ly|kf|m|matrix|investigator|head|member)-[a-z0-9-]+|zz|hn|lx|ly|dev|test"
    r"|[MWHTG]\d*-?[A-Z]?\d*|csv|PDF|DOCX|XLSX|CSV|JPEG|PNG|SHA-256|A-\d+"
)
WORDS = """
    () => {
        const found = []
        // Who somebody is to the issuer of tokens may be any text.
        const isOfAPerson = (within) => {
            const cell = within.closest("td, dd")
            if (!cell) return false
            const head = cell.tagName === "TD" ? cell.closest("table").tHead?.rows[0].cells[cell.cellIndex]
                : cell.previousElementSibling
            return /(人|人员)$/.test(head?.textContent.trim() ?? "")
        }
        const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT)
        while (walker.nextNode()) {
            const text = walker.currentNode, within = text.parentElement
            if (!within.closest("[lang=en], .code, script") && !isOfAPerson(within)) found.push(text.textContent)
        }
        return found.join("\\n")
    }
"""


@pytest.fixture(scope="module")
def keys(system, caller):
    people = People(system, caller)
    return {name: made(people) for name, made in MADE.items()}


@pytest.fixture(scope="module")
def token(system):
    def token(desk, room):
        name = f"{desk.name}/{room.name}"
        rights = VIEWERS.get(name, VIEWERS[desk.name])
        subject = SUBJECTS.get(name, SUBJECTS.get(desk.name, "rooms-viewer"))
        return system.token(*desk.roles, subject=subject, **rights)

    return token


def test_there_is_something_in_every_room(keys):
    """A new room comes with what is to be seen in it."""
    for desk in DESKS:
        wanted = {room.name for room in desk.rooms if f"{desk.name}/{room.name}" not in FORMS_ALONE}
        assert set(keys[desk.name]) == wanted, desk.name
        assert {room.name for room in desk.rooms if room.record is not None and not keys[desk.name].get(room.name)} == (
            set()
        )


@pytest.mark.parametrize("desk", DESKS, ids=[desk.name for desk in DESKS])
def test_every_room_is_seen_with_something_in_it(desk, keys, token, holding):
    for room in desk.rooms:
        with holding(token(desk, room)) as visit:
            for path, name in _addresses(desk, room, keys[desk.name].get(room.name, "")):
                page = visit.open(path)
                if name.endswith("-list") and room.listing is not None:
                    assert page.locator("main tbody tr, main .clocks > li").count() > 0, path
                assert _codes(page) == [], path
                visit.seen(name)
                with visit.narrowed():
                    visit.fits()
                    visit.picture(name)


@pytest.mark.parametrize("desk", DESKS, ids=[desk.name for desk in DESKS])
def test_every_form_of_every_room_is_in_chinese(desk, keys, token, holding):
    for room in desk.rooms:
        key = keys[desk.name].get(room.name, "")
        base = f"/desk/{desk.name}/{room.name}"
        acts = [f"{base}/new/{act.slug}" for act in room.creates]
        if room.record is not None:
            acts += [f"{base}/{key}/do/{act.slug}" for act in room.record.acts if not operation(act.operation).variants]
        with holding(token(desk, room)) as visit:
            for path in acts:
                assert _codes(visit.open(path)) == [], path


TEMPLATES = {
    room.record.template: (desk, room) for desk, room in reversed(ROOMS) if room.record is not None
} | {"list": next((desk, room) for desk, room in ROOMS if room.name == "reports")}  # fmt: skip
"""One room for each."""


@pytest.mark.parametrize("look", ["dark", "large", "print"])
def test_each_template_is_seen_in_the_dark_in_large_type_and_on_paper(look, keys, token, holding):
    for template, (desk, room) in TEMPLATES.items():
        with holding(token(desk, room), NARROW if look == "large" else WIDE) as visit:
            if look == "print":
                visit.page.emulate_media(media="print")
            else:
                theme = {"dark": "theme", "large": "view"}[look]
                visit.context.add_cookies([{"name": theme, "value": look, "url": visit.origin}])
            base = f"/desk/{desk.name}/{room.name}"
            page = visit.open(base if template == "list" else f"{base}/{keys[desk.name][room.name]}")
            visit.picture(f"{look}-{desk.name}-{room.name}-{'list' if template == 'list' else 'record'}")
            visit.fits()
            if look == "dark":
                visit.is_accessible()
            if look == "print":
                assert page.locator("nav:visible, button:visible, main .button:visible").count() == 0, template


def _addresses(desk, room, key):
    base, name = f"/desk/{desk.name}/{room.name}", f"room-{desk.name}-{room.name}"
    if room.listing is not None or room.creates or room.own_page:
        yield base, f"{name}-list"
    if room.record is not None:
        yield f"{base}/{key}", f"{name}-record"


def _codes(page):
    """Words of programs where an officer should read Chinese."""
    return sorted({found for found in CODES.findall(page.evaluate(WORDS)) if not NO_CODES.fullmatch(found)})
