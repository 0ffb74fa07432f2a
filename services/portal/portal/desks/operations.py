"""The services' operations as desks need them: made from their OpenAPI by `docs/generate.py`, never by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, cast
from urllib.parse import quote

import orjson
from starlette.exceptions import HTTPException

from portal.apis.apis import Service


@dataclass(frozen=True)
class Operation:
    """takes: `json`, `multipart`, `file` (the body is the file) or `nothing`. variants: by code, of a body that is one
    of several, told apart by `chooser`. answer: what an answer holds, a tree of `zh`, `kind`, `codes`, `in`."""

    service: Service
    method: str
    path: str
    zh: str
    en: str
    if_match: bool
    query: Mapping[str, Mapping[str, Any]]
    fields: tuple[Mapping[str, Any], ...] = ()
    takes: str = "nothing"
    media: tuple[str, ...] = ()
    chooser: str = ""
    variants: Mapping[str, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    variant_names: Mapping[str, str] = field(default_factory=dict)
    purpose: Mapping[str, Any] | None = None
    answer: Mapping[str, Any] = field(default_factory=dict)

    def at(self, *keys: str) -> str:
        """Its path with the parameters filled in, in their order; one key may fill none beyond.

        What stands behind an @ in a key is a parameter, not of the path; a part may begin with fixed letters. Raises
        HTTPException for what is no key.
        """
        own = [key.partition("@")[0] for key in keys]
        if {".", ".."} & set(own) or len(own) < self.parameters:
            raise HTTPException(404)
        given = iter(own)
        found = []
        for part in self.path.split("/"):
            fixed, brace, _ = part.partition("{")
            found.append(fixed + quote(next(given), safe="") if brace else part)
        return "/".join(found)

    @property
    def parameters(self) -> int:
        """Parts of its path that keys fill in."""
        return sum("{" in part for part in self.path.split("/"))


@cache
def _told() -> Mapping[str, Any]:
    found: Mapping[str, Any] = orjson.loads((files("portal") / "desks" / "operations.json").read_bytes())
    return found


@cache
def operation(name: str) -> Operation:
    """Raises KeyError for what no desk declares."""
    service, method, path = name.split(" ")
    told = dict(_told()["operations"][name])
    return Operation(cast(Service, service), method, path, **told)


def name_of(field_name: str) -> str:
    """In Chinese, where an answer is not described; the field's own name where nobody knows."""
    return cast(str, _told()["names"].get(field_name, field_name))


def value_of(field_name: str, value: str) -> str | None:
    """A code's Chinese name, where the answer it stands in is not described."""
    return cast("str | None", _told()["values"].get(field_name, {}).get(value))
