"""The desks of the services' own tests, attacked."""

from tests.integration.registry.conftest import app, desk, environment, first, registry_dsn

__all__ = ["app", "desk", "environment", "first", "registry_dsn"]
