"""Who makes things, and who looks at them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tests.journeys.actors import Caller
from tests.journeys.made_up import ZHENGZHOU
from tests.support.system import System

CITY = {"region": ZHENGZHOU, "organisation_kind": "city-association", "organisation_id": "zz-lx"}
BUREAU = {"region": ZHENGZHOU, "organisation_kind": "bureau", "organisation_id": "zz-sfj"}
PROVINCE = {"organisation_kind": "association", "organisation_id": "hn-lx"}
DEPARTMENT = {"organisation_id": "hn-sft"}
COURT = {"region": ZHENGZHOU, "organisation_kind": "court", "organisation_id": "zz-court"}


@dataclass(frozen=True)
class People:
    """Callers by their roles and rights, each made once."""

    system: System
    caller: Callable[..., Caller]
    _made: dict[str, Caller] = field(default_factory=dict)

    def by(self, *roles: str, **rights: Any) -> Caller:
        known = repr((roles, sorted(rights.items())))
        if known not in self._made:
            self._made[known] = self.caller(*roles, **rights)
        return self._made[known]

    @cached_property
    def public(self) -> Caller:
        return self.caller()

    def department(self, subject: str = "rooms-hn") -> Caller:
        return self.by("registry-officer", "discipline-officer", "rights-officer", subject=subject, **DEPARTMENT)

    def bureau(self, subject: str = "rooms-zz") -> Caller:
        return self.by("registry-officer", "discipline-officer", "rights-officer", subject=subject, **BUREAU)

    def city(self, subject: str = "rooms-lx") -> Caller:
        return self.by("rights-officer", "discipline-officer", subject=subject, **CITY)

    def province(self, subject: str = "rooms-hnlx") -> Caller:
        return self.by("rights-officer", "discipline-officer", subject=subject, **PROVINCE)

    def lawyer(self, number: str) -> Caller:
        return self.by("lawyer", region=ZHENGZHOU, organisation_kind="lawyer", organisation_id=number, subject=number)

    def plan(self, subject: str = "rooms-plan", *roles: str) -> Caller:
        return self.by(*(roles or ("plan-officer", "plan-signer")), subject=subject, **DEPARTMENT)


Keys = Mapping[str, str]
"""By room: the key of a record in it, empty where it has none."""


def at(thing: Mapping[str, Any]) -> str:
    """As If-Match: the version it was read at."""
    return f'"v{thing["version"]}"'
