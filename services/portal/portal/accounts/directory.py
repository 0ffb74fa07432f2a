"""Accounts at Keycloak, as its administration API shows them to the client `identity`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx
from common.auth import TokenSource
from common.trust import trust
from pydantic import SecretStr

from portal.apis import Unreachable
from portal.settings import PortalSettings

CLIENT = "identity"
ROLE, KIND = "lawyer", "lawyer"
_TIMEOUT = httpx.Timeout(10.0)
_TRIES = "binding_attempts"


@dataclass(frozen=True)
class Account:
    representation: Mapping[str, Any]

    def attribute(self, name: str) -> str:
        found = (self.representation.get("attributes") or {}).get(name) or [""]
        return str(found[0])

    @property
    def organisation(self) -> tuple[str, str]:
        return self.attribute("organisation_kind"), self.attribute("organisation_id")

    def tries_on(self, day: str) -> int:
        """Wrong ones, of that day."""
        known, _, number = self.attribute(_TRIES).partition("/")
        return int(number) if known == day and number.isdecimal() else 0


class Directory:
    """Raises Unreachable."""

    def __init__(
        self, settings: PortalSettings, client_secret: SecretStr, *, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.source = TokenSource(settings.oidc_issuer, CLIENT, client_secret.get_secret_value(), transport=transport)
        base = settings.identity_admin_url or settings.oidc_issuer.replace("/realms/", "/admin/realms/")
        self._http = httpx.AsyncClient(
            base_url=base, auth=self.source, timeout=_TIMEOUT, transport=transport, trust_env=False, verify=trust()
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def account(self, subject: str) -> Account:
        return Account((await self._ask("GET", f"/users/{subject}")).json())

    async def holders(self, number: str) -> set[str]:
        """Subjects of the accounts that are bound to this licence number."""
        asked = {
            "q": f"organisation_kind:{KIND} organisation_id:{number}",
            "exact": "true",
            "briefRepresentation": "true",
        }
        return {str(each["id"]) for each in (await self._ask("GET", "/users", params=asked)).json()}

    async def note_try(self, account: Account, day: str) -> None:
        await self._write(account, {_TRIES: f"{day}/{account.tries_on(day) + 1}"})

    async def bind(self, account: Account, number: str, region: str) -> None:
        """Attributes first: a role alone would be a lawyer without a number."""
        await self._write(account, {"organisation_kind": KIND, "organisation_id": number, "region": region})
        mappings = f"/users/{account.representation['id']}/role-mappings/realm"
        missing = (await self._ask("GET", f"{mappings}/available")).json()
        await self._ask("POST", mappings, json=[role for role in missing if role["name"] == ROLE])

    async def _write(self, account: Account, attributes: Mapping[str, str]) -> None:
        kept = dict(account.representation.get("attributes") or {})
        changed = kept | {name: [value] for name, value in attributes.items()}
        path = f"/users/{account.representation['id']}"
        await self._ask("PUT", path, json=dict(account.representation) | {"attributes": changed})

    async def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **request)
            response.raise_for_status()
        except httpx.HTTPError as error:
            raise Unreachable("identity") from error
        return response
