"""How events are pushed to connected systems: webhooks.yaml, typed."""

from functools import lru_cache

from pydantic import Field

from contracts.package_data import load_yaml
from contracts.policy import Frozen


class WebhookRules(Frozen):
    """Pauses in seconds; `retries[n]` follows failure n + 1, and after the last one nothing follows by itself."""

    retries: tuple[int, ...] = Field(min_length=1)
    jitter: float = Field(ge=0, le=1)
    longest_retry_after: int = Field(gt=0)
    circuit_failures: int = Field(gt=0)
    circuit_pause: int = Field(gt=0)
    lease: int = Field(gt=0)
    parallel: int = Field(gt=0)
    most_pending: int = Field(gt=0)
    most_endpoints: int = Field(gt=0)


@lru_cache(maxsize=1)
def webhook_rules() -> WebhookRules:
    return WebhookRules.model_validate(load_yaml("webhooks.yaml"))
