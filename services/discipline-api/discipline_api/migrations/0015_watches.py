"""Watches of the disclosure log, and the notices that they and earlier readings give rise to."""

from alembic import op

revision = "0015"
down_revision = "0014"

WATCHES = """
CREATE TABLE watches (
    watch_id uuid PRIMARY KEY,
    version integer NOT NULL CONSTRAINT watches_version CHECK (version >= 1),
    owner bytea NOT NULL CONSTRAINT watches_owner CHECK (octet_length(owner) = 32),
    what text NOT NULL,
    record_id uuid REFERENCES public_disclosures,
    subject_kind text CONSTRAINT watches_subject_kind CHECK (subject_kind IN ('lawyer', 'firm')),
    subject bytea CONSTRAINT watches_subject CHECK (octet_length(subject) = 32),
    region text,
    record_kind text,
    began_at timestamptz NOT NULL,
    to_on date NOT NULL,
    ends_at timestamptz NOT NULL,
    remind_at timestamptz NOT NULL,
    reminded_at timestamptz,
    CONSTRAINT watches_term CHECK (began_at < ends_at AND remind_at < ends_at),
    CONSTRAINT watches_what CHECK (
        num_nonnulls(subject_kind, subject) <> 1 AND CASE what
            WHEN 'record' THEN record_id IS NOT NULL AND num_nonnulls(subject, region, record_kind) = 0
            WHEN 'subject' THEN subject IS NOT NULL AND num_nonnulls(record_id, region, record_kind) = 0
            WHEN 'region' THEN region IS NOT NULL AND num_nonnulls(record_id, subject, record_kind) = 0
            WHEN 'kind' THEN record_kind IS NOT NULL AND num_nonnulls(record_id, subject, region) = 0
            WHEN 'all' THEN num_nonnulls(record_id, subject, region, record_kind) = 0
            ELSE false END),
    CONSTRAINT watches_one UNIQUE NULLS NOT DISTINCT (owner, what, record_id, subject, region, record_kind)
);
CREATE INDEX watches_of_record ON watches (record_id) WHERE record_id IS NOT NULL;
CREATE INDEX watches_of_subject ON watches (subject) WHERE subject IS NOT NULL;
CREATE INDEX watches_of_region ON watches (region) WHERE region IS NOT NULL;
CREATE INDEX watches_of_kind ON watches (record_kind) WHERE record_kind IS NOT NULL;
CREATE INDEX watches_of_all ON watches (watch_id) WHERE what = 'all';
CREATE INDEX watches_to_end ON watches (ends_at);
CREATE INDEX watches_to_remind ON watches (remind_at) WHERE reminded_at IS NULL;

CREATE TABLE watch_matches (
    watch_id uuid NOT NULL REFERENCES watches ON DELETE CASCADE,
    record_id uuid NOT NULL REFERENCES public_disclosures,
    PRIMARY KEY (watch_id, record_id)
);
CREATE INDEX watch_matches_by_record ON watch_matches (record_id)
"""
"""Owners and subjects are keyed digests. A match is made while the record is on display and goes with its end: from
then on nothing joins the record to whom it was about.
"""

NOTICES = """
CREATE TABLE notices (
    notice_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    owner bytea NOT NULL CONSTRAINT notices_owner CHECK (octet_length(owner) = 32),
    leaf_index bigint REFERENCES disclosure_log,
    record_id uuid,
    change text,
    watched boolean NOT NULL,
    read boolean NOT NULL,
    watch_id uuid REFERENCES watches ON DELETE CASCADE,
    at timestamptz NOT NULL,
    noticed_at timestamptz NOT NULL,
    CONSTRAINT notices_once UNIQUE (owner, leaf_index),
    CONSTRAINT notices_what CHECK (
        num_nonnulls(leaf_index, record_id, change) = 3 AND watch_id IS NULL AND (watched OR read)
        OR num_nonnulls(leaf_index, record_id, change) = 0 AND watch_id IS NOT NULL AND NOT (watched OR read))
);
CREATE INDEX notices_of_owner ON notices (owner, notice_id);
CREATE INDEX notices_of_record ON notices (record_id) WHERE record_id IS NOT NULL;
CREATE INDEX notices_to_prune ON notices (noticed_at);

CREATE TABLE notice_progress (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT notice_progress_one CHECK (one),
    next_leaf bigint NOT NULL CONSTRAINT notice_progress_leaf CHECK (next_leaf >= 0)
);
INSERT INTO notice_progress (next_leaf) SELECT size FROM disclosure_log_head
"""
"""A notice of a change belongs to its owner and names no watch, so that none can be read from it; a notice without a
change reminds of the end of a watch. `next_leaf`: all leaves before it have been noticed.
"""


def upgrade() -> None:
    for block in (WATCHES, NOTICES):
        for statement in block.split(";\n"):
            op.execute(statement)
