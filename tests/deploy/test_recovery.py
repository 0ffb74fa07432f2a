"""A cluster that lost its database server: the ledger apart, the server from its backups, and in which order."""

from typing import Any

import kubernetes_validate
import pytest
import yaml
from yulu_local.databases import DATABASES, MIGRATED

from tests.deploy import helm
from tests.deploy.declared import NOT_OURS, SETTINGS
from tests.deploy.test_chart import GIVEN, container, environment
from tests.deploy.test_schemas import KUBERNETES, refused

LOST = {
    "postgres": {
        "backups": {"serverName": "yulu-postgres-2"},
        "recovery": {"enabled": True, "from": "yulu-postgres", "to": "2026-11-27T06:00:00Z"},
    }
}


def rendered(folder: Any, *changes: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    files = []
    for number, change in enumerate(changes):
        files.append(folder / f"{number}.yaml")
        files[-1].write_text(yaml.safe_dump(change))
    every = helm.template([helm.CHART / "values-pilot.yaml", GIVEN, *files])
    return {(each["kind"], each["metadata"]["name"]): each for each in every}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    return rendered(tmp_path_factory.mktemp("lost"), LOST)


@pytest.fixture(scope="module")
def ordinary(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], dict[str, Any]]:
    return rendered(tmp_path_factory.mktemp("ordinary"))


def test_the_server_comes_from_the_backups_and_writes_its_own_elsewhere(found, ordinary, tmp_path):
    spec = found["Cluster", "yulu-postgres"]["spec"]
    assert spec["bootstrap"] == {"recovery": {"source": "before", "database": "yulu", "owner": "yulu"}}
    [before] = spec["externalClusters"]
    assert (before["name"], before["plugin"]["parameters"]["serverName"]) == ("before", "yulu-postgres")
    [archiver] = spec["plugins"]
    assert archiver["parameters"]["serverName"] == "yulu-postgres-2"
    assert set(ordinary["Cluster", "yulu-postgres"]["spec"]["bootstrap"]) == {"initdb"}
    to = rendered(tmp_path, LOST, {"postgres": {"recovery": {"toTheEnd": False}}})
    bootstrap = to["Cluster", "yulu-postgres"]["spec"]["bootstrap"]["recovery"]
    assert bootstrap["recoveryTarget"] == {"targetTime": "2026-11-27T06:00:00Z"}


def test_nothing_serves_before_the_ledger_was_replayed(found, ordinary):
    job = found["Job", "after-restore"]
    assert container(job)["args"] == ["yulu_backup", "after-restore", "--recovered-to", "2026-11-27T06:00:00Z"]
    told = job["metadata"]["annotations"]
    migration = found["Job", f"migrate-{next(iter(MIGRATED.values()))}"]["metadata"]["annotations"]
    assert told[helm.HOOK] == migration[helm.HOOK] == "pre-install,pre-upgrade"
    assert int(told["helm.sh/hook-weight"]) > int(migration["helm.sh/hook-weight"])
    user = environment(job)["KAFKA_USERNAME"]
    acls = found["KafkaUser", user]["spec"]["authorization"]["acls"]
    assert {operation for acl in acls for operation in acl["operations"]} == {"Read", "Describe", "Delete"}
    assert ("Job", "after-restore") not in ordinary
    assert ("KafkaUser", user) not in ordinary, "nobody may take events out in ordinary times"


def test_erasures_are_kept_outside_of_the_server(ordinary):
    job = ordinary["CronJob", "erasure-ledger"]["spec"]["jobTemplate"]
    assert container(job)["args"] == ["yulu_backup", "ledger"]
    assert set(environment(job)) <= SETTINGS | NOT_OURS
    pod = job["spec"]["template"]["spec"]
    claims = [each["persistentVolumeClaim"]["claimName"] for each in pod["volumes"] if "persistentVolumeClaim" in each]
    assert claims == ["yulu-erasures"]
    assert ordinary["PersistentVolumeClaim", "yulu-erasures"]["metadata"]["annotations"] == {
        "helm.sh/resource-policy": "keep"
    }
    mounted = {each["mountPath"] for each in container(job)["volumeMounts"]}
    assert {"/ledger", environment(job)["SECRETS_DIR"]} <= mounted
    assert environment(job)["ERASURE_LEDGER_DIR"].startswith("/ledger/")
    assert container(job)["securityContext"]["readOnlyRootFilesystem"] is True
    assert pod["securityContext"]["runAsNonRoot"] is True
    secret = ordinary["ExternalSecret", "yulu-erasure-ledger"]["spec"]["target"]["template"]["data"]
    assert set(secret) == {f"{name.upper()}_DATABASE_URL" for name in DATABASES}, "each by the role that owns it"
    label = {"app.kubernetes.io/part-of": "yulu", "app.kubernetes.io/name": "erasure-ledger"}
    assert label.items() <= job["spec"]["template"]["metadata"]["labels"].items()
    assert ordinary["NetworkPolicy", "erasure-ledger"]["spec"]["podSelector"]["matchLabels"] == label
    [rule] = ordinary["NetworkPolicy", "postgres-from-erasure-ledger"]["spec"]["ingress"]
    assert rule["from"] == [{"podSelector": {"matchLabels": label}}]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"recovery": {"from": ""}}, "postgres.recovery.from"),
        ({"recovery": {"to": ""}}, "postgres.recovery.to"),
        ({"backups": {"serverName": "yulu-postgres"}}, "must not write over"),
    ],
)
def test_what_is_missing_or_would_write_over_the_backups_is_said(change, said, tmp_path):
    with pytest.raises(helm.Refused, match=said):
        rendered(tmp_path, LOST, {"postgres": change})


def test_all_of_it_is_of_its_schema(found):
    for place in (("Job", "after-restore"), ("CronJob", "erasure-ledger"), ("PersistentVolumeClaim", "yulu-erasures"),
                  ("NetworkPolicy", "erasure-ledger"), ("NetworkPolicy", "postgres-from-erasure-ledger")):  # fmt: skip
        kubernetes_validate.validate(found[place], KUBERNETES, strict=True)
    operators = [found["Cluster", "yulu-postgres"], found["KafkaUser", "yulu-kafka-erasure-ledger"],
                 found["ExternalSecret", "yulu-erasure-ledger"]]  # fmt: skip
    assert refused(operators) == [[], [], []]
