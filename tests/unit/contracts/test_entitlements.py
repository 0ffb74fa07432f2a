"""The table of entitlements under odd tokens: a role alone gives nothing."""

import pytest
from common.auth import Principal
from common.auth.principal import ORGANISATION_KINDS, WORKERS
from common.auth.principal import ROLES as ALL_ROLES
from contracts.consumers import consumers
from contracts.discipline_events import SanctionDecided
from contracts.entitlements import (
    DISCIPLINE,
    PROGRESS,
    REGISTRY,
    RIGHTS,
    IndicatorScope,
    indicator_scope,
    may_operate,
    may_read_event,
    may_read_feed,
    may_read_standing,
    may_watch,
)
from contracts.entitlements import (
    TOPICS as ALL_TOPICS,
)
from contracts.progress_events import ProgressParkedEventResolved
from contracts.registry_events import LawyerMoved, LawyerStandingRecorded, RegistryParkedEventResolved
from contracts.releases import releases
from contracts.rights_events import ComplaintFiled

TOPICS = (REGISTRY, DISCIPLINE, RIGHTS, PROGRESS)
ROLES = ("registry-officer", "discipline-officer", "rights-officer", "operator", "plan-reader", "feed-verifier")


def who(role: str, kind: str | None = None, region: str | None = "410000") -> Principal:
    """Our own workers are systems; everybody else is of the department, unless told otherwise."""
    kind = kind if kind is not None else "system" if role == "feed-verifier" else "department"
    return Principal(subject="s", roles=frozenset({role}), organisation_kind=kind, region=region)


@pytest.mark.parametrize("role", ROLES)
def test_without_a_region_no_feed_is_open(role: str) -> None:
    assert [topic for topic in TOPICS if may_read_feed(who(role, region=None), topic)] == []


@pytest.mark.parametrize(("role", "topic", "event"), [
    ("discipline-officer", DISCIPLINE, SanctionDecided),
    ("feed-verifier", RIGHTS, ComplaintFiled),
])  # fmt: skip
def test_a_whole_feed_needs_a_token_of_the_province(role: str, topic: str, event: type) -> None:
    for region, allowed in (("410000", True), ("410100", False)):
        assert may_read_feed(who(role, region=region), topic) is allowed
        assert may_read_event(who(role, region=region), event.event_type, "410100") is allowed


def test_the_rights_feed_is_for_our_workers_alone() -> None:
    kinds = ("department", "bureau", "county-bureau", "association", "city-association", "court", "system")
    readers = {
        role
        for role in ROLES
        for kind in kinds
        if may_read_feed(who(role, kind), RIGHTS)
        or may_read_event(who(role, kind), ComplaintFiled.event_type, "410100")
    }
    assert readers == {"feed-verifier"}
    for kind in (*(kind for kind in kinds if kind != "system"), "lawyer", "public"):
        assert [topic for topic in TOPICS if may_read_feed(who("feed-verifier", kind), topic)] == []


def test_each_process_reads_the_feeds_that_it_follows_and_no_other() -> None:
    followed = {each.id: set(each.topics) if each.queue is None else set() for each in consumers().consumers}
    assert followed["exchange-releases"] == set(releases().topics)
    assert {topic for topic in ALL_TOPICS if may_read_feed(who("feed-verifier"), topic)} == set(ALL_TOPICS)
    for role in WORKERS - {"exchange-api"}:
        readable = {topic for topic in ALL_TOPICS if may_read_feed(who(role, "system"), topic)}
        assert readable == followed.get(role, set()), role
    assert not [topic for topic in ALL_TOPICS for role in WORKERS if may_read_feed(who(role, "department"), topic)]


def test_how_consumers_stand_is_shown_to_the_operators_view_alone() -> None:
    watching = {role for role in ALL_ROLES for kind in ORGANISATION_KINDS if may_watch(who(role, kind))}
    assert watching == {"exchange-api"}
    assert [kind for kind in ORGANISATION_KINDS if may_watch(who("exchange-api", kind))] == ["system"]


@pytest.mark.parametrize(
    ("kind", "region", "operates"),
    [
        ("department", "410000", True), ("system", "410000", True), ("department", "410100", False),
        ("system", None, False), ("bureau", "410000", False), ("lawyer", "410000", False), ("public", "410000", False),
    ],
)  # fmt: skip
def test_operators_are_the_departments_or_a_system_and_of_the_whole_province(kind, region, operates) -> None:
    assert may_operate(who("operator", kind, region)) is operates
    assert not may_operate(who("feed-verifier", kind, region))
    assert may_read_feed(who("operator", kind, region), REGISTRY) is operates


@pytest.mark.parametrize("kind", ["court", "procuratorate", "lawyer", "public", "system", ""])
def test_organs_that_own_no_register_do_not_read_it_as_officers(kind: str) -> None:
    assert not may_read_feed(who("registry-officer", kind), REGISTRY)
    assert not may_read_standing(who("registry-officer", kind))
    for indicator in ("M12-I1", "M13-I1", "M15-I1"):
        for role in ("rights-officer", "discipline-officer"):
            assert indicator_scope(who(role, kind), indicator) is IndicatorScope.PROVINCE_MONTHLY


def test_onlookers_read_the_register_without_standing() -> None:
    association = who("registry-officer", "association")
    assert may_read_event(association, LawyerMoved.event_type, "410100")
    assert not may_read_event(association, LawyerStandingRecorded.event_type, "410100")


@pytest.mark.parametrize("event", [RegistryParkedEventResolved, ProgressParkedEventResolved])
def test_what_became_of_a_parked_event_does_not_tell_its_place_in_a_closed_feed(event: type) -> None:
    readers = {role for role in ROLES if may_read_event(who(role), event.event_type, "410000")}
    assert readers == {"feed-verifier"}


def test_a_department_of_a_city_sees_its_city() -> None:
    assert indicator_scope(who("rights-officer", region="410100"), "M13-I1") is IndicatorScope.OWN_REGION
