"""Settings come from the environment alone; a wrong one ends the process with one sentence that names the variable."""

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_ISSUER = "http://127.0.0.1:8109"


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

    kafka_bootstrap_servers: str = "127.0.0.1:9092"

    oidc_issuer: str = DEVELOPMENT_ISSUER
    oidc_audience: str = "yulu"
    client_id: str | None = None
    client_secret: SecretStr | None = None

    host: str = "127.0.0.1"
    registry_port: int = Field(default=8101, ge=1, le=65535)
    discipline_port: int = Field(default=8102, ge=1, le=65535)
    rights_port: int = Field(default=8103, ge=1, le=65535)
    progress_port: int = Field(default=8104, ge=1, le=65535)
    registry_url: str = "http://127.0.0.1:8101"
    discipline_url: str = "http://127.0.0.1:8102"
    rights_url: str = "http://127.0.0.1:8103"
    progress_url: str = "http://127.0.0.1:8104"

    metrics_port: int | None = Field(
        default=None, ge=1, le=65535, description="Where a worker serves /metrics; services do so on their own port."
    )
    metrics_token: SecretStr | None = Field(
        default=None, description="What a scraper of a worker must send as bearer token; needed with METRICS_PORT."
    )

    public_rate_limit: str = Field(
        default="6000/minute",
        pattern=r"^(off|[1-9]\d*/(second|minute|hour))$",
        description="Public reads per client address, per process; `off` for benches.",
    )

    @classmethod
    def load(cls) -> Self:
        try:
            return cls()
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
    )
    @classmethod
    def _postgresql(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("must start with postgresql://")
        return value

    @field_validator("oidc_issuer", "registry_url", "discipline_url", "rights_url", "progress_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _production_is_explicit(self) -> Self:
        if self.environment == "production" and "oidc_issuer" not in self.model_fields_set:
            raise ValueError("OIDC_ISSUER must be set where ENVIRONMENT=production")
        return self


def _sentence(error: ValidationError) -> str:
    """The first fault only, and never its value: it may be a secret."""
    first = error.errors(include_input=False, include_url=False)[0]
    reason = first["msg"].removeprefix("Value error, ")
    if not first["loc"]:
        return f"{reason}."
    return f"The environment variable {str(first['loc'][0]).upper()} is not valid: {reason[0].lower()}{reason[1:]}."
