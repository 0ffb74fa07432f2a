"""The runbook as a person at a shell uses it: the first block once, then the commands of one section."""

import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import yaml

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
ENGINES_TEXT = (ROOT / "docs" / "runbook-engines.md").read_text(encoding="utf-8")
FOLDER = ROOT / "deploy" / "observability"
ALERTS = yaml.safe_load((FOLDER / "alerts.yaml").read_text(encoding="utf-8"))
ENGINES = yaml.safe_load((FOLDER / "engines.yaml").read_text(encoding="utf-8"))
"""Of a cluster alone."""
NAMES = [rule["alert"] for group in ALERTS["groups"] for rule in group["rules"]]
_BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_OF_CLUSTER = re.compile(r"^```bash cluster\n(.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND_SECONDS = 300


def section(alert: str) -> str:
    return f"{TEXT}\n{ENGINES_TEXT}".partition(f"\n## {alert}\n")[2].partition("\n## ")[0]


def commands(alert: str) -> list[str]:
    return _BLOCK.findall(section(alert))


def cluster_commands(alert: str) -> list[str]:
    """Which no machine here can run: it has no cluster."""
    return _OF_CLUSTER.findall(section(alert))


def script(alert: str, ports: Mapping[int, int]) -> str:
    """ports: those written in the runbook, which are the defaults, and where the system really listens."""
    first = _BLOCK.findall(TEXT.partition("\n## ")[0])
    text = "\n".join([*first, *commands(alert)])
    return re.sub(r"\b8\d{3}\b", lambda found: str(ports.get(int(found[0]), found[0])), text)


def run(alert: str, ports: Mapping[int, int], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Status and all that it said."""
    return subprocess.run(
        ["bash", "-c", script(alert, ports)],  # noqa: S607
        cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
        timeout=COMMAND_SECONDS,
    )  # fmt: skip
