"""All of it, from the locks that installation obeys: Python packages, Kafka's and Keycloak's jars, npm packages."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
_PINNED = re.compile(r"^([a-z0-9][a-z0-9_.-]*)==([^ ;\\]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_RULES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "licences.yaml").read_text())


@dataclass(frozen=True)
class Component:
    kind: str
    """As in a package URL: pypi, maven or npm."""
    name: str
    version: str
    licence: str
    """SPDX expression; empty where nobody knows."""
    hashes: tuple[str, ...] = field(default=(), repr=False)
    """SHA-256 in hex, of each file that may be installed."""

    @property
    def purl(self) -> str:
        name = self.name.replace(":", "/").replace("@", "%40")
        return f"pkg:{self.kind}/{name}@{self.version}"

    @property
    def permitted(self) -> bool:
        """Every part of an "AND", or one of an "OR", is on the list."""
        return (
            any(
                all(part.strip(" ()") in _RULES["permitted"] for part in choice.split(" AND "))
                for choice in self.licence.split(" OR ")
            )
            or f"{self.kind}:{self.name}" in _RULES["exceptions"]
        )


def components() -> list[Component]:
    return [*python_packages(), *jars(), *npm_packages()]


def python_packages() -> Iterator[Component]:
    lock = (ROOT / "requirements.lock").read_text()
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        if (found := _PINNED.match(block)) is not None:
            name, version = found.groups()
            yield Component("pypi", name, version, _licence("pypi", name), tuple(_HASH.findall(block)))


def jars() -> Iterator[Component]:
    for lock in sorted((ROOT / "deploy/local/yulu_local").glob("*.sha256")):
        for line in lock.read_text().splitlines():
            digest, _, told = line.partition("  ")
            group, artifact, version = told.split(":")[:3]
            yield Component(
                "maven", f"{group}:{artifact}", version, _licence("maven", f"{group}:{artifact}"), (digest,)
            )


def npm_packages() -> Iterator[Component]:
    """Of the portal's pages; what only tests use is not shipped."""
    lock = json.loads((ROOT / "services/portal/assets/package-lock.json").read_text())
    for place, told in lock["packages"].items():
        if place:
            name = place.rpartition("node_modules/")[2]
            yield Component("npm", name, told["version"], _spdx(told.get("license", "")))


def _licence(kind: str, name: str) -> str:
    told: dict[str, str] = _RULES["known"]
    if (known := told.get(f"{kind}:{name}") or told.get(f"{kind}:{name.partition(':')[0]}")) is not None:
        return known
    if kind != "pypi":
        return ""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return ""
    if (expression := about.get("License-Expression")) is not None:
        return str(expression)
    classified = [
        each.rpartition(" :: ")[2] for each in about.get_all("Classifier", []) if each.startswith("License ::")
    ]
    return " OR ".join(map(_spdx, classified)) or _spdx(str(about.get("License") or ""))


def _spdx(text: str) -> str:
    told: dict[str, str] = _RULES["written_otherwise"]
    return told.get(text, text)
