"""What a connected system may on Kafka, and whether it may be given a password."""

from contracts.entitlements import PUBLIC_CHANNEL, shared_channel

from exchange_api.clients.domain import Client
from exchange_api.kafka_access.grants import Grant
from exchange_api.refusals import Refused


def grant_of(client: Client) -> Grant:
    """The public channel and its organ's own; while suspended, nothing."""
    channels = {PUBLIC_CHANNEL, shared_channel(client.organ_code)} if client.state == "active" else set()
    return Grant(str(client.client_id), client.organ_code, frozenset(channels))


def demand_active(client: Client) -> None:
    """Raises Refused."""
    if client.state != "active":
        raise Refused(
            "client-suspended", "该系统已暂停接入", "This system is suspended", field="client_id", conflict=True
        )
