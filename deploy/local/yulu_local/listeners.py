"""Kafka's two doors: plaintext on the loopback address for our own processes, TLS with SCRAM for everybody else."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from yulu_local.ports import LOOPBACK
from yulu_local.problems import Misfortune

EXTERNAL_PORT = ("KAFKA_EXTERNAL_PORT", 9093)
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Listeners:
    port: int
    external_port: int
    external_host: str = LOOPBACK
    """Where others reach the broker: bound, told to clients, named in the certificate."""

    @classmethod
    def of(cls, environment: Mapping[str, str], port: int, external_port: int) -> "Listeners":
        """Reads KAFKA_HOST and KAFKA_EXTERNAL_HOST. Raises Misfortune where plaintext would leave the machine."""
        host = environment.get("KAFKA_HOST") or LOOPBACK
        if host not in (LOOPBACK, "localhost"):
            raise Misfortune(
                f"KAFKA_HOST={host}：明文监听只在 {LOOPBACK}；供其他系统连接，请设置 KAFKA_EXTERNAL_HOST（TLS）。",
                f"KAFKA_HOST={host}: plaintext is for {LOOPBACK} only; for other systems set "
                "KAFKA_EXTERNAL_HOST, which is TLS.",
            )
        external = environment.get("KAFKA_EXTERNAL_HOST") or LOOPBACK
        if not _HOST.fullmatch(external) or external == "0.0.0.0":  # noqa: S104 - refused
            raise Misfortune(
                f"KAFKA_EXTERNAL_HOST={external} 不是客户端可以连接的主机名或 IPv4 地址。",
                f"KAFKA_EXTERNAL_HOST={external} is no host name or IPv4 address that clients can connect to.",
            )
        return cls(port, external_port, external)

    @property
    def certified_hosts(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(("localhost", LOOPBACK, self.external_host)))

    def properties(self, controller: int) -> dict[str, object]:
        """controller: a port for the node's talk with itself."""
        plain = f"PLAINTEXT://{LOOPBACK}:{self.port}"
        external = f"EXTERNAL://{self.external_host}:{self.external_port}"
        return {
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"{plain},{external},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"{plain},{external}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,EXTERNAL:SASL_SSL",
            "inter.broker.listener.name": "PLAINTEXT",
        }


SUITES = (
    "TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256", "TLS_CHACHA20_POLY1305_SHA256",
    *(
        f"TLS_ECDHE_{key}_WITH_{cipher}"
        for cipher in ("AES_256_GCM_SHA384", "CHACHA20_POLY1305_SHA256", "AES_128_GCM_SHA256")
        for key in ("ECDSA", "RSA")
    ),
)  # fmt: skip
"""As Java names them: a fresh key exchange and authenticated encryption alone."""


def security(key_store: object) -> dict[str, object]:
    """Deny by default. Whoever reaches the loopback listeners is us; SASL gives everybody else another name."""
    external = "listener.name.external"
    scram = f"{external}.scram-sha-512"
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": "User:ANONYMOUS",
        f"{external}.ssl.keystore.type": "PEM",
        f"{external}.ssl.keystore.location": key_store,
        f"{external}.ssl.enabled.protocols": "TLSv1.3,TLSv1.2",
        f"{external}.ssl.cipher.suites": ",".join(SUITES),
        f"{external}.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        f"{scram}.sasl.jaas.config": "org.apache.kafka.common.security.scram.ScramLoginModule required;",
        # A password taken back ends sessions that began with it; what was granted ends at once, with its rule.
        f"{scram}.connections.max.reauth.ms": 900_000,
        # A stranger who opens connections must not take those of our own processes.
        f"{external}.max.connections": 1_000,
    }
