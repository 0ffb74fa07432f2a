"""Who drafts, reviews and signs; when; and a number that stands out wherever it gets to."""

from datetime import UTC, datetime

from tests.integration.progress.readers import DEPARTMENT

NOW = datetime(2026, 11, 5, 2, microsecond=123456, tzinfo=UTC)
"""As a clock tells it, which is never a whole second."""

SENTINEL = 918273
"""Reported of M14-I4 by Zhengzhou alone, and so the province's number too."""

DRAFTER = {"roles": ["plan-officer"], "subject": "drafter", **DEPARTMENT}
REVIEWER = {"roles": ["plan-signer"], "subject": "reviewer", **DEPARTMENT}
SIGNER = {"roles": ["plan-signer"], "subject": "signer", **DEPARTMENT}
