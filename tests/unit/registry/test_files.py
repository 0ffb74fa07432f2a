"""Files: the columns are the records' own, and batches leave no trace in the bytes."""

import csv
import io
from datetime import date, datetime, time
from uuid import UUID, uuid4

import orjson
import pyarrow.parquet as pq
import pytest
from contracts.registry_events import FirmKind
from contracts.working_days import SHANGHAI
from registry_api.files.domain import AUDIENCES, COLUMNS, Digests, Format, Kind, due, keys_of
from registry_api.files.encoding import CHUNK, ROW_GROUP, Lines, Sink, encoded, encoder, unpacked
from registry_api.register.firm import Firm, FirmPeriod
from registry_api.register.lawyer import Lawyer, Place, Practice
from registry_api.register.record import internal_record, public_record


def lawyer(number: int = 1, **more) -> Lawyer:
    place = Place("410100", UUID(int=7), None)
    facts = {
        "lawyer_id": UUID(int=number),
        "name": "张三",
        "licence_number": f"141012012110{number:05d}",
        "first_licensed_on": date(2012, 3, 1),
        "practices": (Practice(uuid4(), place, 1, date(2012, 3, 1)),),
        "version": 1,
    }
    return Lawyer(**(facts | more))


def firm() -> Firm:
    period = FirmPeriod(uuid4(), FirmKind.GENERAL_PARTNERSHIP, "410100", None, date(2010, 5, 1))
    return Firm(UUID(int=7), "31410000MD00000001", "河南第一律师事务所", (period,), version=1)


ENTITIES = {Kind.LAWYERS: lawyer(), Kind.FIRMS: firm()}


@pytest.mark.parametrize("kind", list(Kind))
def test_columns_are_the_keys_of_the_records_in_their_order(kind):
    assert tuple(internal_record(ENTITIES[kind])) == keys_of(kind, "410100")
    assert tuple(public_record(ENTITIES[kind])) == keys_of(kind, "public")
    assert set(keys_of(kind, "410100")) <= COLUMNS.keys()


def test_no_column_is_listed_that_no_record_has():
    assert {key for kind in Kind for audience in AUDIENCES for key in keys_of(kind, audience)} == set(COLUMNS)


@pytest.mark.parametrize("form", list(Format))
@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_the_same_rows_make_the_same_bytes_whatever_the_batches(form, size):
    records = [internal_record(lawyer(number)) for number in range(1, 1_001)]
    writer = encoder(Kind.LAWYERS, "410000", form)
    chunks = []
    for start in range(0, len(records), size):
        writer.add(Lines(records[start : start + size]))
        chunks += writer.sink.take()
    writer.finish()
    chunks += writer.sink.take()
    assert b"".join(chunks) == encoded(records, Kind.LAWYERS, "410000", form)
    assert {len(chunk) for chunk in chunks[:-1]} <= {CHUNK}


def test_row_groups_have_one_size_whatever_the_batches(monkeypatch):
    monkeypatch.setattr("registry_api.files.encoding.ROW_GROUP", 10)
    records = [internal_record(lawyer(number)) for number in range(1, 26)]
    data = encoded(records, Kind.LAWYERS, "410000", Format.PARQUET)
    meta = pq.ParquetFile(io.BytesIO(data)).metadata
    assert [meta.row_group(i).num_rows for i in range(meta.num_row_groups)] == [10, 10, 5]
    assert ROW_GROUP > 10


def test_all_formats_say_the_same():
    records = [internal_record(lawyer(number)) for number in range(1, 4)]
    lines = unpacked(encoded(records, Kind.LAWYERS, "410000", Format.NDJSON_GZ), Format.NDJSON_GZ).splitlines()
    assert [orjson.loads(line) for line in lines] == records
    plain = encoded(records, Kind.LAWYERS, "410000", Format.CSV)
    assert unpacked(encoded(records, Kind.LAWYERS, "410000", Format.CSV_GZ), Format.CSV_GZ) == plain
    assert plain.startswith(b"\xef\xbb\xbf")
    header, *rows = csv.reader(io.StringIO(plain.decode("utf-8-sig")))
    assert header[4] == "执业证号 licence_number"
    assert [row[4] for row in rows] == [record["licence_number"] for record in records]
    table = pq.read_table(io.BytesIO(encoded(records, Kind.LAWYERS, "410000", Format.PARQUET)))
    assert table.column("licence_number").to_pylist() == [record["licence_number"] for record in records]
    assert table.column("first_licensed_on").to_pylist() == [date(2012, 3, 1)] * 3
    assert table.schema.metadata[b"audience"] == b"410000"
    assert table.schema.field("name").metadata == {b"zh": "姓名或名称".encode()}


@pytest.mark.parametrize("form", list(Format))
def test_a_file_without_rows_still_has_its_columns(form):
    data = encoded([], Kind.FIRMS, "public", form)
    if form is Format.PARQUET:
        assert pq.read_table(io.BytesIO(data)).column_names == list(keys_of(Kind.FIRMS, "public"))
    elif form is not Format.NDJSON_GZ:
        assert unpacked(data, form).decode("utf-8-sig").count(",") == len(keys_of(Kind.FIRMS, "public")) - 1


def test_a_spreadsheet_runs_nothing_that_a_name_says_and_a_quote_stays_inside_its_cell():
    record = internal_record(lawyer(name='=HYPERLINK("http://x","张三")'))
    data = encoded([record], Kind.LAWYERS, "410000", Format.CSV)
    _, row = csv.reader(io.StringIO(data.decode("utf-8-sig")))
    assert row[3] == "'" + record["name"]


def test_a_sink_cuts_and_measures():
    sink = Sink()
    for _ in range(3):
        sink.write(b"x" * (CHUNK - 1))
    sink.close()
    chunks = sink.take()
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, CHUNK - 3]
    assert isinstance(sink.digests, Digests)
    assert sink.digests.length == 3 * (CHUNK - 1)


@pytest.mark.parametrize(("hour", "day"), [(2, None), (3, date(2026, 6, 10))])
def test_an_edition_is_due_once_its_hour_has_come_in_china(hour, day):
    now = datetime(2026, 6, 10, hour, 40, tzinfo=SHANGHAI)
    assert due(now, time(2, 45)) == day
    assert due(now, None) is None
