"""The desks of the services' own tests, attacked."""

from tests.integration.registry.conftest import desk, registry_dsn

__all__ = ["desk", "registry_dsn"]
