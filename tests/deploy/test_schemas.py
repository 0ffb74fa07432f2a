"""What the chart renders is what Kubernetes takes: each object of its own against the schema, no field unknown."""

import copy

import kubernetes_validate
import pytest

from tests.deploy.test_chart import rendered

KUBERNETES = "1.34"
OPERATORS = ("strimzi.io", "cnpg.io", "keycloak.org", "cert-manager.io", "external-secrets.io", "monitoring.coreos.com")
"""Whose kinds have no schema here; docs/handbook/install.md says how a cluster tries them without being changed."""


def of_kubernetes(size):
    return [each for each in rendered(size) if not each["apiVersion"].split("/")[0].endswith(OPERATORS)]


@pytest.mark.parametrize("size", ["pilot", "nation"])
def test_every_object_is_of_its_schema(size):
    objects = of_kubernetes(size)
    assert len(objects) > 50
    for each in objects:
        kubernetes_validate.validate(each, KUBERNETES, strict=True)


@pytest.mark.parametrize("wrong", [{"replicas": "two"}, {"replica": 2}])
def test_a_fault_would_be_found(wrong):
    workload = copy.deepcopy(next(each for each in of_kubernetes("pilot") if each["kind"] == "Deployment"))
    workload["spec"] |= wrong
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(workload, KUBERNETES, strict=True)
