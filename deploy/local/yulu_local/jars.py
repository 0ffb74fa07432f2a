"""What comes from Maven: committed lists of coordinates with SHA-256 digests, fetched once, checked at every start."""

import fcntl
import hashlib
import os
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext, PythonResolver

from yulu_local.problems import Misfortune

_LINE = re.compile(r"^([0-9a-f]{64})  ([^:\s]+):([^:\s]+):([^:\s]+?)(?::(zip))?$")


@dataclass(frozen=True)
class Jar:
    sha256: str
    group: str
    artifact: str
    version: str
    packaging: str = "jar"


BROKER = "kafka-jars.sha256"
"""The broker's whole class path; the list is complete, so nothing is resolved at run time."""
TOOLS = "kafka-tools-jars.sha256"
"""What Kafka's own command line needs beside it."""
KEYCLOAK = "keycloak-dist.sha256"
"""The whole server, as one archive."""


def locked(name: str = BROKER) -> list[Jar]:
    lines = files("yulu_local").joinpath(name).read_text().splitlines()
    jars = [Jar(*match.groups(default="jar")) for line in lines if (match := _LINE.match(line))]
    if len(jars) != len(lines):
        raise ValueError(f"{name} has a line that is not: digest, two spaces, group:artifact:version[:zip]")
    return jars


def cache_dir() -> Path:
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yulu" / "maven"


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fetch(
    cache: Path | None = None,
    *,
    jars: list[Jar] | None = None,
    progress: Callable[[str], None] = lambda _line: None,
    of: str = "Kafka",
) -> list[Path]:
    """The jars' paths, in the order of the list. Raises Misfortune where one cannot be had or is not the listed one."""
    cache = cache or cache_dir()
    jars = locked() if jars is None else jars
    remotes = {"central": MAVEN_CENTRAL_URL} | GlobalSettings.load().repositories
    context = MavenContext(repo_cache=cache, remote_repos=remotes, timeout=60)
    resolver = PythonResolver()

    def one(jar: Jar) -> tuple[Path, bool]:
        artifact = context.project(jar.group, jar.artifact).at_version(jar.version).artifact(packaging=jar.packaging)
        path = cache / artifact.component.path_prefix / artifact.filename
        if path.exists() and _digest(path) == jar.sha256:
            return path, False
        path.unlink(missing_ok=True)  # a download cut short, or a file someone changed
        try:
            resolver.download(artifact)
        except requests.RequestException as error:
            raise Misfortune(
                f"无法下载 {artifact.filename}（无网络？）：请检查网络或 HTTPS_PROXY，或在 jgo.conf 设置 Maven 镜像。",
                f"{artifact.filename} cannot be downloaded (no network?): check the network or HTTPS_PROXY, "
                "or set a Maven mirror in jgo.conf.",
            ) from error
        except RuntimeError as error:
            raise Misfortune(
                f"Maven 仓库没有 {artifact.filename}：请检查 jgo.conf 中的镜像设置。",
                f"The Maven repository has no {artifact.filename}: check the mirror in jgo.conf.",
            ) from error
        if (found := _digest(path)) != jar.sha256:
            path.unlink()
            raise Misfortune(
                f"{artifact.filename} 的 SHA-256 不符（{found[:12]}…）：下载损坏或被篡改，已删除；"
                "请重试，或在 jgo.conf 更换 Maven 镜像。",
                f"{artifact.filename} has another SHA-256 ({found[:12]}…): broken or tampered with, now deleted; "
                "try again, or change the Maven mirror in jgo.conf.",
            )
        return path, True

    cache.mkdir(parents=True, exist_ok=True)
    # Two processes at once would each take the other's half for a broken file.
    with (cache / "lock").open("a") as lock, ThreadPoolExecutor(max_workers=8) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        pending = [pool.submit(one, jar) for jar in jars]
        try:
            for done, future in enumerate(as_completed(pending), start=1):
                path, downloaded = future.result()
                if downloaded:
                    progress(f"{of} {done}/{len(jars)}  {path.name}  {path.stat().st_size / 1e6:.1f} MB")
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        return [future.result()[0] for future in pending]
