"""Meetings of 四方会商 and 联席会议, their agendas, signatures and papers; resolutions with their days and lapses."""

from alembic import op

revision = "0009"
down_revision = "0008"

# RR22 stands here too: a four-party meeting is never held without its four, and police sit in joint conferences only.
# Free text stands in consultation_texts only; a text may go with its item, none is ever changed.
CONSULTATIONS = """
CREATE TABLE consultations (
    meeting_id uuid PRIMARY KEY,
    body text NOT NULL CONSTRAINT consultations_body CHECK (body IN ('four-party', 'joint-conference')),
    host_kind text NOT NULL CONSTRAINT consultations_host
        CHECK (host_kind IN ('association', 'city-association', 'bureau', 'department')),
    region text NOT NULL CONSTRAINT consultations_region CHECK (region ~ '^41[0-9]{4}$'),
    planned_at timestamptz NOT NULL,
    invited text[] NOT NULL,
    status text NOT NULL
        CONSTRAINT consultations_status CHECK (status IN ('planned', 'held', 'drafted', 'issued', 'cancelled')),
    version integer NOT NULL CONSTRAINT consultations_version CHECK (version >= 1),
    events integer NOT NULL,
    held_at timestamptz,
    attended text[] NOT NULL,
    revision integer NOT NULL,
    signed text[] NOT NULL,
    number_year integer,
    number integer,
    issued_on date,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT consultations_level CHECK ((host_kind IN ('association', 'department')) = (region = '410000')),
    CONSTRAINT consultations_parties CHECK (invited || attended <@
        ARRAY['court', 'procuratorate', 'justice', 'association', 'police', 'state-security']),
    CONSTRAINT consultations_police
        CHECK (body = 'joint-conference' OR NOT invited || attended && ARRAY['police', 'state-security']),
    CONSTRAINT consultations_quorum CHECK (held_at IS NULL OR body <> 'four-party'
        OR attended @> ARRAY['court', 'procuratorate', 'justice', 'association']),
    CONSTRAINT consultations_invited CHECK (attended <@ invited AND signed <@ attended),
    CONSTRAINT consultations_held CHECK ((status IN ('planned', 'cancelled')) = (held_at IS NULL)
        AND (held_at IS NULL) = (cardinality(attended) = 0)),
    CONSTRAINT consultations_drafted CHECK ((status IN ('drafted', 'issued')) = (revision > 0)),
    CONSTRAINT consultations_issued CHECK ((status = 'issued') = (number IS NOT NULL)
        AND (number IS NULL) = (number_year IS NULL) AND (number IS NULL) = (issued_on IS NULL)
        AND (status <> 'issued' OR signed @> attended)),
    CONSTRAINT consultations_number UNIQUE (body, region, number_year, number)
);
CREATE INDEX consultations_by_day ON consultations (planned_at DESC, meeting_id DESC);
CREATE INDEX consultations_by_body ON consultations (body, region, held_at);

CREATE TABLE consultation_series (
    body text NOT NULL,
    region text NOT NULL,
    year integer NOT NULL,
    last integer NOT NULL,
    PRIMARY KEY (body, region, year)
);

CREATE TABLE consultation_texts (
    meeting_id uuid NOT NULL REFERENCES consultations,
    place text NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (meeting_id, place)
);

CREATE TABLE consultation_signatures (
    meeting_id uuid NOT NULL REFERENCES consultations,
    revision integer NOT NULL,
    party text NOT NULL,
    signed_on date NOT NULL,
    document_number text,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (meeting_id, revision, party),
    CONSTRAINT consultation_signatures_own
        CHECK ((party IN ('justice', 'association')) = (document_number IS NULL))
);

CREATE TABLE consultation_papers (
    meeting_id uuid PRIMARY KEY REFERENCES consultations,
    sm3 bytea NOT NULL,
    sealed bytea NOT NULL
);

CREATE TABLE resolutions (
    resolution_id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES consultations,
    body text NOT NULL,
    host_kind text NOT NULL,
    region text NOT NULL,
    owner_kind text NOT NULL CONSTRAINT resolutions_owner CHECK (owner_kind IN
        ('court', 'procuratorate', 'justice', 'association', 'police', 'state-security')),
    held_on date NOT NULL,
    adopted_on date NOT NULL,
    version integer NOT NULL,
    events integer NOT NULL,
    lapses_at timestamptz,
    CONSTRAINT resolutions_police
        CHECK (body = 'joint-conference' OR owner_kind NOT IN ('police', 'state-security'))
);
CREATE INDEX resolutions_by_body ON resolutions (body, region);
CREATE INDEX resolutions_by_day ON resolutions (adopted_on DESC, resolution_id DESC);
CREATE INDEX resolutions_by_lapse ON resolutions (lapses_at) WHERE lapses_at IS NOT NULL;

CREATE TABLE resolution_dues (
    resolution_id uuid NOT NULL REFERENCES resolutions,
    ordinal integer NOT NULL,
    due_on date NOT NULL,
    meeting_id uuid NOT NULL REFERENCES consultations,
    PRIMARY KEY (resolution_id, ordinal),
    CONSTRAINT resolution_dues_once UNIQUE (resolution_id, meeting_id)
);

CREATE TABLE resolution_lapses (
    resolution_id uuid NOT NULL REFERENCES resolutions,
    due_on date NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (resolution_id, due_on)
);

CREATE TABLE resolution_ends (
    resolution_id uuid PRIMARY KEY REFERENCES resolutions,
    kind text NOT NULL CONSTRAINT resolution_ends_kind CHECK (kind IN ('fulfilled', 'withdrawn')),
    ended_on date NOT NULL,
    document_number text,
    meeting_id uuid REFERENCES consultations,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT resolution_ends_evidence CHECK ((kind = 'fulfilled') = (document_number IS NOT NULL)
        AND (kind = 'withdrawn') = (meeting_id IS NOT NULL))
);

CREATE TABLE consultation_items (
    item_id uuid PRIMARY KEY,
    meeting_id uuid NOT NULL REFERENCES consultations,
    ordinal integer NOT NULL,
    kind text NOT NULL CONSTRAINT consultation_items_kind
        CHECK (kind IN ('rectification', 'case', 'statistics', 'topic')),
    cell jsonb,
    count integer,
    checked_by text,
    resolution_id uuid REFERENCES resolutions,
    earlier_meeting_id uuid REFERENCES consultations,
    CONSTRAINT consultation_items_order UNIQUE (meeting_id, ordinal),
    CONSTRAINT consultation_items_rectification
        CHECK ((kind = 'rectification') = (num_nonnulls(resolution_id, earlier_meeting_id) = 1)),
    CONSTRAINT consultation_items_cell CHECK ((kind IN ('case', 'statistics')) = (cell IS NOT NULL)),
    CONSTRAINT consultation_items_small CHECK (cell IS NULL OR checked_by IS NOT NULL OR count >= 5),
    CONSTRAINT consultation_items_count CHECK (count IS NULL OR count >= 5),
    CONSTRAINT consultation_items_justice
        CHECK (cell IS NULL OR cell->>'respondent' IS DISTINCT FROM 'JUSTICE' OR (kind = 'statistics' AND count >= 5))
);

CREATE UNIQUE INDEX consultation_items_once ON consultation_items (meeting_id, resolution_id, earlier_meeting_id)
    NULLS NOT DISTINCT WHERE kind = 'rectification';

CREATE TABLE consultation_origins (
    meeting_id uuid NOT NULL REFERENCES consultations,
    item_id uuid REFERENCES consultation_items ON DELETE CASCADE,
    resolution_id uuid REFERENCES resolutions,
    complaint_id uuid NOT NULL REFERENCES complaints,
    linked_by text NOT NULL,
    linked_at timestamptz NOT NULL,
    CONSTRAINT consultation_origins_one CHECK (num_nonnulls(item_id, resolution_id) = 1)
);
CREATE INDEX consultation_origins_by_meeting ON consultation_origins (meeting_id);

CREATE TRIGGER consultation_texts_stay BEFORE UPDATE ON consultation_texts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER consultation_signatures_only_grow BEFORE UPDATE OR DELETE ON consultation_signatures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER consultation_papers_only_grow BEFORE UPDATE OR DELETE ON consultation_papers
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER resolution_dues_only_grow BEFORE UPDATE OR DELETE ON resolution_dues
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER resolution_lapses_only_grow BEFORE UPDATE OR DELETE ON resolution_lapses
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER resolution_ends_only_grow BEFORE UPDATE OR DELETE ON resolution_ends
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for statement in CONSULTATIONS.split(";\n"):
        if statement.strip():
            op.execute(statement)
