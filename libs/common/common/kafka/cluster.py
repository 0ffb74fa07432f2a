"""Where Kafka is, and how our own processes prove there who they are: the one place that tells clients."""

from dataclasses import dataclass, field
from typing import Any, Self

from pydantic import SecretStr

from common.certificates import Renewing
from common.settings import Settings

MECHANISM = "SCRAM-SHA-512"


@dataclass(frozen=True, slots=True)
class Cluster:
    """Without a user name it is plaintext, which is for the loopback address; with one, TLS and SCRAM-SHA-512."""

    bootstrap_servers: str
    username: str | None = None
    password: SecretStr | None = field(default=None, repr=False)
    ca_file: str | None = None
    """PEM; None trusts what the machine trusts."""
    replication_factor: int = 1
    min_insync_replicas: int = 1
    """Of topics that are made."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        secured = settings.kafka_security_protocol != "PLAINTEXT"
        return cls(
            settings.kafka_bootstrap_servers,
            username=settings.kafka_username if secured else None,
            password=settings.kafka_password if secured else None,
            ca_file=settings.kafka_ca_file if secured else None,
            replication_factor=settings.kafka_replication_factor,
            min_insync_replicas=settings.kafka_min_insync_replicas,
        )

    def options(self) -> dict[str, Any]:
        """Keyword arguments for aiokafka and kafka-python. Raises OSError where the CA cannot be read."""
        options: dict[str, Any] = {"bootstrap_servers": self.bootstrap_servers}
        if self.username is not None:
            options |= {
                "security_protocol": "SASL_SSL",
                "ssl_context": Renewing.trusting(self.ca_file, of="kafka"),
                "sasl_mechanism": MECHANISM,
                "sasl_plain_username": self.username,
                "sasl_plain_password": "" if self.password is None else self.password.get_secret_value(),
            }
        return options
