"""Golden examples of every event, and what a published event may become."""

from pathlib import Path

import orjson
import pytest
from common.events import EVENTS, Event, decode, encode
from contracts.event_names import event_name, event_names
from contracts.evolution import breaking_changes, schema_of, update
from pydantic import create_model

HERE = Path(__file__).parent
GOLDEN = HERE / "golden"
SCHEMAS = HERE / "schemas"


def published() -> list[str]:
    """Events made up by other tests in this process are not ours."""
    return sorted(name for name, cls in EVENTS.items() if cls.__module__.startswith("contracts."))


def test_every_event_has_its_golden_example_and_schema():
    assert len(published()) >= 25
    assert sorted(path.stem for path in GOLDEN.glob("*.json")) == published()
    assert sorted(path.stem for path in SCHEMAS.glob("*.json")) == published()


def test_every_event_is_called_by_a_name_of_its_own():
    short = {name.removeprefix("lawyers.").rpartition(".v")[0] for name in published()}
    assert set(event_names()) == short
    assert len(set(event_names().values())) == len(short)
    assert event_name("lawyers.registry.lawyer.licensed.v2") == "律师执业"


@pytest.mark.parametrize("event_type", published())
def test_a_golden_example_decodes_and_encodes_back_to_the_same_data(event_type):
    raw = (GOLDEN / f"{event_type}.json").read_bytes()
    envelope = decode(raw)
    event = envelope.event()
    assert type(event) is EVENTS[event_type]
    assert (envelope.subject, envelope.region, envelope.entityversion) == (event.key(), event.region, event.version)
    again = orjson.loads(encode(event, source=envelope.source, correlation_id=envelope.correlationid))
    assert again["data"] == orjson.loads(raw)["data"]
    assert again["type"] == event_type


@pytest.mark.parametrize("event_type", published())
def test_a_reader_ignores_fields_it_does_not_know(event_type):
    golden = orjson.loads((GOLDEN / f"{event_type}.json").read_bytes())
    known = decode(orjson.dumps(golden)).event()
    golden["data"]["added_in_a_later_year"] = 1
    golden["extensionattribute"] = "x"
    assert decode(orjson.dumps(golden)).event() == known


@pytest.mark.parametrize("event_type", published())
def test_a_published_event_only_gains_optional_fields(event_type):
    committed = orjson.loads((SCHEMAS / f"{event_type}.json").read_bytes())
    current = schema_of(EVENTS[event_type])
    assert breaking_changes(committed, current) == [], "make a new version of the event instead"
    assert committed == current, "grown: run `python -m contracts.evolution tests/contracts/schemas` and commit"


@pytest.mark.parametrize("event_type", published())
def test_events_carry_no_names_and_no_free_text(event_type):
    fields = EVENTS[event_type].model_fields
    personal = {"name", "id_number", "phone", "address", "email", "birth_date", "text", "reason", "licence_number"}
    assert personal.isdisjoint(fields)


def shape(**fields: object) -> type[Event]:
    """A class as an event would be, but not in the register."""
    return create_model("Shape", **fields)


def test_a_closed_list_may_gain_members_and_lose_none():
    less = {"properties": {"kind": {"enum": ["a", "b"], "type": "string"}}, "required": ["kind"]}
    more = {"properties": {"kind": {"enum": ["a", "b", "c"], "type": "string"}}, "required": ["kind"]}
    assert breaking_changes(less, more) == []
    assert breaking_changes(more, less) == ["field kind has changed or gone"]


OLD = schema_of(shape(case_id=(str, ...), note=(int, 0)))


@pytest.mark.parametrize(
    ("fields", "broken"),
    [
        ({"case_id": (str, ...), "note": (int, 0)}, False),
        ({"case_id": (str, ...), "note": (int, 0), "gained": (int | None, None)}, False),
        ({"case_id": (str, ...), "note": (int, 0), "gained": (int, ...)}, True),
        ({"note": (int, 0)}, True),
        ({"case_id": (int, ...), "note": (int, 0)}, True),
        ({"case_id": (str, ""), "note": (int, 0)}, True),
        ({"case_id": (str, ...), "note": (int, ...)}, True),
    ],
)
def test_only_growth_by_optional_fields_passes(fields, broken):
    assert bool(breaking_changes(OLD, schema_of(shape(**fields)))) is broken


def test_the_update_refuses_what_breaks_and_keeps_the_committed_file(tmp_path):
    event_type = "lawyers.rights.complaint.closed.v1"
    path = tmp_path / f"{event_type}.json"
    committed = schema_of(EVENTS[event_type])
    committed["properties"]["gone"] = {"type": "string"}
    path.write_bytes(orjson.dumps(committed))
    assert f"{event_type}: field gone has changed or gone" in update(tmp_path)
    assert orjson.loads(path.read_bytes()) == committed
