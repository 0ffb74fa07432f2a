"""What compose and chart must agree with: processes, settings and secrets, as they are declared elsewhere."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from yulu_local.processes import PROCESSES, Process, Stage

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
OURS: dict[str, Process] = {
    process.name: process for process in PROCESSES if process.stage in (Stage.SERVICES, Stage.WORKERS)
}
SECRETS: dict[str, Any] = yaml.safe_load((DEPLOY / "secrets.yaml").read_text("utf-8"))
SETTINGS = frozenset(
    re.findall(r"^\| `([A-Z0-9_]+)` \|", (ROOT / "docs" / "settings.md").read_text("utf-8"), re.MULTILINE)
)
NOT_OURS = frozenset({"SECRETS_DIR", "SSL_CERT_FILE", "PROBE_URL"})
"""Read by `Settings.load`, by TLS clients and by `common.probe`."""


def secrets_of(process: str) -> set[str]:
    return {*SECRETS["every"], *SECRETS["processes"][process]}


def preparation() -> ModuleType:
    """`deploy/compose/prepare.py`, which is a script and no package."""
    spec = importlib.util.spec_from_file_location("prepare", DEPLOY / "compose" / "prepare.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def script_of(name: str, into: Path, *changes: tuple[str, str]) -> Path:
    """A copy of a file of compose's, with what exists in its container alone put right."""
    text = (DEPLOY / "compose" / name).read_text("utf-8")
    for former, now in changes:
        assert former in text, f"{name} does not say {former}"
        text = text.replace(former, now)
    copy = into / Path(name).name
    copy.write_text(text, "utf-8")
    return copy
