"""Our processes, as far as documents are made of them: OpenAPI files and settings."""

import importlib
import json
import tempfile
from collections.abc import Sequence

from common.settings import Settings
from pydantic_core import PydanticUndefined

from generators import NOTICE
from generators.tables import table

SERVICES = ("registry", "discipline", "rights", "progress")
PACKAGES = (*(f"{service}_api" for service in SERVICES), "outbox_relay", "progress_projector")


def settings_class(package: str) -> type[Settings]:
    """The one settings class that a process declares."""
    module = importlib.import_module(f"{package}.settings")
    [found] = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Settings) and item.__module__ == module.__name__
    ]
    return found


def openapi(service: str) -> str:
    """The service's app is built, never started: no engine is asked."""
    package = f"{service}_api"
    with tempfile.TemporaryDirectory() as data_dir:  # development keys are made there
        settings = settings_class(package)(
            environment="test", data_dir=data_dir, database_url="postgresql://nobody@127.0.0.1:1"
        )
        app = importlib.import_module(f"{package}.app").build_app(settings)
        return json.dumps(app.openapi(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def settings() -> str:
    """Every environment variable of every process of ours."""
    parts = [f"# Settings\n\n{NOTICE} Environment variables; there are no settings files.\n", "## Every process\n"]
    parts.append(_fields(Settings, ()))
    for package in PACKAGES:
        found = settings_class(package)
        if own := [name for name in found.model_fields if name not in Settings.model_fields]:
            parts.append(f"## {package.replace('_', '-')}\n\n{_fields(found, own)}")
    return "\n".join(parts)


def _fields(cls: type[Settings], names: Sequence[str]) -> str:
    def default(name: str) -> str:
        field = cls.model_fields[name]
        if field.default_factory is not None:
            return "(of this machine)"
        return "" if field.default in (None, PydanticUndefined) else f"`{field.default}`"

    return table(
        ("variable", "default", "meaning"),
        (
            (f"`{name.upper()}`", default(name), cls.model_fields[name].description or "")
            for name in names or Settings.model_fields
        ),
    )
