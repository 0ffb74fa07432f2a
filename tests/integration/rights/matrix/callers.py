"""Who calls, as the matrix of the rights channel names them; and what a row of it says."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.auth import ROLES

from tests.support import matrix

HERE, THERE, ELSEWHERE, PROVINCE = "410100", "410300", "410200", "410000"
"""Where the lawyer is registered, where it happened, and a city that has nothing to do with it."""
COUNTY = "410122"


@dataclass(frozen=True)
class Caller:
    """What the token says; `session` is the receipt's, of whoever has one, who has no token."""

    kind: str
    region: str | None
    roles: tuple[str, ...] = ("rights-officer",)
    code: str = ""
    expired: bool = False
    session: str | None = None


def _linked(kind: str, region: str, code: str) -> Caller:
    return Caller(kind, region, ("linked-organ",), code)


CALLERS: Mapping[str, Caller] = {
    "nobody": Caller("", None, ()),
    # --- officers of the association that owns the cases of the world
    "handler": Caller("city-association", HERE, code="zzlx"),  # they are assigned to him
    "colleague": Caller("city-association", HERE, code="zzlx"),  # of the same organ, assigned to nothing
    "recused": Caller("city-association", HERE, code="zzlx"),  # from every one of them
    # --- officers above it, beside it, where it happened, and where nothing did
    "association": Caller("association", PROVINCE, code="hnlx"),
    "department": Caller("department", PROVINCE, code="sft"),
    "bureau": Caller("bureau", HERE, code="zzsfj"),  # assigned to the sealed case
    "association-there": Caller("city-association", THERE, code="lylx"),  # assigned to the urgent case
    "bureau-there": Caller("bureau", THERE, code="lysfj"),
    "association-elsewhere": Caller("city-association", ELSEWHERE, code="kflx"),
    "bureau-elsewhere": Caller("bureau", ELSEWHERE, code="kfsfj"),
    # --- tokens that contradict themselves, or are good for nothing
    "expired": Caller("city-association", HERE, code="zzlx", expired=True),
    "without-role": Caller("city-association", HERE, (), "zzlx"),
    "without-region": Caller("city-association", None, code="zzlx"),
    "county": Caller("county-bureau", COUNTY, code="zm"),
    "county-that-claims-its-city": Caller("county-bureau", HERE, code="zm"),
    "bureau-that-claims-the-province": Caller("bureau", PROVINCE, code="zzsfj"),
    "association-that-claims-the-province": Caller("city-association", PROVINCE, code="zzlx"),
    "department-of-a-city": Caller("department", HERE, code="sft"),
    "association-of-a-city": Caller("association", HERE, code="hnlx"),
    "city-association-of-a-county": Caller("city-association", COUNTY, code="zzlx"),
    "pretender": Caller("public", PROVINCE, tuple(sorted(ROLES)), "zzlx"),
    "court-as-officer": Caller("court", HERE, code="zzfy"),
    "worker-of-a-department": Caller("department", PROVINCE, ("exchange-api", "notifier"), "sft"),
    # --- the four organs that answer letters, or would like to
    "court": _linked("court", THERE, "ly-court"),  # a letter in the world is to it
    "another-court": _linked("court", HERE, "zz-court"),
    "court-of-another-code": _linked("court", THERE, "ly-court-2"),
    "court-without-code": _linked("court", THERE, ""),
    "procuratorate": _linked("procuratorate", THERE, "ly-court"),  # the court's very number, of another kind
    "justice": _linked("bureau", HERE, "zz-sfj"),  # the letter about the case against it is to it
    "public-security": Caller("police", THERE, tuple(sorted(ROLES)), "ly-court"),  # no such kind has an account
    # --- whom it is about, and others like them
    "lawyer": Caller("lawyer", HERE, ("lawyer",), "14101201010765432"),
    "another-lawyer": Caller("lawyer", HERE, ("lawyer",), "14101201010765433"),
    "firm": Caller("firm", HERE, ("firm",), "31410000MD00000010"),
    "party": Caller("", None, (), session="session"),  # his receipt is the case's
    "another-party": Caller("", None, (), session="other_session"),
    "party-of-a-meeting": Caller("", None, (), session="meeting_session"),
    # --- systems
    "exchange": Caller("system", PROVINCE, ("exchange-api",), "yulu"),
    "projector": Caller("system", PROVINCE, ("progress-projector",), "yulu"),
    "notifier": Caller("system", PROVINCE, ("notifier",), "yulu"),
    "dispatcher": Caller("system", PROVINCE, ("webhook-dispatcher",), "yulu"),
    "operator": Caller("system", PROVINCE, ("operator",), "ops"),
    "reader": Caller("system", PROVINCE, ("stream-client",), "bank"),
    "court-system": Caller("court", THERE, ("verification-client",), "ly-court"),
    # --- officers of something else (RR01)
    "auditor": Caller("department", PROVINCE, ("auditor",), "sft"),
    "auditor-of-association": Caller("association", PROVINCE, ("auditor",), "hnlx"),
    "discipline-officer": Caller("bureau", HERE, ("discipline-officer",), "zzsfj"),
    "discipline-association": Caller("city-association", HERE, ("discipline-officer",), "zzlx"),
    "registry-officer": Caller("bureau", HERE, ("registry-officer",), "zzsfj"),
    "plan-reader": Caller("department", PROVINCE, ("plan-reader",), "sft"),
}

EVERYBODY = frozenset(CALLERS)
NOBODY: frozenset[str] = frozenset()
UNEXPIRED = EVERYBODY - {"expired"}
"""A token that is sent must be good wherever a transaction asks whose it is."""
OUTSIDE = frozenset(
    {"nobody", "expired", "handler", "bureau", "lawyer", "public-security", "party", "another-party", "exchange"}
) | {"party-of-a-meeting"}
"""They stand for everybody where no token is looked at: there the receipt is the right, or there is none to have."""

OF_FEW_DOORS = frozenset(
    {
        "court-of-another-code",
        "court-without-code",
        "another-party",
        "party-of-a-meeting",
        "worker-of-a-department",
        "dispatcher",
    }
    | {"auditor-of-association", "discipline-association"}
)
"""Each differs from somebody else at a few doors only, and is asked there."""
USUAL = EVERYBODY - OF_FEW_DOORS
AROUND = frozenset(
    {"nobody", "expired", "handler", "colleague", "recused", "association", "department", "bureau"}
    | {"association-there", "bureau-there", "association-elsewhere", "bureau-elsewhere", "county"}
    | {"association-of-a-city", "court", "justice"}
)
"""They stand for everybody at a door at which everybody is asked already, for another thing."""

HANDLER = frozenset({"handler"})
CITY = frozenset({"handler", "colleague", "recused"})
ASSOCIATION, DEPARTMENT, BUREAU = (frozenset({name}) for name in ("association", "department", "bureau"))
PROVINCE_ORGANS = ASSOCIATION | DEPARTMENT
THERE_ORGANS = frozenset({"association-there", "bureau-there"})
ELSEWHERE_ORGANS = frozenset({"association-elsewhere", "bureau-elsewhere"})
OF_HERE = CITY | PROVINCE_ORGANS | BUREAU
"""Whose region covers HERE: what is no case of somebody's."""
OFFICERS = OF_HERE | THERE_ORGANS | ELSEWHERE_ORGANS
ASSOCIATIONS = CITY | ASSOCIATION | {"association-there", "association-elsewhere"}
JUSTICE = DEPARTMENT | BUREAU | {"bureau-there", "bureau-elsewhere"}
NOTIFIER, AUDITOR = frozenset({"notifier"}), frozenset({"auditor"})
WATCHER = frozenset({"exchange"})
FOLLOWERS = WATCHER | {"projector"}


@dataclass(frozen=True)
class Row(matrix.Row):
    among: frozenset[str] | None = USUAL
