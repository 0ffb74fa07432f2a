"""From when on what is kept for a term in months is still kept."""

from datetime import datetime

from contracts.deadlines import rule
from contracts.legal_day import midnight
from contracts.working_days import local_date, months_after


def months_before(now: datetime, rule_id: str) -> datetime:
    """What ended before this instant has outlived the rule's term."""
    return midnight(months_after(local_date(now), -rule(rule_id).value))


def exchange_log_kept_from(now: datetime) -> datetime:
    """Of what every service keeps for proof, and of the words of its operators."""
    return months_before(now, "exchange-log.kept")
