"""Who looks: one of each kind of organ, with every role that such an organ gives to its officers."""

from collections.abc import Mapping
from dataclasses import dataclass

from tests.journeys.made_up import LUOYANG, ZHENGZHOU

OFFICER = ("registry-officer", "discipline-officer", "rights-officer")
COUNTY = "410102"
LAWYER_NUMBER = "14101202010000001"


@dataclass(frozen=True)
class Caller:
    """Whose token: as `System.token` takes it."""

    roles: tuple[str, ...] = ()
    kind: str = "department"
    code: str = "hn-sft"
    region: str | None = "410000"

    def rights(self, name: str) -> dict[str, str | None]:
        return {
            "subject": f"matrix-{name}",
            "region": self.region,
            "organisation_kind": self.kind,
            "organisation_id": self.code,
        }


CALLERS: Mapping[str, Caller] = {
    "department": Caller((*OFFICER, "plan-officer", "plan-signer", "linked-organ")),
    "association": Caller((*OFFICER, "plan-reporter"), "association", "hn-lx"),
    "bureau": Caller((*OFFICER, "plan-reporter", "linked-organ"), "bureau", "zz-sfj", ZHENGZHOU),
    "city-association": Caller((*OFFICER, "plan-reporter"), "city-association", "zz-lx", ZHENGZHOU),
    "county-bureau": Caller((*OFFICER, "plan-reporter", "linked-organ"), "county-bureau", "zy-sfj", COUNTY),
    "court": Caller(("linked-organ",), "court", "zz-court", ZHENGZHOU),
    "another-bureau": Caller((*OFFICER, "plan-reporter", "linked-organ"), "bureau", "ly-sfj", LUOYANG),
    "another-association": Caller((*OFFICER, "plan-reporter"), "city-association", "ly-lx", LUOYANG),
    "another-court": Caller(("linked-organ",), "court", "ly-court", LUOYANG),
    "steering-city": Caller(("plan-officer", "plan-signer", "plan-reader"), "bureau", "ly-sfj", LUOYANG),
    "plan-reader": Caller(("plan-reader",)),
    "operator": Caller(("operator",)),
    "auditor": Caller(("auditor",)),
    "connected-system": Caller(("stream-client", "verification-client"), "court", "m-gy"),
    "lawyer": Caller(("lawyer",), "lawyer", LAWYER_NUMBER, ZHENGZHOU),
    "firm": Caller(("firm",), "firm", "31410000000000012X", ZHENGZHOU),
    "without-roles": Caller(),
    "nowhere": Caller((*OFFICER, "plan-reporter", "linked-organ"), "bureau", "", None),
}
