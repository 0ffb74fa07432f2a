"""Addresses that connected systems gave, their secrets, where each stands in its sources, deliveries and attempts."""

from alembic import op

revision = "0003"
down_revision = "0005"

TABLES = """
CREATE TABLE webhooks (
    webhook_id uuid PRIMARY KEY,
    version bigint NOT NULL CHECK (version > 0),
    client_id uuid NOT NULL REFERENCES clients (client_id),
    url text NOT NULL CHECK (length(url) BETWEEN 1 AND 500),
    signature text NOT NULL CHECK (signature IN ('hmac-sha256', 'ed25519')),
    types text[] NOT NULL,
    regions text[] NOT NULL,
    keys text[] NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'disabled')),
    cause text CHECK (cause IN ('gone', 'exhausted', 'owner')),
    registered_by text NOT NULL,
    registered_at timestamptz NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL,
    kek_id text NOT NULL,
    wrapped_key bytea NOT NULL,
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    open_until timestamptz,
    leased_at timestamptz,
    CHECK ((cause IS NULL) = (state = 'active'))
);

CREATE INDEX webhooks_of_client ON webhooks (client_id, webhook_id);

CREATE TABLE webhook_secrets (
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    ordinal integer NOT NULL CHECK (ordinal > 0),
    sealed bytea NOT NULL,
    made_at timestamptz NOT NULL,
    valid_until timestamptz,
    PRIMARY KEY (webhook_id, ordinal)
);

CREATE UNIQUE INDEX one_current_webhook_secret ON webhook_secrets (webhook_id) WHERE valid_until IS NULL;

CREATE TABLE webhook_cursors (
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    source text NOT NULL,
    position bigint NOT NULL CHECK (position >= 0),
    PRIMARY KEY (webhook_id, source)
);

CREATE TABLE webhook_deliveries (
    delivery_id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    webhook_id uuid NOT NULL REFERENCES webhooks ON DELETE CASCADE,
    source text,
    position bigint,
    key text NOT NULL,
    state text NOT NULL CHECK
        (state IN ('waiting', 'delivered', 'failed', 'given-up', 'passed', 'erased', 'withheld')),
    attempt integer NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
    next_at timestamptz NOT NULL,
    leased_until timestamptz,
    planned_at timestamptz NOT NULL,
    ended_at timestamptz,
    UNIQUE (webhook_id, source, position),
    CHECK ((source IS NULL) = (position IS NULL)),
    CHECK ((ended_at IS NULL) = (state = 'waiting')),
    CHECK (state <> 'failed' OR source IS NULL)
);

CREATE INDEX webhook_deliveries_in_order ON webhook_deliveries (webhook_id, source, key, position)
    WHERE state = 'waiting';

CREATE INDEX webhook_deliveries_by_place ON webhook_deliveries (webhook_id, source, position) WHERE state = 'waiting';

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_at) WHERE state = 'waiting';

CREATE INDEX webhook_deliveries_leased ON webhook_deliveries (webhook_id, leased_until)
    WHERE state = 'waiting' AND leased_until IS NOT NULL;

CREATE INDEX webhook_deliveries_of ON webhook_deliveries (webhook_id, seq);

CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    attempt integer NOT NULL,
    at timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('delivered', 'failed')),
    reason text NOT NULL CHECK (reason ~ '^[a-z-]{1,40}$'),
    status_class smallint CHECK (status_class BETWEEN 1 AND 5),
    duration_ms integer NOT NULL CHECK (duration_ms >= 0),
    PRIMARY KEY (delivery_id, attempt)
)
"""


def upgrade() -> None:
    for statement in TABLES.split("\n\n"):
        op.execute(statement)
