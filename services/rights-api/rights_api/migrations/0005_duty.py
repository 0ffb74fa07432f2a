"""Who is on duty, the numbers and addresses they are reached at, hand-overs, alarms and what was sent."""

from alembic import op

revision = "0005"
down_revision = "0004"

_ORGAN = """organ_kind text NOT NULL CONSTRAINT {table}_organ
        CHECK (organ_kind IN ('association', 'city-association', 'bureau', 'department')),
    organ_region text NOT NULL CONSTRAINT {table}_region CHECK (organ_region ~ '^41[0-9]{{4}}$')"""
# Addresses of persons and hand-over notes stand in *_sealed columns only.
# `next_at`, `ended_at` and `state` are work for timers and the notifier; what happened stands in tables that only grow.
DUTY = f"""
CREATE TABLE duty_rosters (
    {_ORGAN.format(table="duty_rosters")},
    on_day date NOT NULL,
    version integer NOT NULL CONSTRAINT duty_rosters_version CHECK (version >= 1),
    on_duty text,
    substitute text,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (organ_kind, organ_region, on_day, version),
    CONSTRAINT duty_rosters_two_persons CHECK (substitute <> on_duty),
    CONSTRAINT duty_rosters_substitute_of_somebody CHECK (on_duty IS NOT NULL OR substitute IS NULL)
);

CREATE TABLE duty_telephones (
    {_ORGAN.format(table="duty_telephones")},
    version integer NOT NULL CONSTRAINT duty_telephones_version CHECK (version >= 1),
    telephone text NOT NULL CONSTRAINT duty_telephones_number
        CHECK (telephone ~ '^(0[0-9]{{2,3}}-?[0-9]{{7,8}}|[1-9][0-9]{{4,5}})$'),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (organ_kind, organ_region, version)
);

CREATE TABLE duty_contacts (
    contact_id uuid PRIMARY KEY,
    {_ORGAN.format(table="duty_contacts")},
    subject text NOT NULL,
    version integer NOT NULL CONSTRAINT duty_contacts_version CHECK (version >= 1),
    channels text[] NOT NULL,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    addresses_sealed bytea NOT NULL,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT duty_contacts_once UNIQUE (organ_kind, organ_region, subject)
);

CREATE TABLE hand_overs (
    hand_over_id uuid PRIMARY KEY,
    {_ORGAN.format(table="hand_overs")},
    on_day date NOT NULL,
    written_by text NOT NULL,
    written_at timestamptz NOT NULL,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    note_sealed bytea NOT NULL
);
CREATE INDEX hand_overs_by_organ ON hand_overs (organ_kind, organ_region, written_at, hand_over_id);

CREATE TABLE hand_over_looks (
    hand_over_id uuid NOT NULL REFERENCES hand_overs,
    ordinal integer NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (hand_over_id, ordinal)
);

CREATE TABLE hand_over_takings (
    hand_over_id uuid PRIMARY KEY REFERENCES hand_overs,
    subject text NOT NULL,
    at timestamptz NOT NULL
);

CREATE TABLE alarms (
    alarm_id uuid PRIMARY KEY,
    number text NOT NULL CONSTRAINT alarms_number UNIQUE CONSTRAINT alarms_digits CHECK (number ~ '^[0-9]{{12}}$'),
    cause text NOT NULL CONSTRAINT alarms_cause UNIQUE,
    kind text NOT NULL CONSTRAINT alarms_kind CHECK (kind IN
        ('fast-lane', 'deadline-warned', 'deadline-overdue', 'roster-missing', 'hand-over')),
    {_ORGAN.format(table="alarms")},
    urgent boolean NOT NULL,
    justice boolean NOT NULL,
    owner_kind text NOT NULL,
    owner_id uuid,
    clock_id uuid REFERENCES clocks,
    mark_ordinal integer,
    about_kind text,
    about_region text,
    about_on date,
    raised_at timestamptz NOT NULL,
    next_at timestamptz,
    ended_at timestamptz,
    UNIQUE (alarm_id, justice),
    CONSTRAINT alarms_not_to_the_accused CHECK (NOT justice OR organ_kind IN ('association', 'city-association')),
    CONSTRAINT alarms_of_deadlines
        CHECK (num_nonnulls(clock_id, mark_ordinal) = CASE WHEN kind LIKE 'deadline-%' THEN 2 ELSE 0 END),
    CONSTRAINT alarms_of_rosters
        CHECK (num_nonnulls(about_kind, about_region, about_on) = CASE kind WHEN 'roster-missing' THEN 3 ELSE 0 END),
    CONSTRAINT alarms_ended CHECK (ended_at IS NULL OR next_at IS NULL)
);
CREATE INDEX alarms_by_next ON alarms (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX alarms_by_raising ON alarms (raised_at, alarm_id);
CREATE INDEX alarms_by_mark ON alarms (clock_id, mark_ordinal);
CREATE INDEX alarms_by_owner ON alarms (owner_id);
CREATE INDEX alarms_by_empty_day ON alarms (about_kind, about_region, about_on) WHERE kind = 'roster-missing';
CREATE INDEX alarms_open ON alarms (raised_at) WHERE ended_at IS NULL;

CREATE TABLE alarm_steps (
    alarm_id uuid NOT NULL,
    ordinal integer NOT NULL,
    justice boolean NOT NULL,
    step text NOT NULL CONSTRAINT alarm_steps_step CHECK (step IN
        ('called', 'nobody', 'unreachable', 'exhausted', 'acknowledged', 'settled')),
    organ_kind text CONSTRAINT alarm_steps_organ
        CHECK (organ_kind IN ('association', 'city-association', 'bureau', 'department')),
    organ_region text,
    seat text CONSTRAINT alarm_steps_seat CHECK (seat IN ('on-duty', 'substitute')),
    subject text,
    at timestamptz NOT NULL,
    answer_by timestamptz,
    recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (alarm_id, ordinal),
    FOREIGN KEY (alarm_id, justice) REFERENCES alarms (alarm_id, justice),
    CONSTRAINT alarm_steps_not_to_the_accused
        CHECK (NOT justice OR organ_kind IS NULL OR organ_kind IN ('association', 'city-association')),
    CONSTRAINT alarm_steps_called CHECK (step <> 'called' OR
        num_nonnulls(organ_kind, organ_region, seat, subject, answer_by) = 5)
);
CREATE INDEX alarm_steps_by_organ ON alarm_steps (organ_kind, organ_region, alarm_id);

CREATE TABLE alarm_deliveries (
    delivery_id uuid PRIMARY KEY,
    alarm_id uuid NOT NULL,
    ordinal integer NOT NULL,
    channel text NOT NULL CONSTRAINT alarm_deliveries_channel CHECK (channel IN ('sms', 'voice', 'email', 'wecom')),
    template text NOT NULL,
    state text NOT NULL CONSTRAINT alarm_deliveries_state
        CHECK (state IN ('waiting', 'delivered', 'failed', 'expired', 'superseded')),
    attempts integer NOT NULL,
    created_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    FOREIGN KEY (alarm_id, ordinal) REFERENCES alarm_steps,
    CONSTRAINT alarm_deliveries_once UNIQUE (alarm_id, ordinal, channel)
);
CREATE INDEX alarm_deliveries_waiting ON alarm_deliveries (next_at) WHERE state = 'waiting';

CREATE TABLE delivery_leases (
    delivery_id uuid NOT NULL REFERENCES alarm_deliveries,
    attempt integer NOT NULL,
    leased_by text NOT NULL,
    at timestamptz NOT NULL,
    until timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, attempt)
);

CREATE TABLE delivery_outcomes (
    delivery_id uuid NOT NULL,
    attempt integer NOT NULL,
    outcome text NOT NULL CONSTRAINT delivery_outcomes_outcome CHECK (outcome IN ('delivered', 'failed')),
    provider_code text NOT NULL CONSTRAINT delivery_outcomes_code CHECK (provider_code ~ '^[A-Za-z0-9._-]{{1,40}}$'),
    at timestamptz NOT NULL,
    PRIMARY KEY (delivery_id, attempt),
    FOREIGN KEY (delivery_id, attempt) REFERENCES delivery_leases
)
"""
GROWING = (
    "duty_rosters", "duty_telephones", "hand_overs", "hand_over_looks", "hand_over_takings", "alarm_steps",
    "delivery_leases", "delivery_outcomes",
)  # fmt: skip


def upgrade() -> None:
    for statement in DUTY.split(";\n"):
        op.execute(statement)
    for table in GROWING:
        op.execute(
            f"CREATE TRIGGER {table}_only_grow BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
