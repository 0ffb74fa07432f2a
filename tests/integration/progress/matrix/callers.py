"""Who calls, as the matrix of rights names them; and what a row of it says. All that is of a city is 郑州's."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.auth import PROVINCE, ROLES

HERE, COUNTY, ELSEWHERE = "410100", "410122", "410200"


@dataclass(frozen=True)
class Caller:
    """What the token says."""

    role: str
    kind: str
    region: str | None
    roles: tuple[str, ...] = ()
    """Beside the one."""
    expired: bool = False


CALLERS: Mapping[str, Caller | None] = {
    "nobody": None,
    # --- who steers the plan
    "officer": Caller("plan-officer", "department", PROVINCE),
    "signer": Caller("plan-signer", "department", PROVINCE),
    # --- who reports
    "division": Caller("plan-reporter", "department", PROVINCE),
    "association": Caller("plan-reporter", "association", PROVINCE),
    "party": Caller("plan-reporter", "party-committee", PROVINCE),
    "bureau": Caller("plan-reporter", "bureau", HERE),
    "city-association": Caller("plan-reporter", "city-association", HERE),
    "city-party": Caller("plan-reporter", "city-party-committee", HERE),
    "bureau-elsewhere": Caller("plan-reporter", "bureau", ELSEWHERE),
    # --- who reads
    "reader": Caller("plan-reader", "department", PROVINCE),
    "city-reader": Caller("plan-reader", "bureau", HERE),
    "city-reader-elsewhere": Caller("plan-reader", "city-association", ELSEWHERE),
    "county-reader": Caller("plan-reader", "county-bureau", COUNTY),
    "registry-bureau": Caller("registry-officer", "bureau", HERE),
    "discipline-department": Caller("discipline-officer", "department", PROVINCE),
    "discipline-elsewhere": Caller("discipline-officer", "bureau", ELSEWHERE),
    "rights-association": Caller("rights-officer", "association", PROVINCE),
    "operator": Caller("operator", "department", PROVINCE),
    "operating-system": Caller("operator", "system", PROVINCE),
    # --- who has a role of the department's in another organisation
    "city-signer": Caller("plan-signer", "bureau", HERE),
    "association-that-signs": Caller("plan-signer", "association", PROVINCE),
    # --- whose token is good for the province's own number and for nothing of a region
    "bureau-that-claims-the-province": Caller("plan-reporter", "bureau", PROVINCE, ("plan-signer",)),
    "bureau-without-region": Caller("plan-reporter", "bureau", None),
    # --- who reports in a city's stead
    "county-that-claims-its-city": Caller("plan-reporter", "county-bureau", HERE),
    # --- tokens that are good for nothing
    "expired": Caller("plan-signer", "department", PROVINCE, expired=True),
    "department-of-a-city": Caller("plan-signer", "department", HERE),
    "city-operator": Caller("operator", "bureau", HERE),
    "operator-of-a-city": Caller("operator", "department", HERE),
    "pretender": Caller("plan-signer", "public", PROVINCE, tuple(sorted(ROLES))),
    "system-that-reads": Caller("plan-reader", "system", PROVINCE),
    # --- whom the plan does not concern
    "auditor": Caller("auditor", "department", PROVINCE),
    "auditor-of-association": Caller("auditor", "association", PROVINCE),
    "exchange": Caller("exchange-api", "system", PROVINCE),
    "exchange-of-a-bureau": Caller("exchange-api", "bureau", HERE),
    "projector": Caller("progress-projector", "system", PROVINCE),
    "notifier": Caller("notifier", "system", PROVINCE),
    "court": Caller("stream-client", "court", PROVINCE),
    "court-officer": Caller("linked-organ", "court", PROVINCE),
    "lawyer": Caller("lawyer", "lawyer", HERE),
    "firm": Caller("firm", "firm", HERE),
}

EVERYBODY = frozenset(CALLERS)
UNEXPIRED = EVERYBODY - {"expired"}
"""A token that is sent must be good, wherever one is asked for at all."""

OFFICERS, SIGNERS = frozenset({"officer", "signer"}), frozenset({"signer"})
_OF_HERE = frozenset({"bureau", "city-association", "city-party"})
REPORTERS = _OF_HERE | {
    "division", "association", "party", "bureau-elsewhere", "county-that-claims-its-city",
}  # fmt: skip
"""With the role: whose report it is, is asked of each report."""
OPERATORS = frozenset({"operator", "operating-system"})
OTHER_DESKS = frozenset({"registry-bureau", "discipline-department", "discipline-elsewhere", "rights-association"})
OF_THE_PLAN = OFFICERS | REPORTERS | {
    "reader", "city-reader", "city-reader-elsewhere", "county-reader", "city-signer", "association-that-signs",
}  # fmt: skip
VALUES = OF_THE_PLAN | OTHER_DESKS | OPERATORS
DEPARTMENT = OFFICERS | {"division", "reader"}
"""Of the department, with a role of the plan."""

NOT_OF_HERE = frozenset({"bureau-elsewhere", "city-reader-elsewhere", "discipline-elsewhere", "county-reader"})
OF_THE_PROVINCE = DEPARTMENT | OPERATORS | {
    "association", "party", "association-that-signs", "discipline-department", "rights-association",
}  # fmt: skip
READS_HERE = VALUES - NOT_OF_HERE
"""What is of the region HERE: itself and organs of the province."""
READS_ELSEWHERE = OF_THE_PROVINCE | {"bureau-elsewhere", "city-reader-elsewhere", "discipline-elsewhere"}

WORKS_HERE = _OF_HERE
"""Add evidence to what HERE owes; a light is declared by these, too."""

ADDRESSEE = frozenset({"bureau", "city-reader", "city-signer"})
"""Of the organisation to which the notice goes."""
SUPERVISED = _OF_HERE | ADDRESSEE | {
    "association", "party", "bureau-elsewhere", "city-reader-elsewhere", "association-that-signs",
}  # fmt: skip
"""Organisations of which the plan asks something; nobody below the city is."""
SUPERVISION = DEPARTMENT | SUPERVISED
NOTIFIED = DEPARTMENT | ADDRESSEE
INSPECTED = DEPARTMENT | ADDRESSEE | _OF_HERE

OWNER = frozenset({"bureau"})
"""Whose report it is."""

AUDITOR, WATCHER = frozenset({"auditor"}), frozenset({"exchange"})
CLIENTS = frozenset({"court", "operating-system", "pretender", "system-that-reads"})
"""Of other organisations, as systems: each reads its own part of the exchange log."""
FEED_READERS = OPERATORS | WATCHER | {"projector"}
FEW = frozenset({"nobody", "expired", "officer", "bureau", "bureau-elsewhere", "city-reader", "pretender", "lawyer"})
SOME = FEW | {
    "county-reader", "bureau-that-claims-the-province", "discipline-elsewhere", "association", "operator",
    "city-operator", "department-of-a-city", "exchange",
}  # fmt: skip
"""They stand for everybody where an answer takes long: all lights, forecasts, changes; papers are slow to set."""
