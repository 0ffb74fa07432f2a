"""The chart for Kubernetes, rendered by Helm itself for each size: whole, hardened, pinned, and as the code says."""

import importlib
import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from common.settings import Settings
from contracts.entitlements import READ_WHOLE, TOPICS
from yulu_local.databases import MIGRATED

from tests.deploy import helm
from tests.deploy.declared import NOT_OURS, OURS, ROOT, SECRETS, SETTINGS, secrets_of

SIZES = ("pilot", "province", "nation")
GIVEN = Path(__file__).parent / "values.yaml"
WORKLOADS = ("Deployment", "StatefulSet", "Job")


@cache
def rendered(size: str) -> list[dict[str, Any]]:
    return helm.template([helm.CHART / f"values-{size}.yaml", GIVEN])


def named(size: str, *kinds: str) -> dict[str, dict[str, Any]]:
    return {each["metadata"]["name"]: each for each in rendered(size) if each["kind"] in kinds}


def container(workload: dict[str, Any]) -> dict[str, Any]:
    [found] = workload["spec"]["template"]["spec"]["containers"]
    return dict(found)


def environment(workload: dict[str, Any]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in container(workload)["env"]}


def external(size: str, name: str) -> set[str]:
    return set(named(size, "ExternalSecret")[name]["spec"]["target"]["template"]["data"])


@pytest.mark.parametrize("size", SIZES)
def test_helm_finds_no_fault(size):
    assert "Failed: false" in helm.lint([helm.CHART / f"values-{size}.yaml", GIVEN])


@pytest.mark.parametrize("wrong", [{"sizes": "none"}, {"postgres": {"backups": {"destination": "a: b"}}}])
def test_helm_would_find_a_fault_in_what_only_values_bring_forth(wrong, tmp_path):
    """Of the chart's own values both parts are off: nothing is rendered, and nothing could be wrong."""
    file = tmp_path / "wrong.yaml"
    file.write_text(yaml.safe_dump(wrong))
    assert "Failed: true" in helm.lint([helm.CHART / "values-pilot.yaml", GIVEN, file])


@pytest.mark.parametrize("size", SIZES)
def test_every_process_and_every_migration_is_there_and_nothing_else(size):
    ours = named(size, "Deployment", "StatefulSet")
    assert set(ours) == set(OURS) == set(named(size, "Service")) - {"nowhere"}
    for name, process in OURS.items():
        found = container(ours[name])
        assert found["args"] == process.module.split()
        variable, port = process.port or ("", 0)
        told = environment(ours[name])
        assert told.get("METRICS_PORT" if variable.endswith("_METRICS_PORT") else variable) == str(port)
        assert found["ports"] == [{"name": "https", "containerPort": port}]
        assert (told.get("CLIENT_ID") == name) is process.client
    jobs = named(size, "Job")
    assert {name.removeprefix("migrate-") for name in jobs} == set(MIGRATED.values())
    for owner in MIGRATED.values():
        job = jobs[f"migrate-{owner}"]
        assert container(job)["args"] == [OURS[owner].module.split()[0], "migrate"]
        assert job["metadata"]["annotations"][helm.HOOK] == "pre-install,pre-upgrade"


@pytest.mark.parametrize("size", SIZES)
def test_none_may_more_than_it_must(size):
    for name, workload in named(size, *WORKLOADS).items():
        pod = workload["spec"]["template"]["spec"]
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        found = container(workload)
        assert found["securityContext"] == {
            "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
        }  # fmt: skip
        assert set(found["resources"]) == {"requests", "limits"}
        assert re.fullmatch(r"[\w./-]+:[\w.]+@sha256:[0-9a-f]{64}", found["image"])


@pytest.mark.parametrize("size", SIZES)
def test_whoever_serves_is_asked_and_leaves_slowly(size):
    for name, workload in named(size, "Deployment", "StatefulSet").items():
        found, told = container(workload), environment(workload)
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            assert found[probe]["httpGet"]["scheme"] == "HTTPS", name
        drain = int(told.get("DRAIN_SECONDS", "0"))
        assert workload["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] >= drain + 20
        # Static membership: who consumes comes back under its own name.
        assert (workload["kind"] == "StatefulSet") == (
            name in {"registry-reactions", "discipline-reactions", "progress-projector", "exchange-releases"}
        )
    replicas = {name: each["spec"].get("replicas") for name, each in named(size, "Deployment", "StatefulSet").items()}
    for name, scaler in named(size, "HorizontalPodAutoscaler").items():
        assert replicas[name] is None, "two who decide how many there are"
        replicas[name] = scaler["spec"]["minReplicas"]
    replicas["keycloak"] = named(size, "Keycloak")["yulu"]["spec"]["instances"]
    assert set(named(size, "PodDisruptionBudget")) == {name for name, many in replicas.items() if many > 1}


@pytest.mark.parametrize("size", SIZES)
def test_each_is_told_settings_that_exist_and_no_secret_among_them(size):
    secrets = set(SECRETS["made"]) | {name for names in SECRETS["processes"].values() for name in names}
    for name, workload in named(size, *WORKLOADS).items():
        told = set(environment(workload))
        assert told <= SETTINGS | NOT_OURS, name
        assert not told & secrets, name


def test_secrets_are_those_of_each_process_and_databases_no_others():
    workloads, users = named("pilot", "Deployment", "StatefulSet"), set(named("pilot", "KafkaUser"))
    for name in OURS:
        found = external("pilot", f"yulu-{name}")
        # Kafka's passwords are made by Strimzi.
        own = {each for each in found if not each.startswith("NOTIFIER_")}
        assert own == secrets_of(name) - {"KAFKA_PASSWORD"}, name
        user = {environment(workloads[name])["KAFKA_USERNAME"]} if "KAFKA_PASSWORD" in secrets_of(name) else set()
        assert {f"yulu-kafka-{name}"} & users == user, name
        assert "DATABASE_URL" not in found, "it would reach every database of the server"
    assert "RIGHTS_OFFICE_KEY" not in external("pilot", "yulu-rights-public")
    for secret in named("pilot", "ExternalSecret").values():
        for variable, value in secret["spec"]["target"]["template"]["data"].items():
            if variable.endswith("_DATABASE_URL"):
                assert "sslmode=verify-full&sslrootcert=/run/postgres/ca.crt" in value


SETTINGS_OF = {
    "rights-public": "rights_api.public_settings",
    "registry-reactions": "registry_api.settings",
    "discipline-reactions": "discipline_api.settings",
    "exchange-releases": "exchange_api.settings",
}


def settings_class(process: str) -> type[Settings]:
    module = importlib.import_module(SETTINGS_OF.get(process) or f"{OURS[process].module.split()[0]}.settings")
    [cls] = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Settings) and each.__module__ == module.__name__
    ]
    return cls


@pytest.mark.parametrize("process", OURS)
def test_with_what_it_is_given_each_process_accepts_its_settings_in_production(process, monkeypatch, tmp_path):
    workload = named("province", "Deployment", "StatefulSet")[process]
    given = environment(workload)
    for variable in SETTINGS:
        monkeypatch.delenv(variable, raising=False)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for variable in external("province", f"yulu-{process}"):
        value = f"postgresql://u:p@h/{process}" if variable.endswith("_URL") else "ab" * 32
        short = variable.endswith("KEK") or variable == "REGISTRY_ID_KEY"
        (secrets / variable).write_text(value[:32] if short else value)
    if "KAFKA_USERNAME" in given:
        assert f"{given['KAFKA_USERNAME']}" in named("province", "KafkaUser")
        (secrets / "KAFKA_PASSWORD").write_text("made-by-strimzi")
    mounted = {each["mountPath"] for each in container(workload)["volumeMounts"]}
    for variable, value in given.items():
        if variable.endswith("_FILE"):
            assert str(Path(value).parent) in mounted, variable
            (tmp_path / variable).touch()
            value = str(tmp_path / variable)  # noqa: PLW2901 - the pod's path does not exist here
        monkeypatch.setenv(variable, value)
    assert given["SECRETS_DIR"] in mounted
    monkeypatch.setenv("SECRETS_DIR", str(secrets))
    cls = settings_class(process)
    settings = cls.load()
    assert settings.environment == "production"
    assert settings.metrics_token is not None
    for database in yaml.safe_load((helm.CHART / "values.yaml").read_text("utf-8"))["processes"][process]["databases"]:
        if database != "rights_keys":
            assert settings.dsn_of(database).startswith("postgresql://")


@pytest.mark.parametrize("size", SIZES)
def test_nobody_speaks_to_anybody_except_as_said(size):
    policies = named(size, "NetworkPolicy")
    assert policies["default-deny"]["spec"]["podSelector"] == {}
    assert policies["default-deny"]["spec"]["policyTypes"] == ["Ingress", "Egress"]
    assert set(OURS) <= set(policies)
    office = json.dumps(policies["rights-public"]["spec"]["egress"])
    assert "rights-api" not in office, "who writes complaints down does not reach who opens them"
    hosts = {rule["host"] for each in named(size, "Ingress").values() for rule in each["spec"]["rules"]}
    told = {host for each in named(size, "Ingress").values() for tls in each["spec"]["tls"] for host in tls["hosts"]}
    assert hosts == told == set(yaml.safe_load(GIVEN.read_text("utf-8"))["hosts"].values())


@pytest.mark.parametrize("size", SIZES)
def test_a_process_reads_on_kafka_what_it_follows(size):
    """As by HTTP: `contracts.entitlements.READ_WHOLE`. The relay reads what it has sent."""
    users = named(size, "KafkaUser")
    readable = {
        name.removeprefix("yulu-kafka-"): {
            rule["resource"]["name"]
            for rule in user["spec"]["authorization"]["acls"]
            if rule["resource"]["type"] == "topic" and "Read" in rule["operations"]
        } - {"public.events", "shared."}
        for name, user in users.items()
    }  # fmt: skip
    followers = {
        role: set(topics) for role, topics in READ_WHOLE.items() if role not in ("exchange-api", "feed-verifier")
    }
    assert readable == followers | {"outbox-relay": set(TOPICS), "exchange-api": set()}


@pytest.mark.parametrize("size", SIZES)
def test_engines_acknowledge_only_what_is_on_two_machines(size):
    [cluster] = named(size, "Cluster").values()
    assert cluster["spec"]["instances"] >= 3
    assert cluster["spec"]["postgresql"]["synchronous"]["dataDurability"] == "required"
    [kafka] = named(size, "Kafka").values()
    assert kafka["spec"]["kafka"]["config"]["min.insync.replicas"] == 2
    for listener in kafka["spec"]["kafka"]["listeners"]:
        assert listener["tls"] is True
        assert listener["authentication"] == {"type": "scram-sha-512"}
    topics = named(size, "KafkaTopic")
    assert {each["spec"]["partitions"] for each in topics.values()} == {12}
    assert set(topics) == {f"{name}.events" for name in ("registry", "discipline", "rights", "progress", "exchange")}


def images(told: Any) -> set[str]:
    """Whatever is named as an image, however deep, in an object of any kind."""
    if isinstance(told, list):
        return {image for each in told for image in images(each)}
    if not isinstance(told, dict):
        return set()
    own = {value for key, value in told.items() if key in ("image", "imageName") and isinstance(value, str)}
    return own | {image for value in told.values() for image in images(value)}


@pytest.mark.parametrize("size", SIZES)
def test_every_image_is_named_by_its_version_and_its_digest(size):
    found = images([each["spec"] for each in rendered(size) if "spec" in each])
    assert {re.split(r"[:@]", image)[0].rsplit("/", 1)[1] for image in found} == {
        "services", "workers", "portal", "tools", "postgresql", "keycloak", "prometheus",
    }  # fmt: skip
    for image in found:
        assert re.fullmatch(r"[\w./-]+:v?\d+(\.\d+)+[\w.-]*@sha256:[0-9a-f]{64}", image), image


def test_alerts_dashboard_and_realm_are_the_projects_own():
    alerts = yaml.safe_load((ROOT / "deploy" / "observability" / "alerts.yaml").read_text("utf-8"))
    assert named("pilot", "PrometheusRule")["yulu"]["spec"] == alerts
    realm = json.loads((ROOT / "deploy" / "identity" / "yulu-realm.json").read_text("utf-8"))
    imported = named("pilot", "KeycloakRealmImport")["yulu"]["spec"]
    assert imported["realm"].keys() == realm.keys()
    asked = set(re.findall(r"\$\{([A-Z_]+)\}", json.dumps(imported["realm"])))
    assert asked == set(imported["placeholders"]) == external("pilot", "yulu-realm")


@pytest.mark.parametrize(
    ("missing", "named_in_the_sentence"),
    [
        ({"hosts": {"identity": ""}}, "hosts.identity"),
        ({"images": {"digests": {"portal": ""}}}, "images.digests.portal"),
        ({"images": {"digests": {"postgres": ""}}}, "images.digests.postgres"),
        ({"images": {"digests": {"keycloak": "sha256:1"}}}, "images.digests.keycloak"),
        ({"images": {"digests": {"prometheus": ""}}}, "images.digests.prometheus"),
        ({"keycloak": {"image": f"keycloak/keycloak:26.7.3@sha256:{'1' * 64}"}}, "images.digests.keycloak"),
        ({"images": {"registry": ""}}, "images.registry"),
        ({"network": {"pods": []}}, "network.pods"),
        ({"network": {"issuer": []}}, "network.issuer"),
        ({"network": {"provincial": []}}, "network.provincial"),
        ({"website": {"icpNumber": ""}}, "website.icpNumber"),
        ({"secrets": {"store": {"name": ""}}}, "secrets.store.name"),
        ({"notifications": []}, "notifications"),
        ({"ingress": {"className": ""}}, "ingress.className"),
        ({"notifications": ["voice"]}, "settings.notifier.NOTIFIER_VOICE_URL"),
        ({"network": {"gateways": []}}, "network.gateways"),
        ({"scanner": ""}, "scanner"),
        ({"network": {"scanner": []}}, "network.scanner"),
        (
            {"settings": {"notifier": {"NOTIFIER_SMTP_PASSWORD": "in plain sight"}}},
            "NOTIFIER_SMTP_PASSWORD is a secret",
        ),
        ({"postgres": {"backups": {"destination": ""}}}, "postgres.backups.destination"),
    ],
)
def test_what_is_missing_is_said_by_name(missing, named_in_the_sentence, tmp_path):
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(missing))
    with pytest.raises(helm.Refused, match=re.escape(named_in_the_sentence)):
        helm.template([helm.CHART / "values-pilot.yaml", GIVEN, file])
