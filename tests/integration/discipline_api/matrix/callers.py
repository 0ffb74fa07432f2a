"""Who calls, as the matrix of rights names them; and what a row of it says."""

from collections.abc import Mapping
from dataclasses import dataclass

from common.auth import ROLES
from stdnum.cn import uscc

from tests.integration.discipline_api.conftest import CREDIT, LICENCE

HERE, COUNTY, PROVINCE = "410100", "410122", "410000"
ELSEWHERE, COUNTY_ELSEWHERE = "410300", "410323"
OTHER_LICENCE = "14101201010123457"
OTHER_CREDIT = "31410000MD0123457" + str(uscc.calc_check_digit("31410000MD0123457"))


@dataclass(frozen=True)
class Caller:
    """What the token says."""

    kind: str
    region: str | None
    code: str
    roles: tuple[str, ...] = ("discipline-officer",)
    expired: bool = False


CALLERS: Mapping[str, Caller | None] = {
    "nobody": None,
    # --- officers of the things in the world
    "department": Caller("department", PROVINCE, "sft"),
    "bureau": Caller("bureau", HERE, "zz"),  # the complaint, case and clue of the world are his
    "colleague": Caller("bureau", HERE, "zz"),  # of the same bureau, and assigned to nothing
    "recused": Caller("bureau", HERE, "zz"),  # from everything that the first one handles
    "county": Caller("county-bureau", COUNTY, "zm"),
    "association": Caller("association", PROVINCE, "hnlx"),
    "city-association": Caller("city-association", HERE, "zzlx"),
    # --- officers of other organs
    "bureau-elsewhere": Caller("bureau", ELSEWHERE, "ly"),
    "bureau-of-another-code": Caller("bureau", HERE, "zz2"),
    "county-elsewhere": Caller("county-bureau", COUNTY_ELSEWHERE, "xa"),
    "city-association-elsewhere": Caller("city-association", ELSEWHERE, "lylx"),
    # --- tokens that are good for nothing
    "expired": Caller("bureau", HERE, "zz", expired=True),
    "without-role": Caller("bureau", HERE, "zz", roles=()),
    "without-region": Caller("bureau", None, "zz"),
    "without-organisation": Caller("bureau", HERE, ""),
    "bureau-that-claims-the-province": Caller("bureau", PROVINCE, "zz"),
    "county-that-claims-its-city": Caller("county-bureau", HERE, "zm"),
    "department-of-a-city": Caller("department", HERE, "sft"),
    "pretender": Caller("public", PROVINCE, "zz", roles=tuple(sorted(ROLES))),
    "lawyer-as-firm": Caller("firm", HERE, CREDIT, roles=("lawyer",)),
    "lawyer-without-number": Caller("lawyer", HERE, "", roles=("lawyer",)),
    # --- whom it is about, and others like them
    "lawyer": Caller("lawyer", HERE, LICENCE, roles=("lawyer",)),
    "another-lawyer": Caller("lawyer", HERE, OTHER_LICENCE, roles=("lawyer",)),
    "firm": Caller("firm", HERE, CREDIT, roles=("firm",)),
    "another-firm": Caller("firm", HERE, OTHER_CREDIT, roles=("firm",)),
    # --- systems
    "verifier": Caller("system", PROVINCE, "yulu", roles=("feed-verifier",)),
    "exchange": Caller("system", PROVINCE, "yulu", roles=("exchange-api",)),
    "registry-reactions": Caller("system", PROVINCE, "yulu", roles=("registry-reactions",)),
    "dispatcher": Caller("system", PROVINCE, "yulu", roles=("webhook-dispatcher",)),
    "reader": Caller("system", PROVINCE, "bank", roles=("disclosure-client",)),
    "another-reader": Caller("system", PROVINCE, "insurer", roles=("disclosure-client",)),
    "court": Caller("court", HERE, "zzfy", roles=("verification-client",)),
    "credit-platform": Caller("system", PROVINCE, "credit", roles=("credit-platform",)),
    "operator": Caller("system", PROVINCE, "ops", roles=("operator",)),
    # --- officers of something else
    "auditor": Caller("department", PROVINCE, "sft", roles=("auditor",)),
    "auditor-of-association": Caller("association", PROVINCE, "hnlx", roles=("auditor",)),
    "plan-reader": Caller("department", PROVINCE, "sft", roles=("plan-reader",)),
    "rights-officer": Caller("bureau", HERE, "zz", roles=("rights-officer",)),
    "registry-officer": Caller("bureau", HERE, "zz", roles=("registry-officer",)),
}

EVERYBODY = frozenset(CALLERS)
UNEXPIRED = EVERYBODY - {"expired"}
"""A token that is sent must be good, wherever one is asked for at all."""
TOKEN = UNEXPIRED - {"nobody"}
FEW = frozenset({"nobody", "expired", "lawyer"})
"""They stand for everybody where an answer takes long: receipts are slow to derive, PDF to set."""
NOBODY: frozenset[str] = frozenset()

OF_FEW_DOORS = frozenset(
    {"without-role", "without-region", "without-organisation", "county-that-claims-its-city", "department-of-a-city"}
    | {"lawyer-as-firm", "lawyer-without-number"}
    | {"dispatcher", "credit-platform", "plan-reader", "registry-officer", "auditor-of-association"}
)
"""Each differs from somebody else at a few kinds of doors only."""
USUAL = EVERYBODY - OF_FEW_DOORS
OUTSIDE = frozenset(
    {"nobody", "expired", "bureau", "department", "association", "lawyer", "firm", "reader", "exchange", "pretender"}
)
"""They stand for everybody where no token is looked at."""

DEPARTMENT, ASSOCIATION = frozenset({"department"}), frozenset({"association"})
CITY_ASSOCIATION = frozenset({"city-association"})
ASSOCIATIONS = ASSOCIATION | CITY_ASSOCIATION
COUNTY_BUREAU = frozenset({"county"})
BUREAU = frozenset({"bureau", "colleague", "recused"})
"""The very organ that has the thing."""
BUREAU_OF_HERE = BUREAU | {"bureau-of-another-code"}
"""Where only kind and region are asked: reads above the organ, and desks that know no organ's code."""
ELSEWHERES = frozenset({"bureau-elsewhere", "city-association-elsewhere"})
JUSTICE = DEPARTMENT | BUREAU_OF_HERE
LAWYERS, FIRMS = frozenset({"lawyer", "another-lawyer"}), frozenset({"firm", "another-firm"})
ITSELF = LAWYERS | FIRMS
READERS = frozenset({"reader", "another-reader"})
OFFICERS = JUSTICE | ASSOCIATIONS | ELSEWHERES
COUNTIES = frozenset({"county", "county-elsewhere"})
