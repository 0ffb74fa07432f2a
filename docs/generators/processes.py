"""Our processes, as far as documents are made of them: OpenAPI files and settings."""

import importlib
import json
import tempfile
from collections.abc import Sequence
from functools import cache
from typing import Any

from common.settings import Settings
from pydantic_core import PydanticUndefined

from generators import NOTICE
from generators.tables import table

SERVICES = ("registry", "discipline", "rights", "progress", "exchange")
WORKERS = ("outbox_relay", "progress_projector", "notifier", "webhook_dispatcher")
PACKAGES = (*(f"{service}_api" for service in SERVICES), "portal", *WORKERS)


def settings_class(package: str, module_name: str = "settings") -> type[Settings]:
    """The one settings class that a process declares."""
    module = importlib.import_module(f"{package}.{module_name}")
    [found] = [
        item
        for item in vars(module).values()
        if isinstance(item, type) and issubclass(item, Settings) and item.__module__ == module.__name__
    ]
    return found


def settings_of(service: str, data_dir: str) -> Settings:
    found = settings_class(f"{service}_api")
    return found(environment="test", data_dir=data_dir, database_url="postgresql://nobody@127.0.0.1:1")


def public_openapi() -> str:
    """Of the complainants' process of the rights channel."""
    return json.dumps(public_document(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


@cache
def public_document() -> Any:
    with tempfile.TemporaryDirectory() as data_dir:
        module = importlib.import_module("rights_api.public_settings")
        settings = module.PublicSettings(
            environment="test",
            data_dir=data_dir,
            database_url="postgresql://nobody@127.0.0.1:1",
            rights_office_public_key="09" + "00" * 31,
        )
        return importlib.import_module("rights_api.public_app").build_public_app(settings).openapi()


@cache
def document(service: str) -> Any:
    """The service's app is built, never started: no engine is asked. In the order of its models."""
    package = f"{service}_api"
    with tempfile.TemporaryDirectory() as data_dir:  # development keys are made there
        settings = settings_of(service, data_dir)
        return importlib.import_module(f"{package}.app").build_app(settings).openapi()


def openapi(service: str) -> str:
    return json.dumps(document(service), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def settings() -> str:
    """Every environment variable of every process of ours."""
    parts = [f"# Settings\n\n{NOTICE} Environment variables; there are no settings files.\n", "## Every process\n"]
    parts.append(_fields(Settings, ()))
    processes = [(package.replace("_", "-"), settings_class(package)) for package in PACKAGES]
    processes.append(("rights-api serve-public", settings_class("rights_api", "public_settings")))
    processes.append(("backup (`python -m yulu_backup`)", settings_class("yulu_backup")))
    for name, found in processes:
        if own := [field for field in found.model_fields if field not in Settings.model_fields]:
            parts.append(f"## {name}\n\n{_fields(found, own)}")
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
