"""The directory as it was made with this version: sharing.yaml with the fields of the OpenAPI files."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson
from contracts.package_data import text_of


@lru_cache(maxsize=1)
def directory() -> Mapping[str, Mapping[str, Any]]:
    """Entry by id, in the order of the file."""
    return {entry["id"]: entry for entry in orjson.loads(text_of("directory.json"))["resources"]}
