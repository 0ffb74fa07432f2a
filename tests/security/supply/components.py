"""All of it, from the locks that installation obeys: Python packages, Kafka's and Keycloak's jars, npm packages; what
data of others are checked in; and images that engines run from and ours are built on, as compose, chart and
Containerfile name them.

What else lies in such an image, as the packages of its Debian, is told by whoever made it, or by a scanner where images
are kept: nothing here pulls any."""

import base64
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
_INTEGRITY = re.compile(r"^sha512-([A-Za-z0-9+/]{86}==)$")
_IMAGE = re.compile(r"^(?: *image: |ARG PYTHON_IMAGE=)((?:[a-z0-9.-]+/)*[a-z0-9-]+):([0-9A-Za-z._-]+)", re.MULTILINE)
_NAMING_IMAGES = (
    "deploy/compose/engines.yaml", "deploy/compose/backup.yaml", "deploy/helm/yulu/values.yaml",
    "deploy/containers/Containerfile",
)  # fmt: skip
_RULES: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "licences.yaml").read_text())


@dataclass(frozen=True)
class Component:
    kind: str
    """As in a package URL: pypi, maven, npm or docker."""
    name: str
    version: str
    licence: str
    """SPDX expression; empty where nobody knows."""
    hashes: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """Algorithm and digest in hex, of each file that may be installed. An image's is the deployer's to give."""

    @property
    def purl(self) -> str:
        name = self.name.replace(":", "/").replace("@", "%40")
        host, _, path = name.partition("/")
        if self.kind == "docker" and "." in host:
            return f"pkg:docker/{path}@{self.version}?repository_url={host}"
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
    return [*python_packages(), *jars(), *npm_packages(), *images(), passwords()]


def python_packages() -> Iterator[Component]:
    lock = (ROOT / "requirements.lock").read_text()
    for block in re.split(r"\n(?=[a-z0-9])", lock):
        if (found := _PINNED.match(block)) is not None:
            name, version = found.groups()
            yield Component(
                "pypi", name, version, _licence("pypi", name), tuple(("SHA-256", each) for each in _HASH.findall(block))
            )


def jars() -> Iterator[Component]:
    for lock in sorted((ROOT / "deploy/local/yulu_local").glob("*.sha256")):
        for line in lock.read_text().splitlines():
            digest, _, told = line.partition("  ")
            group, artifact, version = told.split(":")[:3]
            name = f"{group}:{artifact}"
            yield Component("maven", name, version, _licence("maven", name), (("SHA-256", digest),))


def npm_packages() -> Iterator[Component]:
    """Of the portal's pages; what only tests use is not shipped."""
    lock = json.loads((ROOT / "services/portal/assets/package-lock.json").read_text())
    for place, told in lock["packages"].items():
        if place:
            name = place.rpartition("node_modules/")[2]
            hashes = tuple(
                ("SHA-512", base64.b64decode(found[1]).hex())
                for each in told["integrity"].split()
                if (found := _INTEGRITY.match(each)) is not None
            )
            yield Component("npm", name, told["version"], _spdx(told.get("license", "")), hashes)


def images() -> Iterator[Component]:
    """Under the licence of the program that each is made for."""
    named = {found for path in _NAMING_IMAGES for found in _IMAGE.findall((ROOT / path).read_text(encoding="utf-8"))}
    for name, version in sorted(named):
        yield Component("docker", name, version, _licence("docker", name.rpartition("/")[2]))


def passwords() -> Component:
    """What the list of breached passwords is made of: its data alone are shipped, nothing of it is installed."""
    told = yaml.safe_load((ROOT / "deploy/identity/passwords.yaml").read_text(encoding="utf-8"))["breached"]
    return Component("pypi", told["package"], told["version"], told["licence"], (("SHA-256", told["sha256"]),))


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
