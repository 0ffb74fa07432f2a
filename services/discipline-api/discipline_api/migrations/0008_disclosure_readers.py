"""Who has undertaken what to read disclosures in bulk, who has read which record, and whether all ways out agree."""

from alembic import op

revision = "0008"
down_revision = "0007"

READERS = """
CREATE TABLE disclosure_readers (
    reader_id uuid PRIMARY KEY,
    client text NOT NULL,
    organisation_kind text NOT NULL,
    organisation_id text NOT NULL,
    bulk_at timestamptz,
    changes_read_at timestamptz,
    changes_read_to bigint NOT NULL DEFAULT 0 CONSTRAINT disclosure_readers_position CHECK (changes_read_to >= 0),
    CONSTRAINT disclosure_readers_one UNIQUE (client, organisation_kind, organisation_id)
);
CREATE TABLE disclosure_undertakings (
    undertaking_id uuid PRIMARY KEY,
    reader_id uuid NOT NULL REFERENCES disclosure_readers,
    organisation_name text NOT NULL,
    text_version integer NOT NULL,
    given_at timestamptz NOT NULL,
    from_on date NOT NULL,
    to_on date NOT NULL,
    kek_id text NOT NULL,
    data_key bytea NOT NULL,
    contact bytea NOT NULL,
    CONSTRAINT disclosure_undertakings_dates CHECK (from_on < to_on),
    CONSTRAINT disclosure_undertakings_one UNIQUE (reader_id, from_on)
);
CREATE INDEX disclosure_undertakings_newest ON disclosure_undertakings (to_on DESC, undertaking_id DESC)
"""
"""`bulk_at`: of the first file; `changes_read_to`: the first leaf it has not asked for yet."""

READS = """
CREATE TABLE disclosure_reads (
    read_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    client text NOT NULL,
    organisation_kind text NOT NULL,
    organisation_id text NOT NULL,
    way text NOT NULL CONSTRAINT disclosure_reads_way CHECK (
        way IN ('record', 'query', 'search', 'list', 'bulk', 'changes')),
    record_id uuid,
    leaf_from bigint,
    leaf_to bigint,
    log_size bigint,
    CONSTRAINT disclosure_reads_what CHECK (
        record_id IS NOT NULL AND way NOT IN ('bulk', 'changes') AND num_nonnulls(leaf_from, leaf_to, log_size) = 0
        OR record_id IS NULL AND way IN ('bulk', 'changes') AND num_nulls(leaf_from, leaf_to, log_size) = 0
            AND 0 <= leaf_from AND leaf_from < leaf_to AND leaf_to <= log_size)
);
CREATE INDEX disclosure_reads_by_record ON disclosure_reads (record_id, at) WHERE record_id IS NOT NULL;
CREATE INDEX disclosure_reads_of_ranges ON disclosure_reads (leaf_to) WHERE record_id IS NULL;
CREATE INDEX disclosure_reads_to_prune ON disclosure_reads (at);
CREATE VIEW disclosure_record_reads AS
SELECT record_id, client, organisation_kind, organisation_id, at, way FROM disclosure_reads
WHERE record_id IS NOT NULL
UNION ALL
SELECT l.record_id, r.client, r.organisation_kind, r.organisation_id, r.at, r.way
FROM disclosure_log l
JOIN public_disclosures p ON p.case_id = l.record_id
JOIN disclosure_reads r ON l.leaf_index >= r.leaf_from AND l.leaf_index < r.leaf_to AND r.at < p.gone_at
WHERE r.record_id IS NULL AND l.change IN ('published', 'revised') AND NOT EXISTS (
    SELECT FROM disclosure_log n
    WHERE n.record_id = l.record_id AND n.leaf_index > l.leaf_index AND n.leaf_index < r.log_size)
"""
"""A file or a stretch of the stream is one row: it held each record whose newest leaf then lay in the range. The view
says who read a record, whatever the way.
"""

CHECKS = """
CREATE TABLE disclosure_checks (
    check_id uuid PRIMARY KEY,
    due_on date CONSTRAINT disclosure_checks_one_a_day UNIQUE,
    began_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    log_size bigint NOT NULL,
    records integer NOT NULL,
    differences jsonb NOT NULL
);
CREATE INDEX disclosure_checks_newest ON disclosure_checks (began_at DESC, check_id DESC)
"""
"""`due_on`: of the daily one, whose row is also its claim; none where somebody asked for it."""

LISTED = """
ALTER TABLE public_disclosures SET (toast_tuple_target = 8160);
CREATE INDEX public_disclosures_of_region ON public_disclosures (organ_region, published_on DESC, case_id DESC)
    WHERE body IS NOT NULL;
CREATE INDEX public_disclosures_of_kind ON public_disclosures (record_kind, published_on DESC, case_id DESC)
    WHERE body IS NOT NULL;
CREATE INDEX public_disclosures_of_organs ON public_disclosures (organ_kind, published_on DESC, case_id DESC)
    WHERE body IS NOT NULL;
CREATE INDEX public_disclosures_decided ON public_disclosures (decided_on) WHERE body IS NOT NULL;
CREATE INDEX public_disclosures_of_conduct ON public_disclosures (conduct_code, published_on DESC, case_id DESC)
    WHERE body IS NOT NULL;
CREATE INDEX public_disclosures_of_penalty ON public_disclosures USING gin (penalties) WHERE body IS NOT NULL
"""
"""A row is kept in one piece, which takes a quarter off each look-up; a filter that leaves few of many must not look
through them all.
"""

_READ_IS_READ = """
CREATE TRIGGER disclosure_reads_stand BEFORE UPDATE ON disclosure_reads
FOR EACH ROW EXECUTE FUNCTION grows_only()
"""
"""What has been read cannot be made unread; three years later it is forgotten."""


def upgrade() -> None:
    for block in (READERS, READS, CHECKS, LISTED):
        for statement in block.split(";\n"):
            op.execute(statement)
    op.execute(_READ_IS_READ)
