"""A real Prometheus over a running system, with the operators' token and the alert rules as they are deployed."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import yaml
from yulu_local.child import wrap
from yulu_local.ports import free_port

from tests.runbook.pages import ALERTS, ROOT
from tests.support.system import System

FOR = "4s"
"""Instead of each rule's `for`: that those are kept is tried by promtool (tests/contracts/data/alerts.yaml)."""


class Prometheus:
    def __init__(self, url: str) -> None:
        self._client = httpx.Client(base_url=url, trust_env=False, timeout=30)

    def firing(self) -> dict[str, list[dict[str, str]]]:
        """Alert → labels of each that fires now."""
        told: dict[str, list[dict[str, str]]] = {}
        for alert in self._client.get("/api/v1/alerts").json()["data"]["alerts"]:
            if alert["state"] == "firing":
                told.setdefault(alert["labels"]["alertname"], []).append(alert["labels"])
        return told

    def scraped(self) -> bool:
        """Whether every target has answered."""
        answer = self._client.get("/api/v1/targets")
        if not answer.is_success:
            return False  # it is still reading its log
        targets = answer.json()["data"]["activeTargets"]
        return bool(targets) and all(target["health"] == "up" for target in targets)


def _rules() -> dict[str, Any]:
    groups = [
        {**group, "rules": [rule | ({"for": FOR} if "for" in rule else {}) for rule in group["rules"]]}
        for group in ALERTS["groups"]
    ]
    return {"groups": groups}


def _configuration(system: System, rules: Path, secret: Path) -> dict[str, Any]:
    deployed = yaml.safe_load((ROOT / "deploy" / "observability" / "prometheus.yaml").read_text(encoding="utf-8"))
    deployed["scrape_configs"] = [job for job in deployed["scrape_configs"] if "metrics_path" not in job]  # no exporter
    for job in deployed["scrape_configs"]:
        port = system.ports[job["job_name"].removeprefix("yulu-")]
        job["static_configs"] = [{"targets": [f"127.0.0.1:{port}"]}]
        job["authorization"] = {"credentials_file": str(secret)}
    deployed["global"] = {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "2s"}
    return deployed | {"rule_files": [str(rules)]}


@contextmanager
def watched(system: System, program: Path, folder: Path) -> Iterator[Prometheus]:
    folder.mkdir()
    rules, configuration = folder / "alerts.yaml", folder / "prometheus.yaml"
    rules.write_text(yaml.safe_dump(_rules(), allow_unicode=True), encoding="utf-8")
    secret = system.data_dir / "issuer" / "metrics.secret"
    configuration.write_text(yaml.safe_dump(_configuration(system, rules, secret)), encoding="utf-8")
    port = free_port()
    # As a child it ends with us, however we end.
    command = wrap([str(program), f"--config.file={configuration}", f"--storage.tsdb.path={folder / 'data'}",
                    f"--web.listen-address=127.0.0.1:{port}"])  # fmt: skip
    with (folder / "prometheus.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        prometheus = Prometheus(f"http://127.0.0.1:{port}")
        deadline = time.monotonic() + 300
        while True:
            try:
                if prometheus.scraped():
                    break
            except httpx.HTTPError:
                pass
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "prometheus.log").read_text()[-2000:])
            time.sleep(0.5)
        yield prometheus
    finally:
        process.terminate()
        process.wait(30)
