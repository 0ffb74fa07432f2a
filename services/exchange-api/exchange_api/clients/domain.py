"""A connected system: one subject of tokens, of one organ; suspended it receives nothing."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from common.auth import Principal
from contracts.exchange_events import ClientChanged, ClientRegistered

from exchange_api.refusals import Refused

State = Literal["active", "suspended"]


@dataclass(frozen=True, slots=True)
class Client:
    """`subject` is the `sub` of its tokens, `organ_code` their organisation's id."""

    client_id: UUID
    version: int
    subject: str
    name: str
    organisation_kind: str
    organ_code: str
    region: str
    state: State
    reason: str
    registered_by: str
    registered_at: datetime
    changed_by: str
    changed_at: datetime

    def principal(self) -> Principal:
        """The rights that its tokens give it, for what reaches it without one."""
        return Principal(
            subject=self.subject,
            organisation_kind=self.organisation_kind,
            organisation_id=self.organ_code,
            region=self.region,
            roles=frozenset({"stream-client"}),
        )

    def registered(self) -> ClientRegistered:
        return ClientRegistered(
            version=self.version,
            region=self.region,
            client_id=self.client_id,
            organisation_kind=self.organisation_kind,
            organ_code=self.organ_code,
            state=self.state,
        )

    def changed(self) -> ClientChanged:
        return ClientChanged(
            version=self.version,
            region=self.region,
            client_id=self.client_id,
            organisation_kind=self.organisation_kind,
            organ_code=self.organ_code,
            state=self.state,
        )


def moved(client: Client, state: State, *, reason: str, by: str, at: datetime) -> Client:
    """Raises Refused where it is so already."""
    if client.state == state:
        raise Refused(
            "client-state-unchanged", "该系统已处于此状态", "The system is in this state already", field="state",
            conflict=True,
        )  # fmt: skip
    return replace(client, version=client.version + 1, state=state, reason=reason, changed_by=by, changed_at=at)
