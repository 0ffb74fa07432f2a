"""Settings of the webhook dispatcher."""

from typing import ClassVar

from common.outbound import Outbound, networks
from common.settings import Settings
from pydantic import Field, model_validator


class DispatcherSettings(Settings):
    service: ClassVar[str] = "exchange"

    dispatcher_poll_seconds: float = Field(default=0.5, gt=0, description="Pause while there is nothing to send.")
    dispatcher_parallel: int = Field(default=64, ge=1, le=200, description="Deliveries under way at a time.")
    dispatcher_send_seconds: float = Field(
        default=20.0, gt=0, le=45, description="A receiver that has not answered by then has failed."
    )
    dispatcher_ca_file: str | None = Field(
        default=None, description="PEM file of authorities that sign receivers; default: what the machine trusts."
    )
    webhook_allowed_networks: str = Field(
        default="", description="Private networks (CIDR, comma between) that may be called; the same as exchange-api's."
    )

    @model_validator(mode="after")
    def _networks(self) -> "DispatcherSettings":
        self.outbound()
        return self

    def outbound(self) -> Outbound:
        return Outbound(networks(self.webhook_allowed_networks, production=self.environment == "production"))
