"""Connections to PostgreSQL: what all may open at once fits, for every size, so that none can take another's place."""

import re

import pytest
import yaml

from tests.deploy import helm
from tests.deploy.declared import OURS
from tests.deploy.test_chart import GIVEN, SIZES, environment, named

USES = 4
"""Pools for transactions (twice as large), statements and look-ups; tests/integration/common_http/test_pool_size.py."""
WAITING = 2
"""Connections beside the pools, such as for locks of a session and for what changed."""


def most_of(size, name):
    """How many pods of a process there may be at once."""
    workload = named(size, "Deployment", "StatefulSet")[name]
    scaler = named(size, "HorizontalPodAutoscaler").get(name)
    many = scaler["spec"]["maxReplicas"] if scaler else workload["spec"]["replicas"]
    surge = workload["spec"]["strategy"]["rollingUpdate"]["maxSurge"] if workload["kind"] == "Deployment" else 0
    return many + surge


def databases_of(size, name):
    """Roles as which it is given an address of a database."""
    data = named(size, "ExternalSecret")[f"yulu-{name}"]["spec"]["target"]["template"]["data"]
    return {
        re.match(r"postgresql://(\w+):", url)[1] for variable, url in data.items() if variable.endswith("_DATABASE_URL")
    }


def wanted(size):
    """Of each role the most that its processes open at once."""
    found: dict[str, int] = {}
    for name in OURS:
        for role in databases_of(size, name):
            pool = int(environment(named(size, "Deployment", "StatefulSet")[name])["DATABASE_POOL_SIZE"])
            found[role] = found.get(role, 0) + most_of(size, name) * (USES * pool + WAITING)
    for role in databases_of(size, "erasure-ledger"):
        found[role] += 1
    keycloak = named(size, "Keycloak")["yulu"]["spec"]
    return found | {"keycloak": (keycloak["instances"] + 1) * keycloak["db"]["poolMaxSize"]}


def limits(size):
    roles = named(size, "Cluster")["yulu-postgres"]["spec"]["managed"]["roles"]
    return {each["name"]: each["connectionLimit"] for each in roles}


@pytest.mark.parametrize("size", SIZES)
def test_whatever_all_open_at_once_the_server_has_room_for_each(size):
    cluster = named(size, "Cluster")["yulu-postgres"]["spec"]
    reserved = yaml.safe_load((helm.CHART / "values.yaml").read_text("utf-8"))["postgres"]["reserved"]
    assert reserved >= 20
    assert sum(limits(size).values()) + reserved <= int(cluster["postgresql"]["parameters"]["max_connections"])


@pytest.mark.parametrize("size", SIZES)
def test_each_role_may_open_what_its_processes_need_and_no_more(size):
    needed = wanted(size)
    assert set(needed) == set(limits(size))
    for role, limit in limits(size).items():
        assert needed[role] <= limit <= needed[role] + 20, role
        assert limit > 0, "-1 is no limit"


def test_more_replicas_than_the_server_bears_are_refused_with_the_number_that_it_takes(tmp_path):
    file = tmp_path / "more.yaml"
    file.write_text(yaml.safe_dump({"sizes": {"registry-api": {"max": 200}}}))
    with pytest.raises(helm.Refused, match=r"max_connections must be (\d{4}) or more"):
        helm.template([helm.CHART / "values-province.yaml", GIVEN, file])
