"""What is scraped of a cluster, and by whom: of engines nothing that moves with what is written."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from common.telemetry.closed import is_closed

from tests.deploy import helm
from tests.deploy.declared import OURS
from tests.deploy.test_chart import GIVEN, rendered
from tests.runbook.pages import ENGINES
from tests.support.prometheus import program

RULES = {rule["alert"]: rule for group in ENGINES["groups"] for rule in group["rules"]}


def one(kind: str, name: str) -> dict[str, Any]:
    [found] = [each for each in rendered("pilot") if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


def kept(monitor: str) -> re.Pattern[str]:
    """Names of the series that are scraped at all."""
    [endpoint] = one("PodMonitor", monitor)["spec"]["podMetricsEndpoints"]
    [rule] = endpoint["metricRelabelings"]
    assert rule["action"] == "keep"
    assert endpoint["relabelings"] == [{"targetLabel": "job", "replacement": monitor}]
    return re.compile(rule["regex"])


def test_of_engines_that_is_scraped_which_alerts_ask_for():
    asked = " ".join(rule["expr"] for rule in RULES.values())
    for name in set(re.findall(r"cnpg_\w+|barman_\w+", asked)):
        assert kept("yulu-postgres").fullmatch(name), name
    for name in set(re.findall(r"kafka_\w+", asked)):
        assert kept("yulu-kafka").fullmatch(name), name
        [told] = [re.compile("|".join(one("Kafka", "yulu")["spec"]["kafka"]["metricsConfig"]["values"]["allowList"]))]
        assert told.fullmatch(name), name


@pytest.mark.parametrize(
    ("monitor", "name"),
    [
        ("yulu-postgres", "cnpg_collector_wal_records"),
        ("yulu-postgres", "cnpg_pg_stat_database_xact_commit"),
        ("yulu-postgres", "cnpg_collector_pg_wal"),
        ("yulu-kafka", "kafka_server_brokertopicmetrics_messagesin_total"),
        ("yulu-kafka", "kafka_log_log_logendoffset"),
        ("yulu-kafka", "process_cpu_seconds_total"),
    ],
)
def test_of_engines_nothing_is_scraped_that_dates_a_complaint(monitor, name):
    assert not kept(monitor).fullmatch(name)
    assert one("Cluster", "yulu-postgres")["spec"]["monitoring"]["disableDefaultQueries"] is True


@pytest.fixture(scope="module")
def queries() -> dict[str, Any]:
    text = one("ConfigMap", "yulu-postgres-queries")["data"]["queries"]
    return dict(yaml.safe_load(text))


async def test_the_queries_are_answered_by_postgresql(postgres, queries):
    """With names as the exporter makes them, cnpg_QUERY_COLUMN; in health nothing is amiss."""
    connection = await asyncpg.connect(f"{postgres.url}/postgres")
    try:
        told = {}
        for name, query in queries.items():
            row = await connection.fetchrow(query["query"])
            assert row is not None
            assert set(row.keys()) == {column for each in query["metrics"] for column in each}
            told |= {f"cnpg_{name}_{column}": float(value) for column, value in row.items()}
    finally:
        await connection.close()
    assert told == {
        "cnpg_yulu_standbys_streaming": 0, "cnpg_yulu_standbys_lag_seconds": 0, "cnpg_yulu_archiver_failing": 0,
    }  # fmt: skip
    asked = " ".join(rule["expr"] for rule in RULES.values())
    assert set(re.findall(r"cnpg_\w+", asked)) == set(told)


def test_the_whole_is_scraped_by_one_who_may_and_by_nobody_else(tmp_path):
    objects = rendered("pilot")
    for each in objects:
        if each["kind"] in ("ServiceMonitor", "PodMonitor", "Probe"):
            assert "closed" not in str(each).lower(), "any Prometheus with a wide selector would take it up"
    prometheus = one("Prometheus", "yulu-closed")["spec"]
    assert not {name for name in prometheus if name.endswith("Selector")} - {"ruleSelector"}
    rules = one("PrometheusRule", "yulu")
    assert prometheus["ruleSelector"]["matchLabels"].items() <= rules["metadata"]["labels"].items()
    secret, key = prometheus["additionalScrapeConfigs"].values()
    scrapes = yaml.safe_load(one("Secret", secret)["stringData"][key])
    [job] = scrapes
    assert f"/secrets/{prometheus['secrets'][0]}/METRICS_CLOSED_TOKEN" in job["authorization"]["credentials_file"]
    [token] = one("ExternalSecret", "yulu-metrics-closed")["spec"]["target"]["template"]["data"]
    assert token == "METRICS_CLOSED_TOKEN"
    label = prometheus["podMetadata"]["labels"]
    for name in OURS:
        [way] = one("NetworkPolicy", name)["spec"]["ingress"]
        assert {"podSelector": {"matchLabels": label}} in way["from"], name
    if (promtool := program("promtool")) is None:
        pytest.skip("no promtool here, and no apt-get to fetch it with")
    # Debian's is built without it.
    assert job.pop("kubernetes_sd_configs") == [{"role": "endpoints", "namespaces": {"own_namespace": True}}]
    (tmp_path / "prometheus.yaml").write_text(yaml.safe_dump({"scrape_configs": scrapes}))
    subprocess.run(
        [promtool, "check", "config", "--syntax-only", str(tmp_path / "prometheus.yaml")],
        check=True, capture_output=True, env={**os.environ, "TMPDIR": str(tmp_path)},
    )  # fmt: skip


def test_without_one_who_may_nothing_of_it_is_there(tmp_path):
    off = tmp_path / "off.yaml"
    off.write_text("monitoring: {closed: {enabled: false}}")
    objects = helm.template([helm.CHART / "values-pilot.yaml", Path(GIVEN), off])
    assert [each["metadata"]["name"] for each in objects if "closed" in each["metadata"]["name"]] == []
    assert "yulu/watches" not in str(objects)


def test_the_public_s_way_is_tried_from_outside():
    targets = one("Probe", "yulu-outside")["spec"]["targets"]["staticConfig"]["static"]
    hosts = yaml.safe_load(GIVEN.read_text("utf-8"))["hosts"]
    assert {target.split("/")[2] for target in targets} == {hosts["portal"], hosts["identity"]}
    assert is_closed("portal")


def test_the_rules_of_engines_are_all_there():
    groups = one("PrometheusRule", "yulu-engines")["spec"]["groups"]
    names = {rule["alert"] for group in groups for rule in group["rules"]}
    assert names == set(RULES)
