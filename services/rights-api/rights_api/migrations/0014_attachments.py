"""Files of a case: what is known of each, and its sealed blocks."""

from alembic import op

revision = "0014"
down_revision = "0013"

# Name, reason and content stand in *_sealed columns and blocks only, under a key per file. `upload_key` is that key
# under the case's, which both processes have: only while the file comes in, or where the complainant may read it. RR21
# is a trigger on steps: what was found infected is never released, what was not scanned only with an officer's name
# and reason.
ATTACHMENTS = """
CREATE TABLE attachments (
    attachment_id uuid PRIMARY KEY,
    complaint_id uuid NOT NULL REFERENCES complaints,
    number integer NOT NULL CONSTRAINT attachments_number CHECK (number BETWEEN 1 AND 500),
    by text NOT NULL CONSTRAINT attachments_by CHECK (by IN ('complainant', 'officer')),
    uploaded_by text,
    for_complainant boolean NOT NULL,
    key_digest bytea,
    request_digest bytea,
    kind text NOT NULL CONSTRAINT attachments_kind CHECK (kind IN ('pdf', 'docx', 'jpg', 'png', 'mp3', 'mp4')),
    length integer NOT NULL CONSTRAINT attachments_length CHECK (length BETWEEN 1 AND 52428800),
    received integer NOT NULL DEFAULT 0,
    blocks integer NOT NULL DEFAULT 0,
    state text NOT NULL DEFAULT 'receiving' CONSTRAINT attachments_state CHECK (state IN
        ('receiving', 'quarantined', 'released', 'unscanned', 'released-unscanned', 'infected', 'discarded')),
    undertaking_on date,
    upload_key bytea,
    office_key bytea,
    office_key_form text CONSTRAINT attachments_key_form CHECK (office_key_form IN ('box', 'own')),
    name_sealed bytea,
    sm3 bytea,
    manifest_sealed bytea,
    scan_note text,
    copy text NOT NULL DEFAULT 'pending' CONSTRAINT attachments_copy CHECK (copy IN ('pending', 'made', 'none')),
    copy_size integer,
    copy_blocks integer NOT NULL DEFAULT 0,
    pages integer,
    copy_code text,
    copy_zh text,
    copy_en text,
    refused text,
    released_by text,
    released_at timestamptz,
    release_reason_sealed bytea,
    begun_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    completed_at timestamptz,
    CONSTRAINT attachments_numbers UNIQUE (complaint_id, number),
    CONSTRAINT attachments_keys UNIQUE (complaint_id, key_digest),
    CONSTRAINT attachments_uploader CHECK ((by = 'officer') = (uploaded_by IS NOT NULL)),
    CONSTRAINT attachments_for_complainant CHECK (by = 'officer' OR NOT for_complainant),
    CONSTRAINT attachments_received CHECK (received BETWEEN 0 AND length),
    CONSTRAINT attachments_completed CHECK (
        state = 'discarded' OR (state = 'receiving') = (completed_at IS NULL)
        AND (state = 'receiving') = (sm3 IS NULL) AND (state = 'receiving') = (manifest_sealed IS NULL)),
    CONSTRAINT attachments_whole CHECK (state IN ('receiving', 'discarded') OR received = length),
    CONSTRAINT attachments_release CHECK (
        state = 'discarded' OR (state = 'released-unscanned') =
            (released_by IS NOT NULL AND released_at IS NOT NULL AND release_reason_sealed IS NOT NULL)),
    CONSTRAINT attachments_office_key CHECK ((office_key IS NULL) = (office_key_form IS NULL)),
    CONSTRAINT attachments_keys_kept CHECK ((state = 'discarded') = (office_key IS NULL)),
    CONSTRAINT attachments_upload_key CHECK (state = 'receiving' OR for_complainant OR upload_key IS NULL),
    CONSTRAINT attachments_made CHECK ((copy = 'made') = (copy_size IS NOT NULL)),
    CONSTRAINT attachments_none CHECK ((copy = 'none') = (copy_code IS NOT NULL))
);
CREATE INDEX attachments_waiting ON attachments (completed_at, attachment_id)
    WHERE state IN ('quarantined', 'unscanned') OR (copy = 'pending' AND state IN ('released', 'released-unscanned'));
CREATE INDEX attachments_receiving ON attachments (changed_at) WHERE state = 'receiving';

CREATE TABLE attachment_blocks (
    attachment_id uuid NOT NULL REFERENCES attachments,
    part text NOT NULL CONSTRAINT attachment_blocks_part CHECK (part IN ('original', 'copy')),
    ordinal integer NOT NULL,
    sealed bytea NOT NULL,
    PRIMARY KEY (attachment_id, part, ordinal)
);

ALTER TABLE attachment_blocks ALTER COLUMN sealed SET STORAGE EXTERNAL;

CREATE TRIGGER attachment_blocks_do_not_change BEFORE UPDATE ON attachment_blocks
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION attachments_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> OLD.state AND NEW.state <> 'discarded' AND (OLD.state, NEW.state) NOT IN (
        ('receiving', 'quarantined'), ('receiving', 'unscanned'),
        ('quarantined', 'released'), ('quarantined', 'infected'), ('quarantined', 'unscanned'),
        ('unscanned', 'released'), ('unscanned', 'infected'), ('unscanned', 'released-unscanned')
    ) THEN
        RAISE EXCEPTION 'a file that is % does not become %', OLD.state, NEW.state USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER attachments_step BEFORE UPDATE ON attachments FOR EACH ROW EXECUTE FUNCTION attachments_step();
"""


def upgrade() -> None:
    for block in ATTACHMENTS.split("\n\n"):
        for statement in [block] if "$$" in block else block.split(";\n"):
            if statement.strip():
                op.execute(statement)
