"""Who asks: each role with the organisations that have it, one that contradicts itself, and nobody."""

from dataclasses import dataclass

from common.auth.principal import WORKERS

PROVINCE, HERE, ELSEWHERE = "410000", "410100", "410300"


@dataclass(frozen=True)
class Caller:
    role: str
    kind: str
    region: str
    code: str = "zz"
    desk: str = ""
    """Another officer of the same organ: what one proposes the other decides."""

    @property
    def subject(self) -> str:
        return f"{self.role}-{self.kind}-{self.region}{self.desk}"


def _both(role: str, kind: str, region: str, code: str) -> tuple[Caller, Caller]:
    return Caller(role, kind, region, code), Caller(role, kind, region, code, "-second")


CALLERS: tuple[Caller, ...] = (
    *_both("registry-officer", "department", PROVINCE, "sft"),
    *_both("registry-officer", "bureau", HERE, "zz-sfj"),
    Caller("registry-officer", "county-bureau", "410105", "js"),
    Caller("registry-officer", "association", PROVINCE, "sx"),
    Caller("registry-officer", "city-association", HERE, "zz-lx"),
    *_both("discipline-officer", "department", PROVINCE, "sft"),
    *_both("discipline-officer", "bureau", HERE, "zz-sfj"),
    *_both("discipline-officer", "association", PROVINCE, "sx"),
    *_both("discipline-officer", "city-association", HERE, "zz-lx"),
    *_both("rights-officer", "department", PROVINCE, "sft"),
    *_both("rights-officer", "bureau", HERE, "zz-sfj"),
    *_both("rights-officer", "association", PROVINCE, "sx"),
    *_both("rights-officer", "city-association", HERE, "zz-lx"),
    Caller("rights-officer", "city-association", ELSEWHERE, "ly-lx"),
    Caller("linked-organ", "court", HERE, "zz-zy"),
    Caller("linked-organ", "procuratorate", HERE, "zz-jcy"),
    *_both("plan-officer", "department", PROVINCE, "sft"),
    *_both("plan-reporter", "department", PROVINCE, "sft"),
    *_both("plan-reporter", "bureau", HERE, "zz-sfj"),
    *_both("plan-signer", "department", PROVINCE, "sft"),
    Caller("plan-reader", "department", PROVINCE, "sft"),
    Caller("plan-reader", "party-committee", PROVINCE, "zfw"),
    *_both("operator", "department", PROVINCE, "sft"),
    Caller("operator", "system", PROVINCE, "yulu"),
    Caller("auditor", "department", PROVINCE, "sft"),
    *(Caller(role, "system", PROVINCE, "yulu") for role in ("feed-verifier", *sorted(WORKERS))),
    Caller("identity-client", "system", PROVINCE, "yulu"),
    Caller("licensing-system", "system", PROVINCE, "xk"),
    Caller("verification-client", "court", HERE, "zz-zy"),
    Caller("disclosure-client", "system", PROVINCE, "ggfw"),
    Caller("credit-platform", "system", PROVINCE, "credit"),
    Caller("stream-client", "court", PROVINCE, "hn-gy"),
    Caller("stream-client", "procuratorate", PROVINCE, "hn-jcy"),
    Caller("lawyer", "lawyer", HERE, "14101201010123456"),
    Caller("firm", "firm", HERE, "31410000MD0123456X"),
    Caller("registry-officer", "public", PROVINCE, ""),
    Caller("discipline-officer", "bureau", PROVINCE, "zz-sfj"),
)
