"""Reading the data files that lie beside these modules."""

from importlib import resources
from typing import Any

import yaml


def load_yaml(name: str) -> Any:
    """A data file of this package; the C loader takes a tenth of the time and is not in every build of PyYAML."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text_of(name), Loader=loader)  # noqa: S506 - both are safe loaders


def text_of(name: str) -> str:
    """The file as it stands."""
    return resources.files("contracts").joinpath(name).read_text(encoding="utf-8")
