"""Places of organs, what they offer to lawyers, its verification and outages, and the organs' monthly figures."""

from alembic import op

revision = "0013"
down_revision = "0012"

# Whoever entered a version stands in the row of its verification too, so that the database refuses his own (two
# officers); kind of organ and of facility stand in each version, so that it refuses `unknown` where that is no answer.
FACILITIES = """
CREATE TABLE facility_organs (
    organ_code uuid PRIMARY KEY,
    region text NOT NULL CONSTRAINT facility_organs_region CHECK (region ~ '^41[0-9]{4}$' AND region <> '410000'),
    organ_kind text NOT NULL CONSTRAINT facility_organs_kind CHECK (organ_kind IN
        ('COURT', 'PROC', 'POLICE', 'DETENTION', 'PRISON', 'JUSTICE', 'OTHER_INVESTIGATOR')),
    version integer NOT NULL CONSTRAINT facility_organs_version CHECK (version >= 1),
    CONSTRAINT facility_organs_of_kind UNIQUE (organ_code, organ_kind)
);

CREATE TABLE facility_organ_versions (
    organ_code uuid NOT NULL REFERENCES facility_organs,
    version integer NOT NULL,
    name text NOT NULL,
    address text NOT NULL,
    ended_on date,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (organ_code, version)
);

CREATE TABLE facilities (
    facility_id uuid PRIMARY KEY,
    organ_code uuid NOT NULL,
    organ_kind text NOT NULL,
    kind text NOT NULL CONSTRAINT facilities_kind CHECK (kind IN ('meeting-room', 'fast-meeting', 'remote-meeting',
        'green-channel', 'reading-room', 'reading-on-site', 'reading-elsewhere', 'reading-online', 'rest-room',
        'booking')),
    version integer NOT NULL,
    events integer NOT NULL,
    revision integer NOT NULL,
    CONSTRAINT facilities_organ FOREIGN KEY (organ_code, organ_kind)
        REFERENCES facility_organs (organ_code, organ_kind),
    CONSTRAINT facilities_once UNIQUE (organ_code, kind),
    CONSTRAINT facilities_of_kind UNIQUE (facility_id, organ_kind, kind),
    CONSTRAINT facilities_versions CHECK (revision BETWEEN 1 AND version AND events BETWEEN 1 AND version)
);

CREATE TABLE facility_versions (
    facility_id uuid NOT NULL,
    revision integer NOT NULL,
    organ_kind text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL CONSTRAINT facility_versions_status CHECK (status IN ('open', 'limited', 'closed', 'unknown')),
    count integer NOT NULL CONSTRAINT facility_versions_count CHECK (count BETWEEN 0 AND 1000),
    opened_on date NOT NULL,
    from_on date NOT NULL,
    hours jsonb NOT NULL,
    channels jsonb NOT NULL,
    not_monitored boolean,
    no_booking_needed boolean,
    security_equal boolean,
    document_number text NOT NULL,
    document_date date NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (facility_id, revision),
    CONSTRAINT facility_versions_of FOREIGN KEY (facility_id, organ_kind, kind)
        REFERENCES facilities (facility_id, organ_kind, kind),
    CONSTRAINT facility_versions_entered UNIQUE (facility_id, revision, entered_by),
    CONSTRAINT facility_versions_unknown
        CHECK (status <> 'unknown' OR (organ_kind = 'PRISON' AND kind = 'remote-meeting')),
    CONSTRAINT facility_versions_days CHECK (opened_on <= from_on)
);

CREATE TABLE facility_verifications (
    facility_id uuid NOT NULL,
    ordinal integer NOT NULL,
    revision integer NOT NULL,
    entered_by text NOT NULL,
    verified_by text NOT NULL,
    verified_on date NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (facility_id, ordinal),
    CONSTRAINT facility_verifications_of FOREIGN KEY (facility_id, revision, entered_by)
        REFERENCES facility_versions (facility_id, revision, entered_by),
    CONSTRAINT facility_verifications_two_officers CHECK (verified_by <> entered_by)
);

CREATE TABLE facility_outages (
    outage_id uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities,
    reason text NOT NULL CONSTRAINT facility_outages_reason CHECK (reason IN
        ('maintenance', 'technical', 'public-health', 'security', 'staffing', 'other')),
    began_at timestamptz NOT NULL,
    expected_until date,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX facility_outages_by_facility ON facility_outages (facility_id, began_at);

CREATE TABLE facility_outage_ends (
    outage_id uuid PRIMARY KEY REFERENCES facility_outages,
    ended_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    recorded_at timestamptz NOT NULL
);

CREATE TABLE facility_figures (
    organ_code uuid NOT NULL REFERENCES facility_organs,
    month date NOT NULL CONSTRAINT facility_figures_month CHECK (extract(day FROM month) = 1),
    version integer NOT NULL CONSTRAINT facility_figures_version CHECK (version >= 1),
    meetings integer,
    meetings_in_time integer,
    median_wait_hours double precision,
    remote_meetings integer,
    file_accesses integer,
    file_in_time integer,
    file_online integer,
    source text NOT NULL,
    entered_by text NOT NULL,
    entered_at timestamptz NOT NULL,
    PRIMARY KEY (organ_code, month, version),
    CONSTRAINT facility_figures_counted CHECK (num_nonnulls(meetings, file_accesses) > 0
        AND least(meetings, meetings_in_time, remote_meetings, file_accesses, file_in_time, file_online) >= 0),
    CONSTRAINT facility_figures_parts CHECK (
        coalesce(meetings_in_time, 0) <= coalesce(meetings, 0) AND coalesce(remote_meetings, 0) <= coalesce(meetings, 0)
        AND coalesce(file_in_time, 0) <= coalesce(file_accesses, 0)
        AND coalesce(file_online, 0) <= coalesce(file_accesses, 0))
);
CREATE INDEX facility_figures_by_month ON facility_figures (month);

CREATE TRIGGER facility_organ_versions_only_grow BEFORE UPDATE OR DELETE ON facility_organ_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER facility_versions_only_grow BEFORE UPDATE OR DELETE ON facility_versions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER facility_verifications_only_grow BEFORE UPDATE OR DELETE ON facility_verifications
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER facility_outages_only_grow BEFORE UPDATE OR DELETE ON facility_outages
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER facility_outage_ends_only_grow BEFORE UPDATE OR DELETE ON facility_outage_ends
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER facility_figures_only_grow BEFORE UPDATE OR DELETE ON facility_figures
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


def upgrade() -> None:
    for statement in FACILITIES.split(";\n"):
        if statement.strip():
            op.execute(statement)
