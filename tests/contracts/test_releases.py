"""What goes outside: every type and every field is decided, and nothing that tells of a sanction is released."""

import hashlib
from pathlib import Path

import orjson
import pytest
import yaml
from common.events import EVENTS
from contracts import evolution
from contracts.entitlements import DISCIPLINE, EXCHANGE, RIGHTS, STANDING_EVENTS, SYSTEM_KINDS
from contracts.releases import ALWAYS, EVERYBODY, Audience, Releases, is_channel, released, released_types, releases
from pydantic import ValidationError

GOLDEN = Path(__file__).parent / "golden"
EDITIONS = Path(__file__).parent / "data" / "release_editions.yaml"
TYPES = sorted(t for t, cls in EVENTS.items() if cls.__module__.startswith("contracts.") and evolution.REGISTERED_BY)
RELEASED = sorted(released_types())
TELLING = {
    "case_id", "cause", "complaint_id", "consequence", "correlationid", "deadline", "fact_id", "grade", "ground",
    "honoured", "outcome", "penalties", "penalty", "reason", "reason_code", "reason_kind", "sanction", "severity",
    "standing", "suspension", "withdrawn", "changed_fields",
}  # fmt: skip
"""Names of fields that tell, or may tell, of a suspension, a penalty, a cause, or the papers behind it."""
PERSONS = ("lawyer_id", "member_id", "intern_id", "supervisor_id")


def golden(event_type: str) -> bytes:
    return (GOLDEN / f"{event_type}.json").read_bytes()


@pytest.mark.parametrize("event_type", TYPES)
def test_every_type_is_decided(event_type: str) -> None:
    table = releases()
    not_released = {each for row in table.not_released for each in row.types}
    decided = [
        event_type in released_types(), event_type in not_released, EVENTS[event_type].topic in table.closed_topics,
    ]  # fmt: skip
    assert decided.count(True) == 1, "say in releases.yaml to whom it goes, or that it stays inside"


@pytest.mark.parametrize("event_type", RELEASED)
def test_every_field_is_decided_and_none_tells_of_a_sanction(event_type: str) -> None:
    release = released_types()[event_type]
    assert {*release.fields, *release.withheld, *ALWAYS} == set(EVENTS[event_type].model_fields), "decide on each field"
    assert not TELLING & set(release.fields)
    assert release.to != "public" or not set(PERSONS) & set(release.fields), "of natural persons nothing is everybody's"


def test_closed_feeds_and_standing_are_never_released() -> None:
    assert releases().closed_topics == {RIGHTS, DISCIPLINE, EXCHANGE}
    assert not STANDING_EVENTS & set(RELEASED)
    topics = {EVENTS[event_type].topic for event_type in RELEASED}
    assert topics == set(releases().topics)


def test_versions_of_a_key_have_no_gaps_that_tell() -> None:
    """Of one key all types go to the same audience, or none does."""
    audiences: dict[tuple[str, str], set[str | None]] = {}
    for event_type in TYPES:
        cls = EVENTS[event_type]
        release = released_types().get(event_type)
        audiences.setdefault((cls.topic, cls.key_field), set()).add(None if release is None else release.to)
    assert {key: to for key, to in audiences.items() if len(to) > 1} == {}


@pytest.mark.parametrize("event_type", RELEASED)
def test_the_released_form_is_the_same_event_without_what_is_withheld(event_type: str) -> None:
    raw, release = golden(event_type), released_types()[event_type]
    form = released(raw)
    assert form is not None
    assert form == released(raw), "always the same bytes"
    inside, outside = orjson.loads(raw), orjson.loads(form.raw)
    for name in ("id", "type", "source", "subject", "time", "region", "entityversion"):
        assert outside[name] == inside[name]
    assert outside["data"] == {k: v for k, v in inside["data"].items() if k in (*ALWAYS, *release.fields)}
    assert outside["salt"] != inside["salt"], "or the digest would be a test for guesses at what is withheld"
    assert set(outside) == set(inside) - {"correlationid"}


@pytest.mark.parametrize("event_type", [t for t in TYPES if t not in RELEASED])
def test_what_has_no_row_has_no_form(event_type: str) -> None:
    assert released(golden(event_type)) is None


def test_a_field_of_a_newer_producer_is_left_out() -> None:
    event = orjson.loads(golden("lawyers.registry.firm.ended.v1"))
    event["data"] |= {"ground": "revoked", "penalty": "fine"}
    event |= {"newattribute": "x"}
    form = released(orjson.dumps(event))
    assert form is not None
    assert not {"ground", "penalty", "newattribute"} & {*orjson.loads(form.raw), *orjson.loads(form.raw)["data"]}


def test_who_is_reached() -> None:
    firm, lawyer, intern, moved = (
        released(golden(f"lawyers.registry.{name}.v1"))
        for name in ("firm.established", "lawyer.licensed", "intern.registered", "lawyer.moved")
    )
    assert firm is not None
    assert lawyer is not None
    assert intern is not None
    assert moved is not None
    everywhere = {kind: Audience(kind, "410000") for kind in SYSTEM_KINDS}
    assert firm.reaches(EVERYBODY)
    assert not lawyer.reaches(EVERYBODY)
    # What is everybody's stands in the public channel alone: nobody is told it twice.
    assert not any(firm.reaches(organ) for organ in everywhere.values())
    assert all(lawyer.reaches(organ) for organ in everywhere.values())
    assert {kind for kind, organ in everywhere.items() if intern.reaches(organ)} == {"association", "bureau"}
    (here,) = lawyer.regions
    assert [lawyer.reaches(Audience("court", region)) for region in (here, "411700")] == [True, False]
    assert len(moved.regions) == 2, "who has him in his register must learn that he left"
    assert all(moved.reaches(Audience("court", region)) for region in moved.regions)
    assert not lawyer.reaches(Audience("county-bureau", "410000"))


def test_a_form_that_changes_raises_the_edition() -> None:
    """Else a process that is older than the form takes it for one that is told no more, and passes it over for good."""
    forms = hashlib.sha256()
    for event_type in RELEASED:
        form = released(golden(event_type))
        assert form is not None
        forms.update(orjson.dumps([event_type, sorted(form.kinds), form.raw.decode()]))
    editions = yaml.safe_load(EDITIONS.read_text())
    assert list(editions) == list(range(1, len(editions) + 1))
    assert editions.get(releases().edition) == forms.hexdigest(), "raise `edition` and add its line here"
    assert releases().edition == len(editions)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"not_released": [{"because": "x", "types": ["lawyers.registry.firm.ended.v1"]}]}, "decides twice"),
        ({"audiences": {"public": ["court"]}}, "audience public"),
        ({"audiences": {"public": [], "x": ["police"]}}, "audience x"),
        ({"audiences": {"public": [], "x": []}}, "audience x"),
        ({"audiences": {}}, "no such audience"),
        ({"closed_topics": ["registry.events"]}, "nothing is released"),
        ({"releases": [{"type": "lawyers.registry.firm.ended.v1", "to": "public", "fields": ["ground"],
                        "withheld": ["ground"]}]}, "both released and withheld"),
    ],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused(change: dict[str, object], said: str) -> None:
    row = {"type": "lawyers.registry.firm.ended.v1", "to": "public", "fields": ["firm_id"], "withheld": ["ground"]}
    table = {"edition": 1, "audiences": {"public": []}, "closed_topics": [], "releases": [row], "not_released": []}
    Releases.model_validate(table)
    with pytest.raises(ValidationError, match=said):
        Releases.model_validate(table | change)


def test_names_of_channels() -> None:
    assert [is_channel(n) for n in ("public.events", "shared.hn-gy.events", "rights.events", "shared.x")] == [
        True, True, False, False,
    ]  # fmt: skip
