"""The caller, as his token describes him."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict

PROVINCE = "410000"
"""A principal of this region covers every region of the province."""

CITY_ORGANISATIONS = frozenset({"bureau", "county-bureau", "city-association", "city-party-committee"})
"""Their region is a city or county: a token that gives them the province contradicts itself."""

PROVINCIAL_ORGANISATIONS = frozenset({"department", "association", "party-committee"})
"""Their region is the province: a token that gives them one city of it contradicts itself, too."""

PERSONS = frozenset({"lawyer"})
"""Kinds of organisation whose id is the number of a natural person."""

_DIRECTLY_UNDER_PROVINCE = "90"
"""Digits 3-4 of county-level codes that belong to no prefecture, such as 419001."""

WORKERS = frozenset(
    {
        "exchange-api",
        "registry-reactions",
        "outbox-relay",
        "progress-projector",
        "discipline-reactions",
        "notifier",
        "exchange-releases",
        "webhook-dispatcher",
    }
)
"""Each of our own processes has the role of its own name, and so what it needs and nothing else."""

ROLES = WORKERS | frozenset(
    {
        "registry-officer",
        "discipline-officer",
        "rights-officer",
        "linked-organ",
        "operator",
        "auditor",
        "plan-reader",
        "plan-reporter",
        "plan-officer",
        "plan-signer",
        "feed-verifier",
        "identity-client",
        "lawyer",
        "firm",
        "verification-client",
        "licensing-system",
        "disclosure-client",
        "credit-platform",
        "stream-client",
    }
)

ORGANISATION_KINDS = frozenset(
    {
        "department",
        "bureau",
        "county-bureau",
        "association",
        "city-association",
        "party-committee",
        "city-party-committee",
        "court",
        "procuratorate",
        "administrative-organ",
        "system",
        "lawyer",
        "firm",
        "public",
    }
)

SYSTEM_ROLES = frozenset(
    {"verification-client", "licensing-system", "disclosure-client", "credit-platform", "stream-client"}
)
_SYSTEM_KINDS = frozenset({"system", "court", "procuratorate", "administrative-organ"})


class Principal(BaseModel):
    model_config = ConfigDict(frozen=True)

    subject: str
    issuer: str = ""
    """Who vouches for the subject, which is unique to it: the token's `iss`, or `gateway:` and its name."""
    organisation_kind: str = "public"
    organisation_id: str = ""
    region: str | None = None
    roles: frozenset[str] = frozenset()
    expires_at: float | None = None
    """When the token ends, in seconds since 1970: a stream must not outlive it. None of who came without a token."""

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any]) -> Self:
        """Raises pydantic.ValidationError on claims of the wrong shape. Unknown roles give no right and are dropped."""
        organisation = claims.get("organisation")
        organisation = organisation if isinstance(organisation, Mapping) else {}
        roles = claims.get("roles")
        kind, region = organisation.get("kind", "public"), claims.get("region")
        contradicts = kind in (CITY_ORGANISATIONS if region == PROVINCE else PROVINCIAL_ORGANISATIONS)
        return cls(
            subject=claims["sub"],
            issuer=claims.get("iss", "").rstrip("/"),
            organisation_kind=kind,
            organisation_id=organisation.get("id", ""),
            # Deny by default: without a region nothing is covered.
            region=None if contradicts else region,
            roles=frozenset(roles) & ROLES if isinstance(roles, list) else frozenset(),
            expires_at=claims.get("exp"),
        )

    @property
    def loggable_organisation(self) -> str:
        """The organisation's id; of a person acting for himself nothing: there it is his own number."""
        return "" if self.organisation_kind in PERSONS else self.organisation_id

    def covers(self, region: str) -> bool:
        """A prefecture code (411600) covers its counties (411602); the province code covers everything."""
        if self.region is None:
            return False
        if self.region in (region, PROVINCE):
            return True
        is_prefecture = self.region.endswith("00") and self.region[2:4] != _DIRECTLY_UNDER_PROVINCE
        return is_prefecture and self.region[:4] == region[:4]

    def has(self, role: str, region: str | None = None) -> bool:
        return role in self.roles and (region is None or self.covers(region))


def _is_ours(principal: Principal) -> bool:
    """One of our own processes, or our tool that verifies feeds."""
    return principal.organisation_kind == "system" and bool(principal.roles & (WORKERS | {"feed-verifier"}))


def is_system_client(principal: Principal) -> bool:
    """Another organisation's system, not a person and none of our workers: each of its calls is in the exchange log.

    Courts and other organs call as systems, except for their officers, who answer tasks as `linked-organ`.
    """
    if _is_ours(principal) or ("identity-client" in principal.roles and principal.organisation_kind == "system"):
        return False
    organs_own = principal.organisation_kind in _SYSTEM_KINDS and "linked-organ" not in principal.roles
    return organs_own or bool(principal.roles & SYSTEM_ROLES)


def is_auditor(principal: Principal) -> bool:
    """Of the department, for the whole province."""
    return principal.organisation_kind == "department" and principal.has("auditor", PROVINCE)
