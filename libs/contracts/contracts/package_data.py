"""Reading the data files that lie beside these modules."""

from importlib import resources
from typing import Any

import yaml


def load_yaml(name: str) -> Any:
    """A data file of this package."""
    return yaml_of(text_of(name))


def yaml_of(text: str) -> Any:
    """The C loader takes a tenth of the time and is not in every build of PyYAML. Raises ValueError."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise ValueError(f"no YAML: {error}") from error


def text_of(name: str) -> str:
    """The file as it stands."""
    return resources.files("contracts").joinpath(name).read_text(encoding="utf-8")
