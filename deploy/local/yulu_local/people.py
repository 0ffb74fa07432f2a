"""The demo persons of `deploy/identity/people.yaml`: the same ones at the development issuer and in Keycloak."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

import yaml

IDENTITY = Path(__file__).parents[2] / "identity"
NAMESPACE = UUID("5b1a4f0e-9b0c-5d57-8a8e-6f3f1c1d7a10")


@dataclass(frozen=True)
class Person:
    username: str
    name: str
    roles: frozenset[str]
    organisation_kind: str
    organisation_id: str
    region: str

    @property
    def subject(self) -> str:
        """`sub` of his tokens; the same at every issuer and after every new beginning."""
        return str(uuid5(NAMESPACE, self.username))


@cache
def people() -> dict[str, Person]:
    """By username."""
    rows = yaml.safe_load((IDENTITY / "people.yaml").read_text(encoding="utf-8"))
    found = [
        Person(row["username"], row["name"], frozenset(row["roles"]), row["kind"], row["id"], row["region"])
        for row in rows
    ]
    return {person.username: person for person in found}
