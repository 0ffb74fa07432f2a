"""Search keys: what each name may be looked for by, in byte order, with what questions are narrowed by."""

from alembic import op

revision = "0005"
down_revision = "0004"

# An entry repeats its keys, so that they can be taken out again and the best one told, without reading the table.
SEARCH = """
CREATE TABLE search_entries (
    entity_id uuid PRIMARY KEY,
    kind smallint NOT NULL,
    region integer NOT NULL,
    county integer,
    category smallint NOT NULL,
    active boolean NOT NULL,
    shown boolean NOT NULL,
    firm_id uuid,
    specialities text[] NOT NULL,
    sort text COLLATE "C" NOT NULL,
    places smallint[] NOT NULL,
    keys text[] COLLATE "C" NOT NULL
);
CREATE INDEX search_by_firm ON search_entries (firm_id, sort, entity_id) WHERE firm_id IS NOT NULL;
CREATE INDEX search_by_region ON search_entries (kind, region, sort, entity_id);

CREATE TABLE search_keys (
    kind smallint NOT NULL,
    place smallint NOT NULL,
    key text COLLATE "C" NOT NULL,
    entity_id uuid NOT NULL,
    region integer NOT NULL,
    county integer,
    category smallint NOT NULL,
    active boolean NOT NULL,
    shown boolean NOT NULL
);
CREATE UNIQUE INDEX search_by_key ON search_keys (kind, place, key, entity_id)
    INCLUDE (region, county, category, active, shown);

CREATE TABLE search_progress (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT search_progress_one CHECK (one),
    snapshot text
);
INSERT INTO search_progress DEFAULT VALUES
"""


def upgrade() -> None:
    for statement in SEARCH.split(";\n"):
        op.execute(statement)
