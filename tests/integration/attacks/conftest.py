"""The desks of the services' own tests, attacked."""

from tests.integration.registry.conftest import desk, public_cache_entries, registry_dsn

__all__ = ["desk", "public_cache_entries", "registry_dsn"]
