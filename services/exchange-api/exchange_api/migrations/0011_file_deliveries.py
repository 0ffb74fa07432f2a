"""Register files given to connected systems: who has subscribed, which editions were noted, what was answered."""

from alembic import op

revision = "0011"
down_revision = "0010"

TABLES = """
CREATE TABLE file_subscriptions (
    subscription_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    client_id uuid NOT NULL REFERENCES clients,
    resource text NOT NULL CHECK (resource IN ('lawyer-register', 'firm-register')),
    cadence text NOT NULL CHECK (cadence IN ('daily', 'weekly')),
    subscribed_at timestamptz NOT NULL,
    ended_at timestamptz CHECK (ended_at >= subscribed_at)
);

CREATE UNIQUE INDEX file_subscriptions_standing ON file_subscriptions (client_id, resource) WHERE ended_at IS NULL;

CREATE TABLE file_deliveries (
    delivery_id uuid PRIMARY KEY,
    version bigint NOT NULL,
    subscription_id uuid NOT NULL REFERENCES file_subscriptions,
    edition uuid NOT NULL,
    period date NOT NULL,
    jws text NOT NULL,
    state text NOT NULL CHECK (state IN ('awaited', 'late', 'reconciled', 'different', 'settled')),
    noted_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL CHECK (due_at > noted_at),
    late_at timestamptz CHECK (late_at = due_at),
    answered_at timestamptz,
    theirs jsonb,
    settled_by uuid REFERENCES file_deliveries,
    CONSTRAINT file_deliveries_edition UNIQUE (subscription_id, edition),
    CONSTRAINT file_deliveries_period UNIQUE (subscription_id, period),
    CONSTRAINT file_deliveries_answered CHECK ((state IN ('awaited', 'late')) = (answered_at IS NULL)),
    CONSTRAINT file_deliveries_theirs CHECK ((answered_at IS NULL) = (theirs IS NULL)),
    CONSTRAINT file_deliveries_late CHECK (state <> 'late' OR late_at IS NOT NULL),
    CONSTRAINT file_deliveries_settled CHECK ((state = 'settled') = (settled_by IS NOT NULL))
);

CREATE INDEX file_deliveries_by_period ON file_deliveries (period, delivery_id);

CREATE INDEX file_deliveries_awaited ON file_deliveries (due_at) WHERE state = 'awaited'
"""


def upgrade() -> None:
    for statement in TABLES.split("\n\n"):
        op.execute(statement)
