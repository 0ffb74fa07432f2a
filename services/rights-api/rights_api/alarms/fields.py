"""Bodies of the notifier's requests."""

from common.http import RequestModel
from pydantic import Field

from rights_api.alarms.domain import Outcome


class Lease(RequestModel):
    limit: int = Field(default=20, ge=1, le=100)


class Report(RequestModel):
    attempt: int = Field(ge=1, le=1000)
    outcome: Outcome
    provider_code: str = Field(
        pattern=r"^[A-Za-z0-9._-]{1,40}$", description="通道返回的代码，不含任何正文 / the provider's code, no text"
    )
