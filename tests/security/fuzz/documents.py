"""The OpenAPI files as operations."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DIRECTORY = Path(__file__).parents[3] / "docs" / "openapi"
SERVICES = ("registry", "discipline", "rights", "rights-public", "progress", "exchange")

Schema = Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Operation:
    service: str
    method: str
    path: str
    parameters: tuple[Mapping[str, Any], ...]
    contents: Mapping[str, Schema]
    """Media types of the body → its schema."""
    responses: Mapping[str, Mapping[str, Any]]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def declared(self, status: int) -> Mapping[str, Any] | None:
        """What is said of this status, or of the range it is in."""
        return self.responses.get(str(status)) or self.responses.get(f"{status // 100}XX")


@dataclass(frozen=True)
class Document:
    service: str
    components: Mapping[str, Schema]
    operations: tuple[Operation, ...]

    def resolved(self, schema: Schema) -> Schema:
        while (reference := schema.get("$ref")) is not None:
            schema = self.components[reference.rpartition("/")[2]]
        return schema


def load(service: str) -> Document:
    told = json.loads((DIRECTORY / f"{service}.json").read_text())
    return Document(service, told["components"]["schemas"], tuple(_operations(service, told["paths"])))


def _operations(service: str, paths: Mapping[str, Mapping[str, Any]]) -> Iterator[Operation]:
    for path, item in paths.items():
        for method, told in item.items():
            contents = told.get("requestBody", {}).get("content", {})
            yield Operation(
                service,
                method.upper(),
                path,
                tuple(told.get("parameters", ())),
                {kind: content.get("schema", {}) for kind, content in contents.items()},
                told["responses"],
            )
