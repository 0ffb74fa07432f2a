"""What was erased is noted for the ledger that a restored backup is held against."""

from alembic import op
from common.database import FEED_ERASED, Erased, recovery_ddl

revision = "0022"
down_revision = "0021"

excused = {"narrowed": "the triggers only note what was erased, and refuse nothing"}

ERASED = (
    FEED_ERASED,
    Erased(
        "sanctions",
        "case_id",
        (
            "subject_name",
            "licence_number",
            "credit_code",
            "firm_name",
            "reasons",
            "facts",
            "deviation_reasons",
            "withholding_reasons",
            "publishing_reasons",
            "erased_at",
        ),
    ),
    Erased(
        "conduct_records",
        "record_id",
        (
            "subject_name",
            "licence_number",
            "credit_code",
            "firm_name",
            "court",
            "offence_article",
            "document_number",
            "document_key",
            "withholding_reasons",
            "publishing_reasons",
            "erased_at",
        ),
    ),
    Erased("impact_assessments", "assessment_id", ("purpose", "risks", "measures", "erased_at")),
    Erased("remarked_records", "record_id", ("subject_key", "wrapped_key", "erased_at")),
    Erased("proceedings", "proceeding_id", ("subject_key", "erased_at")),
    Erased(
        "complaints",
        "complaint_id",
        ("assigned_to", "handled_by", "happened_from", "happened_to", "hints", "erased_at"),
    ),
    Erased("impostor_cases", "case_id", ("erased_at",)),
    Erased("talks", "talk_id", ("licence_number", "credit_code", "wrapped_key", "notes", "erased_at")),
    Erased("file_owners", "owner_id", ("wrapped_key", "erased_at")),
    Erased("files", "file_id", ("original", "copy", "sm3", "sha256", "erased_at")),
    Erased("documents", "document_id", ("title", "void_reason", "erased_at")),
    Erased("document_services", "service_id", ("through_sealed", "place_sealed", "erased_at")),
    Erased("file_archives", "proceeding_id", ("index_sealed", "erased_at")),
    Erased("sealed_texts", "owner_id ordinal"),
    Erased("sealed_keys", "owner_id"),
    Erased("sealed_identities", "case_id"),
    Erased("audit_words", "words_id"),
    # What is taken off the display is gone from this instant; a timer clears and logs it, as where a term ends.
    Erased("public_disclosures", "case_id", ("gone_at", "tombstone"), "{row}.body IS NULL"),
)


def upgrade() -> None:
    for statement in recovery_ddl(ERASED):
        op.execute(statement)
