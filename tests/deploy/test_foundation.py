"""What the chart asks of ingress, engines and operators: as each of them takes it, and as our own promises need it."""

import base64
import gzip
import json
import re

import pytest
import yaml

from tests.deploy import helm
from tests.deploy.declared import ROOT
from tests.deploy.test_chart import GIVEN, SIZES, environment, external, named, rendered
from tests.support.handshakes import recommended

NGINX = "nginx.ingress.kubernetes.io"
JAVA_RECOMMENDED = r"TLS_(ECDHE_(ECDSA|RSA)_WITH_)?(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305_SHA256)"


@pytest.mark.parametrize("size", SIZES)
def test_the_ingress_keeps_neither_what_is_written_nor_who_wrote(size):
    for name, ingress in named(size, "Ingress").items():
        annotations = ingress["metadata"]["annotations"]
        assert annotations[f"{NGINX}/proxy-request-buffering"] == "off", name
        assert annotations[f"{NGINX}/enable-access-log"] == "false", name


@pytest.mark.parametrize("size", SIZES)
def test_nothing_is_answered_in_the_clear_nor_by_old_or_weak_tls(size):
    """Which versions the ingress speaks is its controller's own setting (docs/handbook/kubernetes.md)."""
    for name, ingress in named(size, "Ingress").items():
        told, spec = ingress["metadata"]["annotations"], ingress["spec"]
        assert told[f"{NGINX}/force-ssl-redirect"] == "true", name
        assert {host for each in spec["tls"] for host in each["hosts"]} == {each["host"] for each in spec["rules"]}, (
            name
        )
        assert all(recommended(suite) for suite in told[f"{NGINX}/ssl-ciphers"].split(":")), name
    options = {each["name"]: each["value"] for each in named(size, "Keycloak")["yulu"]["spec"]["additionalOptions"]}
    kafka = named(size, "Kafka")["yulu"]["spec"]["kafka"]["config"]
    for versions in (options["https-protocols"], kafka["ssl.enabled.protocols"]):
        assert set(versions.split(",")) == {"TLSv1.2", "TLSv1.3"}
    for suites in (options["https-cipher-suites"], kafka["ssl.cipher.suites"]):
        assert [each for each in suites.split(",") if not re.fullmatch(JAVA_RECOMMENDED, each)] == []
    postgresql = named(size, "Cluster")["yulu-postgres"]["spec"]["postgresql"]
    assert postgresql["parameters"]["ssl_min_protocol_version"] == "TLSv1.3"
    assert all(rule.startswith("hostssl ") for rule in postgresql["pg_hba"])


def chosen(selector, labels):
    """Whether a selector of pods takes one with these labels; of Kubernetes' operators `In` alone."""
    wanted = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return wanted and all(
        each["operator"] == "In" and labels.get(each["key"]) in each["values"]
        for each in selector.get("matchExpressions", [])
    )


def enters(policy, labels, port):
    """Whether a pod of this namespace with these labels may come in at this port."""
    return any(
        port in {each["port"] for each in rule["ports"]}
        and any("namespaceSelector" not in peer and chosen(peer["podSelector"], labels)
                for peer in rule["from"] if "podSelector" in peer)
        for rule in policy["spec"].get("ingress", [])
    )  # fmt: skip


@pytest.mark.parametrize("app", ["keycloak", "keycloak-realm-import"])
def test_keycloak_and_the_import_of_its_realm_reach_their_database(app):
    """The operator gives the pods of its import Job a label of their own; nobody logs in before it is done."""
    policies = named("pilot", "NetworkPolicy")
    labels = {"app": app, "app.kubernetes.io/managed-by": "keycloak-operator"}
    assert enters(policies["postgres"], labels, 5432)
    assert not enters(policies["postgres"], {"app": "another"}, 5432)
    mine = [each for each in policies.values() if each["spec"]["podSelector"] and
            chosen(each["spec"]["podSelector"], labels)]  # fmt: skip
    assert [each["metadata"]["name"] for each in mine] == ["keycloak"]
    assert 5432 in {port["port"] for rule in mine[0]["spec"]["egress"] for port in rule["ports"]}
    assert "--for=condition=Done keycloakrealmimport/yulu" in (ROOT / "docs/handbook/install.md").read_text("utf-8")


@pytest.mark.parametrize("size", SIZES)
def test_keycloak_has_the_list_of_passwords_that_its_realm_names(size):
    """Its operator gives the pod of the realm's import the same volumes."""
    [list_of] = re.findall(
        r"passwordBlacklist\(([\w.]+)\)", named(size, "KeycloakRealmImport")["yulu"]["spec"]["realm"]["passwordPolicy"]
    )
    pod = named(size, "Keycloak")["yulu"]["spec"]["unsupported"]["podTemplate"]["spec"]
    [mounted] = [
        each for each in pod["containers"][0]["volumeMounts"] if each["mountPath"].endswith("/data/password-blacklists")
    ]
    [volume] = [each["configMap"]["name"] for each in pod["volumes"] if each["name"] == mounted["name"]]
    kept = named(size, "ConfigMap")[volume]["data"]
    assert (
        kept[list_of].splitlines()
        == (ROOT / "deploy/identity/password-blacklists" / list_of).read_text("ascii").splitlines()
    )


@pytest.mark.parametrize("size", SIZES)
def test_what_helm_keeps_of_the_chart_fits_into_its_secret(size):
    """The files of the chart and all that it renders, as JSON, compressed and as Base64; a Secret holds 1 MiB."""
    files = {
        str(path): base64.b64encode(path.read_bytes()).decode() for path in helm.CHART.rglob("*") if path.is_file()
    }
    kept = json.dumps({"chart": files, "manifest": yaml.safe_dump_all(rendered(size), allow_unicode=True)})
    assert len(base64.b64encode(gzip.compress(kept.encode()))) < 0.8 * 1024**2


@pytest.mark.parametrize("size", SIZES)
def test_no_drained_node_takes_two_of_any_engine(size):
    """CloudNativePG makes its budget when told to, Strimzi always, Keycloak's operator never."""
    budget = named(size, "PodDisruptionBudget")["keycloak"]["spec"]
    assert budget["maxUnavailable"] == 1
    assert chosen(budget["selector"], {"app": "keycloak", "app.kubernetes.io/managed-by": "keycloak-operator"})
    assert not chosen(budget["selector"], {"app": "keycloak-realm-import"})
    assert named(size, "Cluster")["yulu-postgres"]["spec"]["enablePDB"] is True
    assert "podDisruptionBudget" not in named(size, "Kafka")["yulu"]["spec"]["kafka"].get("template", {})


def test_one_keycloak_alone_has_no_budget_that_no_node_could_ever_be_drained_for(tmp_path):
    objects = given(tmp_path, {"keycloak": {"instances": 1}})
    budgets = {each["metadata"]["name"] for each in objects if each["kind"] == "PodDisruptionBudget"}
    assert "portal" in budgets
    assert "keycloak" not in budgets


def test_without_the_provincial_service_the_import_asks_for_no_key_of_it(tmp_path):
    objects = given(tmp_path, {"keycloak": {"provincial": False}})
    [imported] = [each["spec"] for each in objects if each["kind"] == "KeycloakRealmImport"]
    [secret] = [each["spec"]["target"]["template"]["data"] for each in objects
                if each["kind"] == "ExternalSecret" and each["metadata"]["name"] == "yulu-realm"]  # fmt: skip
    asked = set(re.findall(r"\$\{([A-Z_]+)\}", json.dumps(imported["realm"])))
    assert asked == set(imported["placeholders"]) == set(secret)
    assert not [name for name in asked if name.startswith("PROVINCIAL_")]


def given(folder, further, size="pilot"):
    """Rendered with further values over an installer's own."""
    file = folder / "further.yaml"
    file.write_text(yaml.safe_dump(further))
    return helm.template([helm.CHART / f"values-{size}.yaml", GIVEN, file])


def test_kafkas_pods_are_such_as_a_restricted_namespace_takes():
    """Strimzi's own default is `baseline`; CloudNativePG's is `restricted`."""
    template = named("pilot", "KafkaNodePool")["yulu-nodes"]["spec"]["template"]
    operator = named("pilot", "Kafka")["yulu"]["spec"]["entityOperator"]
    assert {"topicOperator", "userOperator"} == {each for each in operator if each != "template"}
    for container in (
        template["kafkaContainer"], template["initContainer"],
        operator["template"]["topicOperatorContainer"], operator["template"]["userOperatorContainer"],
    ):  # fmt: skip
        assert container["securityContext"] == {
            "runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
        }  # fmt: skip
    assert "securityContext" not in template["pod"], "with one of ours the operator's, which has fsGroup, is gone"


def test_keycloaks_root_is_open_for_as_long_as_it_must_build_itself():
    """Decision 0059; what `restricted` asks of it holds all the same."""
    keycloak = named("pilot", "Keycloak")["yulu"]["spec"]
    pod = keycloak["unsupported"]["podTemplate"]["spec"]
    [container] = pod["containers"]
    security = container["securityContext"]
    assert security.get("readOnlyRootFilesystem", False) is keycloak["startOptimized"]
    assert security["allowPrivilegeEscalation"] is False
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert pod["securityContext"] == {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
    assert pod["automountServiceAccountToken"] is False
    assert all(mount["readOnly"] for mount in container["volumeMounts"])
    why = (ROOT / "docs/decisions/0059-keycloak-builds-itself-in-memory.md").read_text("utf-8")
    assert "`startOptimized: true`" in why


def test_ways_of_telling_and_the_scanner_are_chosen_and_their_secrets_come_from_the_store(tmp_path):
    assert {"NOTIFIER_SMS_SECRET", "NOTIFIER_SMTP_PASSWORD"} <= external("pilot", "yulu-notifier")
    told = environment(named("pilot", "Deployment")["notifier"])
    assert told["NOTIFIER_SMS_URL"].startswith("https://")
    assert not [name for name in told if name.endswith(("SECRET", "PASSWORD"))]
    assert environment(named("pilot", "Deployment")["rights-api"])["RIGHTS_CLAMD"] == "198.51.100.40:3310"
    nobody = given(tmp_path, {"notifications": ["none"], "scanner": "none", "network": {"scanner": [], "gateways": []}})
    by_name = {(each["kind"], each["metadata"]["name"]): each for each in nobody}
    secret = by_name["ExternalSecret", "yulu-notifier"]["spec"]["target"]["template"]["data"]
    assert not [name for name in secret if name.startswith("NOTIFIER_")]
    assert "RIGHTS_CLAMD" not in environment(by_name["Deployment", "rights-api"])


@pytest.mark.parametrize("size", SIZES)
def test_a_lost_node_takes_no_process_with_it(size):
    for name, workload in named(size, "Deployment", "StatefulSet").items():
        scaler = named(size, "HorizontalPodAutoscaler").get(name)
        assert (scaler["spec"]["minReplicas"] if scaler else workload["spec"]["replicas"]) >= 2, name
        pod = workload["spec"]["template"]["spec"]
        lost = {each["key"]: each for each in pod["tolerations"]}
        for condition in ("not-ready", "unreachable"):
            found = lost[f"node.kubernetes.io/{condition}"]
            assert found["effect"] == "NoExecute"
            assert found["tolerationSeconds"] <= 60
        [by_node] = [each for each in pod["topologySpreadConstraints"]
                     if each["topologyKey"] == "kubernetes.io/hostname"]  # fmt: skip
        assert by_node["whenUnsatisfiable"] == "DoNotSchedule", "two replicas on one node are one"
        assert by_node["nodeTaintsPolicy"] == "Honor", "a lost node would be the only place for the next pod"
    assert named(size, "Keycloak")["yulu"]["spec"]["instances"] >= 2
    told = (ROOT / "docs/handbook/failover.md").read_text("utf-8")
    for name in named(size, "StatefulSet"):
        assert f"`{name}`" in told, "stays where it is until somebody says that the node is gone"


_UNITS = {"MB": 1024**2, "GB": 1024**3, "Gi": 1024**3, "Ti": 1024**4}


def as_bytes(told):
    """Of PostgreSQL's settings, whose GB is 1024³, and of Kubernetes'."""
    number, unit = re.fullmatch(r"(\d+)(\w\w)", told).groups()
    return int(number) * _UNITS[unit]


@pytest.mark.parametrize("size", SIZES)
def test_a_standby_that_is_away_does_not_fill_the_volume_of_the_log(size):
    cluster = named(size, "Cluster")["yulu-postgres"]["spec"]
    told = cluster["postgresql"]["parameters"]
    kept = as_bytes(told["max_wal_size"]) + as_bytes(told["max_slot_wal_keep_size"])
    assert as_bytes(told["max_slot_wal_keep_size"]) >= as_bytes(told["max_wal_size"])
    assert kept <= 0.75 * as_bytes(cluster["walStorage"]["size"])


def test_the_handbook_names_versions_of_operators_that_fit_what_is_rendered():
    told = (ROOT / "docs/handbook/kubernetes.md").read_text("utf-8")
    least = dict(
        re.findall(r"^\| (Kubernetes|CloudNativePG|Strimzi|Keycloak Operator) \| ([\d.]+) \|", told, re.MULTILINE)
    )
    chart = yaml.safe_load((helm.CHART / "Chart.yaml").read_text("utf-8"))
    assert chart["kubeVersion"] == f">={least['Kubernetes']}.0-0"
    assert f":{least['Keycloak Operator']}@" in named("pilot", "Keycloak")["yulu"]["spec"]["image"]
    assert f"`kafka.version`（{named('pilot', 'Kafka')['yulu']['spec']['kafka']['version']}）" in told
    # The first with `failoverQuorum` in its spec; the first with Kafka 4.3.
    assert named("pilot", "Cluster")["yulu-postgres"]["spec"]["postgresql"]["synchronous"]["failoverQuorum"] is True
    assert (least["CloudNativePG"], least["Strimzi"]) == ("1.28", "1.1")
    for each in named("pilot", "Kafka", "Keycloak", "ExternalSecret", "Certificate").values():
        assert f"`{each['apiVersion']}`" in told
