"""What the Prometheus of one server asks, written by its own script and judged by promtool."""

import os
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.deploy.declared import DEPLOY, OURS, script_of
from tests.support.prometheus import program

OBSERVABILITY = DEPLOY / "observability"


def written(folder: Path, secrets: Path, **told: str) -> Path:
    (folder / "prometheus").write_text('#!/bin/sh\necho "$1"\n')
    (folder / "prometheus").chmod(0o755)
    changes = (("/run/secrets", str(secrets)), ("/tmp/", f"{folder}/"), ("/bin/prometheus", str(folder / "prometheus")))  # noqa: S108
    rules = ("/etc/prometheus/alerts.yaml", str(OBSERVABILITY / "alerts.yaml"))
    script = script_of("prometheus/start.sh", folder, *changes, rules)
    place = {"PATH": os.environ["PATH"], "PORTAL_URL": "https://plan.example:444/"}
    said = subprocess.run(["/bin/sh", script], env=place | told, check=True, capture_output=True, text=True).stdout
    assert said.strip() == f"--config.file={folder / 'prometheus.yml'}"
    return folder / "prometheus.yml"


@pytest.mark.parametrize(
    ("service", "token"), [("prometheus", "METRICS_TOKEN"), ("prometheus-closed", "METRICS_CLOSED_TOKEN")]
)
def test_every_process_is_asked_with_the_token_that_this_one_has(service, token, secrets, tmp_path):
    assert {path.name for path in (secrets / service).iterdir()} == {"ca.pem", "trusted.pem", token}
    file = written(tmp_path, secrets / service, TOKEN=token, ALERTMANAGER="alerts.example:9093")
    found = yaml.safe_load(file.read_text("utf-8"))
    jobs = {job["job_name"]: job for job in found["scrape_configs"]}
    asked = {name: job["static_configs"][0]["targets"] for name, job in jobs.items()}
    ports = {name: (process.port or ("", 0))[1] for name, process in OURS.items()} | {"erasure-ledger": 8118}
    assert asked == {f"yulu-{name}": [f"{name}:{port}"] for name, port in ports.items()}
    for name, job in jobs.items():
        assert job["scheme"] == "https"
        assert job["authorization"] == {"credentials_file": str(secrets / service / token)}
        # The portal answers with the certificate that browsers meet.
        named = "plan.example" if name == "yulu-portal" else name.removeprefix("yulu-")
        assert job["tls_config"] == {"ca_file": str(secrets / service / "trusted.pem"), "server_name": named}
    promtool = program("promtool")
    if promtool is None:
        pytest.skip("neither promtool nor a way to Debian's packages")
    checked = subprocess.run([promtool, "check", "config", file], check=False, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_without_receivers_it_says_of_none(tmp_path):
    found = yaml.safe_load(written(tmp_path, tmp_path, TOKEN="METRICS_TOKEN").read_text("utf-8"))
    assert "alerting" not in found
    assert found["rule_files"] == [str(OBSERVABILITY / "alerts.yaml")]
