"""Its tables are read wherever something is published: their SQL is in the room below."""

from discipline_api.record.store_publicity import Choice, SqlChoices, SqlImpactAssessments

__all__ = ["Choice", "SqlChoices", "SqlImpactAssessments"]
