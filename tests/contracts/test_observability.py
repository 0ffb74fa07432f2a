"""Alerts, dashboard and scrape configuration ask for metrics that exist, and each alert says what to do."""

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from generators.metrics import declared
from yulu_local.processes import PROCESSES, Stage

from tests.runbook.pages import ALERTS as OF_PROCESSES
from tests.runbook.pages import (
    ENGINES,
    ENGINES_TEXT,
    FOLDER,
    NAMES,
    ROOT,
    TEXT,
    cluster_commands,
    commands,
    script,
    section,
)
from tests.runbook.provocations import NOT_PROVOKED, ROUNDS
from tests.support.prometheus import program

ALERTS = [
    (group["name"], rule) for file in (OF_PROCESSES, ENGINES) for group in file["groups"] for rule in group["rules"]
]
SCRAPES = [
    job
    for job in yaml.safe_load((FOLDER / "prometheus.yaml").read_text(encoding="utf-8"))["scrape_configs"]
    if job["job_name"] != "yulu-outside"
]
PROMTOOL = program("promtool")
CASES = yaml.safe_load((Path(__file__).parent / "data" / "alerts.yaml").read_text(encoding="utf-8"))
RULES = {rule["alert"]: rule for _, rule in ALERTS}
MINUTES = 30
EVERYONE_UP = {f'up{{job="{job["job_name"]}"}}': "1x40" for job in SCRAPES}
_OTHERS = {
    "up": set(),
    "probe_success": set(),
    "probe_ssl_earliest_cert_expiry": set(),
    "cnpg_yulu_standbys_streaming": set(),
    "cnpg_yulu_standbys_lag_seconds": set(),
    "cnpg_yulu_archiver_failing": set(),
    "barman_cloud_cloudnative_pg_io_last_available_backup_timestamp": set(),
    "kafka_server_replicamanager_underreplicatedpartitions": set(),
    "kafka_server_replicamanager_underminisrpartitioncount": set(),
    "kafka_controller_kafkacontroller_offlinepartitionscount": set(),
    "kubelet_volume_stats_available_bytes": {"persistentvolumeclaim"},
    "kube_cronjob_status_last_successful_time": {"cronjob", "namespace"},
    "kubelet_volume_stats_capacity_bytes": {"persistentvolumeclaim"},
    "certmanager_certificate_expiration_timestamp_seconds": {"name"},
    "certmanager_certificate_ready_status": {"name", "condition"},
}
"""What others tell, and its labels beside those of the scrape; tests/deploy holds the engines' against the chart."""
_WORDS = {
    "sum", "max", "by", "rate", "increase", "histogram_quantile", "or", "and", "on", "unless", "absent", "time",
}  # fmt: skip


def asked(expression: str) -> dict[str, set[str]]:
    """Metric → labels that are matched or grouped by, of a query in PromQL."""
    grouped = {label.strip() for group in re.findall(r"by \(([^)]*)\)", expression) for label in group.split(",")}
    without = re.sub(r"(by|on) \([^)]*\)|\[[^]]*\]", " ", re.sub(r'"[^"]*"', '""', expression))
    matchers = re.findall(r"([a-z_]\w*)\s*\{([^}]*)\}", without)
    labels = {name: set(re.findall(r"(\w+)\s*[=!]~?", inside)) for name, inside in matchers}
    plain = re.sub(r"\{[^}]*\}|\"[^\"]*\"", " ", without)
    return {name: labels.get(name, set()) | grouped for name in re.findall(r"[a-z_]\w*", plain) if name not in _WORDS}


def unknown(expression: str) -> list[str]:
    """Metrics and labels that none of our processes has."""
    faults = []
    for name, labels in asked(expression).items():
        metric = declared().get(re.sub(r"_(bucket|sum|count)$", "", name)) or declared().get(name)
        if metric is None and name not in _OTHERS:
            faults.append(name)
            continue
        has = {*(_OTHERS[name] if metric is None else (*metric.labels, "le")), "job", "instance"}
        faults += [f"{name}{{{label}}}" for label in sorted(labels - has)]
    return faults


def test_the_parser_finds_what_is_wrong() -> None:
    assert unknown('rate(yulu_nothing_total{topic="x"}[5m]) > 1') == ["yulu_nothing_total"]
    assert unknown('sum by (job, colour) (yulu_partition_stopped{hue=~"a"})') == [
        "yulu_partition_stopped{colour}", "yulu_partition_stopped{hue}",
    ]  # fmt: skip
    assert unknown("histogram_quantile(0.9, sum by (le) (rate(http_request_duration_seconds_bucket[5m])))") == []


@pytest.mark.parametrize(("group", "rule"), ALERTS, ids=[rule["alert"] for _, rule in ALERTS])
def test_each_alert_asks_for_what_exists_and_says_what_to_do(group: str, rule: dict[str, object]) -> None:
    name, notes = str(rule["alert"]), rule["annotations"]
    assert isinstance(notes, dict)
    assert unknown(str(rule["expr"])) == []
    assert rule["labels"] in ({"severity": "critical"}, {"severity": "warning"})
    assert re.search(r"[\u4e00-\u9fff]", notes["summary_zh"])
    assert re.search(r"[a-z]{3}", notes["summary_en"])
    page = "runbook-engines" if group == "yulu-engines" else "runbook"
    assert notes["runbook_url"] == f"docs/{page}.md#{name.lower()}"
    text = section(name)
    assert "**含义。**" in text
    assert "**处理。**" in text
    assert re.search(r"^\*[A-Z].*\*$", text, re.MULTILINE), "a sentence in English"
    of_cluster = group == "yulu-engines"
    assert cluster_commands(name) if of_cluster else commands(name), "a command that shows it"
    text = "\n".join(cluster_commands(name)) if of_cluster else script(name, {})
    told = subprocess.run(["bash", "-n", "-c", text], capture_output=True, text=True, check=False)  # noqa: S607
    assert told.returncode == 0, told.stderr


def test_each_page_of_the_runbook_is_tried_on_a_real_system() -> None:
    """By `python -m tests.runbook.run`: its alert provoked, or said why not."""
    provoked = [name for each in ROUNDS for name in each]
    assert sorted([*provoked, *NOT_PROVOKED]) == sorted(NAMES)
    assert len(provoked) >= 14
    engines = sum(len(group["rules"]) for group in ENGINES["groups"])
    for page in (TEXT, (ROOT / "docs" / "handbook" / "README.md").read_text(encoding="utf-8")):
        # How many are provoked, which others are not, and those of a cluster, as the pages tell it.
        counts = [int(number) for number in re.findall(r"(\d+) 条", page) if int(number) != len(NAMES)]
        assert counts == [len(provoked), len(NOT_PROVOKED), engines]
    shown = [path for why in NOT_PROVOKED.values() for path in re.findall(r"tests/[\w./]+", why)]
    assert [path for path in shown if not (ROOT / path).exists()] == []


def test_the_runbook_has_a_section_for_nothing_else() -> None:
    for text, of_engines in ((TEXT, False), (ENGINES_TEXT, True)):
        named = {rule["alert"] for group, rule in ALERTS if (group == "yulu-engines") is of_engines}
        assert set(re.findall(r"^## (\w+)$", text, re.MULTILINE)) == named


def test_every_panel_asks_for_what_exists() -> None:
    page = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
    queries = [target["expr"] for panel in page["panels"] for target in panel.get("targets", ())]
    assert len(queries) > 20
    assert {query: faults for query in queries if (faults := unknown(query))} == {}
    assert len({panel["id"] for panel in page["panels"]}) == len(page["panels"])


def test_every_process_that_has_metrics_is_scraped() -> None:
    scraped = {job["job_name"]: job["static_configs"][0]["targets"][0] for job in SCRAPES}
    assert scraped == {
        f"yulu-{process.name}": f"127.0.0.1:{process.port[1]}"
        for process in PROCESSES
        if process.stage in (Stage.SERVICES, Stage.WORKERS, Stage.BACKUP) and process.port is not None
    }
    missed = set(re.findall(r'absent\(up\{job="([^"]+)"\}\)', RULES["YuluProcessDown"]["expr"]))
    everywhere = {process.name for process in PROCESSES if process.stage in (Stage.SERVICES, Stage.WORKERS)}
    assert missed == {f"yulu-{name}" for name in everywhere}, "whoever vanishes is missed"


def test_each_alert_is_tried() -> None:
    assert [case["alert"] for case in CASES] == [rule["alert"] for _, rule in ALERTS]


def test_alerts_fire_when_they_should_and_only_then(tmp_path: Path) -> None:
    """By Prometheus itself, whose rules are tried on made-up series; it names what is wrong."""
    if PROMTOOL is None:
        pytest.skip("no promtool here, and no apt-get to fetch it with")
    tests = [trial for case in CASES for trial in trials(case)]
    path = tmp_path / "trial.yaml"
    files = [str(FOLDER / name) for name in ("alerts.yaml", "engines.yaml")]
    trial = {"rule_files": files, "evaluation_interval": "1m", "tests": tests}
    path.write_text(yaml.safe_dump(trial, allow_unicode=True), encoding="utf-8")
    # It makes a store for each trial, and waits for the disk each time.
    told = subprocess.run(
        [PROMTOOL, "test", "rules", str(path)],
        env={**os.environ, "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout + told.stderr


def trials(case: dict[str, Any]) -> list[dict[str, Any]]:
    """As `promtool test rules` has them."""
    name, everyone = case["alert"], EVERYONE_UP if case.get("everyone") else {}
    fires = case["fires"] if isinstance(case["fires"], list) else [case["fires"]]
    never = [{"eval_time": f"{minute}m", "alertname": name, "exp_alerts": []} for minute in range(MINUTES)]
    return [
        *(
            {
                "name": f"{name} fires",
                "interval": "1m",
                "input_series": given(everyone | each["series"]),
                "alert_rule_test": [
                    {"eval_time": f"{each['at'] - 1}m", "alertname": name, "exp_alerts": []},
                    {
                        "eval_time": f"{each['at']}m",
                        "alertname": name,
                        "exp_alerts": [
                            {"exp_labels": each["labels"] | RULES[name]["labels"], "exp_annotations": notes(name, each)}
                        ],
                    },
                ],
            }
            for each in fires
        ),
        {
            "name": f"{name} is quiet",
            "interval": "1m",
            "input_series": given(everyone | case["quiet"]),
            "alert_rule_test": never,
        },
    ]


def given(series: dict[str, str]) -> list[dict[str, str]]:
    return [{"series": name, "values": values} for name, values in series.items()]


def notes(alert: str, fires: dict[str, Any]) -> dict[str, str]:
    """Its annotations, with labels and value filled in."""
    filled = {}
    for key, text in RULES[alert]["annotations"].items():
        labelled = re.sub(r"{{ \$labels\.(\w+) }}", lambda found: fires["labels"].get(found[1], ""), text)
        filled[key] = labelled.replace("{{ $value }}", str(fires.get("value")))
    return filled


def test_prometheus_itself_reads_the_rules() -> None:
    if PROMTOOL is None:
        pytest.skip("no promtool here, and no apt-get to fetch it with")
    files = [str(FOLDER / name) for name in ("alerts.yaml", "engines.yaml")]
    subprocess.run([PROMTOOL, "check", "rules", *files], check=True, capture_output=True)
    configuration = ["check", "config", "--syntax-only", str(FOLDER / "prometheus.yaml")]
    subprocess.run([PROMTOOL, *configuration], check=True, capture_output=True)
