"""Settings of exchange-api."""

from typing import ClassVar

from common.keys import deployment_key
from common.outbound import Outbound, networks
from common.secrecy.keys import KEK_BYTES
from common.settings import Settings
from common.signing import KEY_BYTES, Signer, retired_keys
from pydantic import Field, SecretStr, model_validator

OF_CLOSED_FEEDS = ("/v1/inbound/transfers",)
"""Paths whose calls become complaints, in discipline's feed or in rights': neither counted for operators nor traced."""


class ExchangeSettings(Settings):
    service: ClassVar[str] = "exchange"

    timer_seconds: float = Field(default=30.0, gt=0, description="How often what is due by time is looked for.")
    heartbeat_seconds: float = Field(default=15.0, gt=0, description="How often open event streams are told the heads.")
    stream_listeners: int = Field(
        default=12_000, ge=1, description="Open event streams and long polls at a time, per process."
    )
    stream_listeners_public: int | None = Field(
        default=None,
        ge=0,
        description="Of these, what readers of the public channel alone may hold altogether; the rest is kept for "
        "connected systems and officers. Default: a third.",
    )
    stream_listeners_per_client: int = Field(
        default=200, ge=1, description="Of these, what one connected system or officer (`sub`) may hold."
    )
    stream_listeners_per_public_reader: int = Field(
        default=20,
        ge=1,
        description="Of these, what one reader of the public channel alone may hold: one `sub`, or without a token one "
        "address (IPv6: one /64).",
    )
    stream_write_seconds: float = Field(
        default=20.0, gt=0, description="A stream whose client takes nothing for so long is cut."
    )
    consumer_group: str = "exchange-releases"
    consumer_instance: str | None = Field(
        default=None,
        description="Static membership of `release`; by default after the host. A second one on a host needs another.",
    )
    exchange_kek: SecretStr | None = Field(
        default=None,
        description="SM4 key that wraps the keys of sealed texts and secrets, 32 hex digits; a file in development.",
    )
    webhook_allowed_networks: str = Field(
        default="",
        description="Private networks (CIDR, comma between) to which webhooks may go, also without TLS; the same for "
        "webhook-dispatcher. In development `127.0.0.0/8` for a receiver on this machine.",
    )
    webhook_plan_seconds: float = Field(default=0.5, gt=0, description="Pause while no endpoint is owed anything new.")
    exchange_signing_key: SecretStr | None = Field(
        default=None,
        description="Ed25519 key of hourly and other signed heads, 64 hex digits; a file in development.",
    )
    exchange_retired_signing_keys: str = Field(
        default="", description="Public keys (64 hex digits, comma between) that signed before and stay published."
    )

    @model_validator(mode="after")
    def _not_all_places_are_the_publics(self) -> "ExchangeSettings":
        if (self.stream_listeners_public or 0) >= self.stream_listeners:
            raise ValueError("STREAM_LISTENERS_PUBLIC must be less than STREAM_LISTENERS")
        return self

    @model_validator(mode="after")
    def _networks(self) -> "ExchangeSettings":
        self.outbound()
        return self

    def outbound(self) -> Outbound:
        return Outbound(networks(self.webhook_allowed_networks, production=self.environment == "production"))

    @property
    def public_listeners(self) -> int:
        return self.stream_listeners // 3 if self.stream_listeners_public is None else self.stream_listeners_public

    @property
    def kek(self) -> bytes:
        return deployment_key(self, "exchange_kek", KEK_BYTES, "seals what organs send us, and secrets of webhooks")

    def signer(self) -> Signer:
        key = deployment_key(self, "exchange_signing_key", KEY_BYTES, "signs hourly heads")
        return Signer(key, retired_keys("EXCHANGE_RETIRED_SIGNING_KEYS", self.exchange_retired_signing_keys))
