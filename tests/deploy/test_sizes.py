"""The chart's numbers are the handbook's (sizing.md), or more: tests/load/deployments.yaml says how much, and why."""

import re

import pytest
from contracts.entitlements import TOPICS
from progress_projector.settings import SOURCES

from tests.deploy import helm
from tests.deploy.test_chart import SIZES, container, named
from tests.load import sizing

_CORES = {"m": 1e-3, "": 1}
_GIB = {"Mi": 1 / 1024, "Gi": 1, "Ti": 1024}
GB_IN_GIB = 1e9 / 1024**3


def amount(told, units):
    number, unit = re.fullmatch(r"([\d.]+)(\D*)", str(told)).groups()
    return float(number) * units[unit]


def asked(size):
    """Of each process and engine: how many there are at least, what one of them requests and may use."""
    found = {}
    for name, workload in named(size, "Deployment", "StatefulSet").items():
        scaler = named(size, "HorizontalPodAutoscaler").get(name)
        many = scaler["spec"]["minReplicas"] if scaler else workload["spec"]["replicas"]
        found[name] = many, container(workload)["resources"]
    for engine, spec, many in (
        ("postgres", named(size, "Cluster")["yulu-postgres"]["spec"], "instances"),
        ("kafka", named(size, "KafkaNodePool")["yulu-nodes"]["spec"], "replicas"),
        ("keycloak", named(size, "Keycloak")["yulu"]["spec"], "instances"),
    ):
        found[engine] = spec[many], spec["resources"]
    return found


def in_all(size):
    """Cores and GiB that are requested."""
    return tuple(
        sum(many * amount(told["requests"][what], units) for many, told in asked(size).values())
        for what, units in (("cpu", _CORES), ("memory", _GIB))
    )


@pytest.mark.parametrize("size", SIZES)
def test_nobody_gets_less_than_was_reckoned(size):
    costs, plan = sizing.read()
    chart = asked(size)
    for name, wanted in sizing.sized(costs, plan, size).items():
        many, told = chart[name]
        assert many >= wanted["replicas"], name
        assert amount(told["requests"]["cpu"], _CORES) * 1000 >= wanted["cpu_request_m"], name
        assert amount(told["requests"]["memory"], _GIB) * 1024 >= wanted["memory_request_mib"], name
        assert amount(told["limits"]["memory"], _GIB) * 1024 >= wanted["memory_limit_mib"], name
        assert "cpu" not in told["limits"], "it would slow down who could go on"


@pytest.mark.parametrize("size", SIZES)
def test_what_is_asked_beyond_that_has_a_reason(size):
    costs, plan = sizing.read()
    reckoned, reasons = sizing.totals(costs, plan, size), plan["chart"][size]
    cores, memory = in_all(size)
    assert cores <= reasons["cores"]["value"] * reckoned["cores"]
    assert memory <= reasons["memory"]["value"] * reckoned["memory_gib"]
    assert all(each["why"] for each in reasons.values())


@pytest.mark.parametrize("size", SIZES)
def test_disks_and_copies_are_those_reckoned(size):
    costs, plan = sizing.read()
    disks, copies = sizing.disk(costs, plan, size), plan["deployments"][size]["kafka"]
    postgres = named(size, "Cluster")["yulu-postgres"]["spec"]
    [volume] = named(size, "KafkaNodePool")["yulu-nodes"]["spec"]["storage"]["volumes"]
    assert amount(postgres["storage"]["size"], _GIB) >= disks["postgres_gb"] * GB_IN_GIB
    assert amount(volume["size"], _GIB) >= disks["broker_gb"] * GB_IN_GIB
    for topic in named(size, "KafkaTopic").values():
        assert topic["spec"]["replicas"] == copies["replication"]
        assert topic["spec"]["config"]["min.insync.replicas"] == copies["min_insync"]
        assert topic["spec"]["partitions"] == sizing.PARTITIONS


@pytest.mark.parametrize("size", SIZES)
def test_the_sum_that_a_file_of_values_names_is_its_own(size):
    told = re.search(r"Requests in all: ([\d.]+) CPU and[\s#]+([\d.]+) GiB",
                     (helm.CHART / f"values-{size}.yaml").read_text("utf-8"))  # fmt: skip
    assert tuple(map(float, told.groups())) == pytest.approx(in_all(size), abs=0.06)


def test_the_largest_size_does_not_promise_that_anything_here_merges_provinces():
    """The projector's sources are this deployment's own topics; who lets it follow others corrects the words, too."""
    head = (helm.CHART / "values-nation.yaml").read_text("utf-8").partition("\nautoscaling:")[0]
    assert set(SOURCES) <= set(TOPICS)
    assert "follows the feeds of its own deployment alone" in head.replace("\n# ", " ")
