"""Settings of the portal."""

from typing import ClassVar

from common.keys import deployment_key
from common.secrecy.keys import KEK_BYTES
from common.settings import Settings
from pydantic import Field, SecretStr, field_validator, model_validator


class PortalSettings(Settings):
    service: ClassVar[str] = "portal"

    portal_kek: SecretStr | None = Field(
        default=None,
        description="SM4 key that seals the tokens of sessions, 32 hex digits; a file in development.",
    )
    identity_client_secret: SecretStr | None = Field(
        default=None, description="Of the client `identity`, which binds accounts to lawyers; without it none is bound."
    )
    identity_admin_url: str | None = Field(
        default=None,
        description="Where that client changes accounts, `…/admin/realms/yulu`; default: beside OIDC_ISSUER. Inside a "
        "cluster Keycloak's own service, so that its administration needs no way from outside.",
    )
    portal_organiser: str = Field(
        default="", description="主办单位 of the website, in the footer; needed in production."
    )
    portal_site_code: str = Field(
        default="", pattern=r"^(\d{10})?$", description="网站标识码, 10 digits; needed in production."
    )
    portal_icp_number: str = Field(default="", description="ICP filing number; needed in production.")
    portal_police_number: str = Field(default="", description="公安备案 number; needed in production.")

    @model_validator(mode="after")
    def _footer_is_complete(self) -> "PortalSettings":
        if self.environment == "production":
            for name in ("portal_organiser", "portal_site_code", "portal_icp_number", "portal_police_number"):
                if not getattr(self, name):
                    raise ValueError(f"{name.upper()} must be set where ENVIRONMENT=production")
            if not self.portal_url.startswith("https://"):
                raise ValueError("PORTAL_URL must start with https:// where ENVIRONMENT=production")
        return self

    @field_validator("portal_organiser", "portal_icp_number", "portal_police_number")
    @classmethod
    def _one_line(cls, value: str) -> str:
        if not value.isprintable():
            raise ValueError("must be one line")
        return value.strip()

    @field_validator("identity_admin_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return cls._http(value)

    @property
    def kek(self) -> bytes:
        return deployment_key(self, "portal_kek", KEK_BYTES, "seals the tokens of sessions")

    @property
    def secure(self) -> bool:
        """Whether browsers reach us by TLS: cookies then never travel without it."""
        return self.portal_url.startswith("https://")
