"""Who calls, as the matrix of rights names them. What is sent and received is the court's, about a record of 郑州."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.auth import PROVINCE, ROLES

HERE, ELSEWHERE = "410100", "410300"


@dataclass(frozen=True)
class Caller:
    """What the token says."""

    role: str
    kind: str
    region: str | None = PROVINCE
    code: str = "test"
    roles: tuple[str, ...] = ()
    """Beside the one."""
    subject: str = ""
    expired: bool = False


COURT = Caller("stream-client", "court", code="hn-gy", subject="court-system")
PROCURATORATE = Caller("stream-client", "procuratorate", code="hn-jcy", subject="jcy-system")
SUSPENDED = Caller("stream-client", "administrative-organ", code="hn-12345", subject="hotline-system")

CALLERS: Mapping[str, Caller | None] = {
    "nobody": None,
    # --- who runs it
    "operator": Caller("operator", "department"),
    "operating-system": Caller("operator", "system"),
    "auditor": Caller("auditor", "department"),
    "watcher": Caller("discipline-officer", "department"),
    "itself": Caller("exchange-api", "system"),
    "dispatcher": Caller("webhook-dispatcher", "system"),
    "notifier": Caller("notifier", "system"),
    # --- connected systems
    "court": COURT,
    "procuratorate": PROCURATORATE,
    "suspended": SUSPENDED,
    "unconnected": Caller("stream-client", "court", code="hn-gy", subject="another-system"),
    "court-under-another-code": Caller("stream-client", "court", code="zz-zy", subject="court-system"),
    "court-as-procuratorate": Caller("stream-client", "procuratorate", code="hn-gy", subject="court-system"),
    # --- who answers
    "department": Caller("registry-officer", "department"),
    "bureau": Caller("registry-officer", "bureau", HERE),
    "bureau-elsewhere": Caller("registry-officer", "bureau", ELSEWHERE),
    "discipline-bureau": Caller("discipline-officer", "bureau", HERE),
    "county-bureau": Caller("registry-officer", "county-bureau", "410122"),
    # --- tokens that are good for nothing
    "expired": Caller("operator", "department", expired=True),
    "city-operator": Caller("operator", "bureau", HERE),
    "operator-of-a-city": Caller("operator", "department", HERE),
    "court-that-operates": Caller("operator", "court"),
    "auditor-of-association": Caller("auditor", "association"),
    "bureau-that-claims-the-province": Caller("registry-officer", "bureau", roles=("discipline-officer",)),
    "department-of-a-city": Caller("registry-officer", "department", HERE),
    "dispatcher-of-a-bureau": Caller("webhook-dispatcher", "bureau", HERE),
    "pretender": Caller("operator", "public", roles=tuple(sorted(ROLES))),
    # --- whom it does not concern
    "plan-officer": Caller("plan-officer", "department"),
    "rights-department": Caller("rights-officer", "department"),
    "lawyer": Caller("lawyer", "lawyer", HERE),
}

EVERYBODY = frozenset(CALLERS)
UNEXPIRED = EVERYBODY - {"expired"}
OPERATORS = frozenset({"operator", "operating-system"})
AUDITOR, DISPATCHER, OWN = frozenset({"auditor"}), frozenset({"dispatcher"}), frozenset({"court"})
ITSELF = frozenset({"itself"})
OVERSEERS = OPERATORS | AUDITOR
WATCHERS = OVERSEERS | {"watcher"}
CONNECTED = frozenset({"court", "procuratorate"})
LISTED = frozenset({"suspended", "unconnected", "court-under-another-code", "court-as-procuratorate"})
"""They are told of no connected system but what is their own: of one that was suspended, that it is."""
FEED_READERS = OPERATORS | ITSELF
KEEPERS = frozenset({"department", "bureau"})
"""Of the record that is doubted."""
DESKS = KEEPERS | {"bureau-elsewhere", "discipline-bureau", "watcher"}
"""Their inboxes hold other things."""
CLIENTS = CONNECTED | LISTED | {"operating-system", "court-that-operates", "pretender"}
"""Systems of other organisations by their token: each reads its own part of the exchange log."""
