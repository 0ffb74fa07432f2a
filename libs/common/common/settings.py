"""Settings come from the environment alone; a wrong one ends the process with one sentence that names the variable."""

import os
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_ISSUER = "http://127.0.0.1:8108/realms/yulu"


class InvalidSettings(SystemExit):
    """Uncaught, Python prints its one sentence to stderr, without a traceback, and exits with status 1."""


class Settings(BaseSettings):
    """Base of every process's settings. A service's subclass only sets `service: ClassVar[str] = "registry"`."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    service: ClassVar[str] = ""

    environment: Literal["development", "test", "production"] = "development"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    data_dir: str = ".local"

    # URLs may hold a password: never in repr.
    database_url: str | None = Field(default=None, repr=False)
    registry_database_url: str | None = Field(default=None, repr=False)
    discipline_database_url: str | None = Field(default=None, repr=False)
    rights_database_url: str | None = Field(default=None, repr=False)
    progress_database_url: str | None = Field(default=None, repr=False)
    exchange_database_url: str | None = Field(default=None, repr=False)
    portal_database_url: str | None = Field(default=None, repr=False)
    database_pool_size: int = Field(
        default=10,
        ge=1,
        le=100,
        description="Connections to a database kept for one use; at most four times as many are open for all uses, and "
        "two for waiting; the projector while it rebuilds: twice that. The chart reckons with it what each role may "
        "open.",
    )

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SASL_SSL"] = Field(
        default="PLAINTEXT",
        description="PLAINTEXT is for the loopback address; SASL_SSL is TLS with SCRAM-SHA-512.",
    )
    kafka_ca_file: str | None = Field(
        default=None, description="PEM file of the authority that signs the brokers; default: what the machine trusts."
    )
    kafka_replication_factor: int = Field(
        default=1, ge=1, le=32_767, description="Of topics that are made: on how many brokers each partition is."
    )
    kafka_min_insync_replicas: int = Field(
        default=1, ge=1, le=32_767, description="Of topics that are made: how many must have what is acknowledged."
    )
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None

    oidc_issuer: str = DEVELOPMENT_ISSUER
    oidc_audience: str = "yulu"
    client_id: str | None = None
    client_secret: SecretStr | None = None

    host: str = "127.0.0.1"
    tls_cert_file: str | None = Field(
        default=None,
        description="PEM file of the certificate, with its chain, that this process answers with; needed where "
        "ENVIRONMENT=production and HOST is not the loopback address.",
    )
    tls_key_file: str | None = Field(default=None, description="PEM file of its key; both or neither.")
    trusted_proxies: str = Field(
        default="127.0.0.1",
        description="Addresses and networks (CIDR), comma between, whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed: of the reverse proxy, and of the portal, which passes its visitor's address on to the services.",
    )
    registry_port: int = Field(default=8101, ge=1, le=65535)
    discipline_port: int = Field(default=8102, ge=1, le=65535)
    rights_port: int = Field(default=8103, ge=1, le=65535)
    rights_public_port: int = Field(default=8106, ge=1, le=65535)
    progress_port: int = Field(default=8104, ge=1, le=65535)
    exchange_port: int = Field(default=8107, ge=1, le=65535)
    portal_port: int = Field(default=8100, ge=1, le=65535)
    registry_url: str = "http://127.0.0.1:8101"
    discipline_url: str = "http://127.0.0.1:8102"
    rights_url: str = "http://127.0.0.1:8103"
    rights_public_url: str = Field(
        default="http://127.0.0.1:8106", description="Where complainants reach the rights channel."
    )
    progress_url: str = "http://127.0.0.1:8104"
    exchange_url: str = "http://127.0.0.1:8107"
    portal_url: str = Field(default="http://127.0.0.1:8100", description="Where browsers reach the portal.")

    metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="Where a worker serves /metrics; services do so on their own port."
    )
    metrics_token: SecretStr | None = Field(
        default=None,
        description="What the operators' scraper sends as bearer token, and is told nothing of closed feeds; "
        "needed with METRICS_PORT.",
    )
    metrics_closed_token: SecretStr | None = Field(
        default=None, description="The same for whoever may read the closed feeds too: he is told everything."
    )

    otel_exporter_otlp_endpoint: str | None = Field(
        default=None,
        description="Collector of traces, OTLP over HTTP; spans go to `/v1/traces` below it. Not from closed services.",
    )
    traces_to_files: bool = Field(
        default=False, description="Traces as NDJSON into `DATA_DIR/traces`, for development. Not of closed services."
    )

    drain_seconds: float = Field(
        default=0,
        ge=0,
        le=300,
        description="After SIGTERM, how long everything is still answered while `/health/ready` fails; where several "
        "processes stand behind a balancer, longer than it takes to notice and than clients keep idle connections.",
    )

    gateways_file: str | None = Field(
        default=None,
        description="JSON file of data-sharing gateways and the callers that each may name; see docs/gateway.md.",
    )

    public_rate_limit: str = Field(
        default="6000/minute",
        pattern=r"^(off|[1-9]\d*/(second|minute|hour))$",
        description="Requests without an account per client address, per process; `off` for benches.",
    )

    @classmethod
    def load(cls) -> Self:
        """Where SECRETS_DIR names a folder, its files are read too: each named like a variable, the content its value.

        A variable goes before a file.
        """
        folder = os.environ.get("SECRETS_DIR") or None
        if folder is not None and not Path(folder).is_dir():
            raise InvalidSettings("SECRETS_DIR must name a folder that exists.")
        try:
            return cls(_secrets_dir=folder)
        except ValidationError as error:
            raise InvalidSettings(_sentence(error)) from error

    @property
    def dsn(self) -> str:
        """This service's own database."""
        return self.dsn_of(self.service)

    def dsn_of(self, service: str) -> str:
        own: str | None = getattr(self, f"{service}_database_url", None)
        if own is not None:
            return own
        if self.database_url is None:
            raise InvalidSettings(
                f"Set DATABASE_URL to the PostgreSQL server (postgresql://user@host:5432), "
                f"or {service.upper()}_DATABASE_URL to the database of {service}."
            )
        server, question_mark, options = self.database_url.partition("?")
        return f"{server.rstrip('/')}/{service}{question_mark}{options}"

    @property
    def port(self) -> int:
        port: int = getattr(self, f"{self.service}_port")
        return port

    def url_of(self, service: str) -> str:
        url: str = getattr(self, f"{service}_url")
        return url

    @property
    def certificate(self) -> tuple[str, str] | None:
        """Files of the certificate and of its key that this process answers with; None: in the clear.

        Raises InvalidSettings where others than this machine would be answered so in production.
        """
        if self.tls_cert_file is not None and self.tls_key_file is not None:
            return self.tls_cert_file, self.tls_key_file
        if self.environment == "production" and not is_loopback(self.host):
            raise InvalidSettings(
                "TLS_CERT_FILE must be set where ENVIRONMENT=production, unless HOST is the loopback address."
            )
        return None

    @field_validator("trusted_proxies")
    @classmethod
    def _networks_of_proxies(cls, value: str) -> str:
        """uvicorn would take what is no address for the name of a socket, and believe nobody."""
        for each in value.split(","):
            try:
                network = ip_network(each.strip())
            except ValueError:
                raise ValueError("must be addresses or networks such as 10.42.0.0/16, with commas between") from None
            if network.prefixlen == 0:
                raise ValueError("must not be everybody: any client could say any address of itself")
        return ",".join(each.strip() for each in value.split(","))

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator(
        "database_url",
        "registry_database_url",
        "discipline_database_url",
        "rights_database_url",
        "progress_database_url",
        "exchange_database_url",
        "portal_database_url",
    )
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator(
        "oidc_issuer",
        "registry_url",
        "discipline_url",
        "rights_url",
        "rights_public_url",
        "progress_url",
        "exchange_url",
        "portal_url",
        "otel_exporter_otlp_endpoint",
    )
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is None:
            return None
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _kafka_is_told_who_asks(self) -> Self:
        if self.kafka_security_protocol == "SASL_SSL":
            for name in ("kafka_username", "kafka_password"):
                if getattr(self, name) is None:
                    raise ValueError(f"{name.upper()} must be set where KAFKA_SECURITY_PROTOCOL=SASL_SSL")
            if self.kafka_ca_file is not None and not Path(self.kafka_ca_file).is_file():
                raise ValueError("KAFKA_CA_FILE must name a file that exists")
        elif self.environment == "production" and not _on_loopback(self.kafka_bootstrap_servers):
            raise ValueError(
                "KAFKA_SECURITY_PROTOCOL must be SASL_SSL where ENVIRONMENT=production, "
                "unless KAFKA_BOOTSTRAP_SERVERS is on the loopback address"
            )
        return self

    @model_validator(mode="after")
    def _tls_is_whole(self) -> Self:
        if (self.tls_cert_file is None) is not (self.tls_key_file is None):
            raise ValueError("TLS_CERT_FILE and TLS_KEY_FILE must both be set, or neither")
        for name in ("tls_cert_file", "tls_key_file"):
            path = getattr(self, name)
            if path is not None and not Path(path).is_file():
                raise ValueError(f"{name.upper()} must name a file that exists")
        return self

    @model_validator(mode="after")
    def _nobody_else_is_asked_in_the_clear(self) -> Self:
        """Of any setting that is an address, also those of subclasses."""
        if self.environment == "production":
            for name in type(self).model_fields:
                value = getattr(self, name)
                if isinstance(value, str) and _in_the_clear(value):
                    raise ValueError(
                        f"{name.upper()} must start with https:// where ENVIRONMENT=production, "
                        "unless it is on the loopback address"
                    )
        return self

    @model_validator(mode="after")
    def _enough_replicas_can_be_in_sync(self) -> Self:
        if self.kafka_min_insync_replicas > self.kafka_replication_factor:
            raise ValueError("KAFKA_MIN_INSYNC_REPLICAS must not be more than KAFKA_REPLICATION_FACTOR")
        return self

    @model_validator(mode="after")
    def _production_is_explicit(self) -> Self:
        if self.environment == "production" and "oidc_issuer" not in self.model_fields_set:
            raise ValueError("OIDC_ISSUER must be set where ENVIRONMENT=production")
        return self


def _on_loopback(bootstrap_servers: str) -> bool:
    """Whether every one of them is; a name counts by what it is, never by what it resolves to today."""
    hosts = [server.strip().rpartition(":")[0].strip("[]") for server in bootstrap_servers.split(",")]
    return all(is_loopback(host) for host in hosts)


def _in_the_clear(address: str) -> bool:
    """Whether it is an http address beyond this machine, however it is written."""
    if address[: len("http://")].lower() != "http://":
        return False
    return not is_loopback(urlsplit(address).hostname)


def is_loopback(host: str | None) -> bool:
    """By its number, or as `localhost`; any other name counts for none."""
    try:
        return host == "localhost" or ip_address(host or "").is_loopback
    except ValueError:
        return False


def _sentence(error: ValidationError) -> str:
    """The first fault only, and never its value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{reason}."
    return f"The environment variable {str(first['loc'][0]).upper()} is not valid: {reason[0].lower()}{reason[1:]}."
