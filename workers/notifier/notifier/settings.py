"""Settings of the notifier: one gateway per channel, each off until its address is given."""

from pathlib import Path
from typing import ClassVar

from common.settings import Settings
from pydantic import Field, SecretStr, field_validator, model_validator


class NotifierSettings(Settings):
    service: ClassVar[str] = "rights"

    notifier_poll_seconds: float = Field(default=2.0, gt=0, description="Pause while there is nothing to send.")
    notifier_batch: int = Field(default=20, ge=1, le=100, description="Messages taken, and sent, at a time.")
    notifier_send_seconds: float = Field(
        default=20.0, gt=0, le=45, description="A gateway that has not answered by then has failed."
    )
    notifier_sms_url: str | None = Field(
        default=None, description="Gateway of text messages, POST of JSON; without it the sink, in production none."
    )
    notifier_sms_secret: SecretStr | None = Field(default=None, description="Bearer token of that gateway.")
    notifier_voice_url: str | None = Field(default=None, description="Gateway of voice calls; as above.")
    notifier_voice_secret: SecretStr | None = Field(default=None, description="Bearer token of that gateway.")
    notifier_wecom_url: str | None = Field(default=None, description="Gateway of government WeChat; as above.")
    notifier_wecom_secret: SecretStr | None = Field(default=None, description="Bearer token of that gateway.")
    notifier_smtp_host: str | None = Field(default=None, description="Mail server; without it as above.")
    notifier_smtp_port: int = Field(default=587, ge=1, le=65535)
    notifier_smtp_starttls: bool = Field(default=True, description="Encrypt before anything is said.")
    notifier_smtp_user: str | None = None
    notifier_smtp_password: SecretStr | None = None
    notifier_smtp_from: str | None = Field(default=None, description="Sender of e-mail; needed with a mail server.")

    @field_validator("notifier_sms_url", "notifier_voice_url", "notifier_wecom_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must start with http:// or https://")
        return value

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> "NotifierSettings":
        if self.notifier_smtp_host is not None and self.notifier_smtp_from is None:
            raise ValueError("NOTIFIER_SMTP_FROM must be set with NOTIFIER_SMTP_HOST")
        return self

    @property
    def sink(self) -> Path:
        return Path(self.data_dir) / "notifier" / "sink.ndjson"
