"""Who may speak to whom in the cluster: ways that are needed are open, and no others."""

import pytest
from common.telemetry.closed import is_closed

from tests.deploy.declared import OURS
from tests.deploy.test_chart import environment, named, settings_class
from tests.deploy.test_foundation import given

PROVINCIAL, COLLECTOR = "198.51.100.50/32", "198.51.100.60/32"


def ways(policy, direction="egress"):
    """(port, to or from whom) that a policy opens; whom: a network, a namespace, or a pod's labels as text."""
    whom = {"egress": "to", "ingress": "from"}[direction]
    return {
        (port["port"], peer_name(peer))
        for rule in policy["spec"].get(direction, [])
        for port in rule.get("ports", [{"port": None}])
        for peer in rule[whom]
    }


def peer_name(peer):
    if "ipBlock" in peer:
        return peer["ipBlock"]["cidr"]
    labels = {
        key: value
        for part in ("namespaceSelector", "podSelector")
        for key, value in peer.get(part, {}).get("matchLabels", {}).items()
    }
    return "/".join(labels.values())


def test_keycloak_reaches_the_provincial_service_and_without_one_nobody_does(tmp_path):
    assert (443, PROVINCIAL) in ways(named("pilot", "NetworkPolicy")["keycloak"])
    without = given(tmp_path, {"keycloak": {"provincial": False}, "network": {"provincial": []}})
    [keycloak] = [
        each for each in without if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == "keycloak"
    ]
    assert PROVINCIAL not in str(keycloak)


@pytest.mark.parametrize("process", OURS)
def test_who_sends_traces_reaches_the_collector_and_who_is_closed_does_not(process):
    reaches = (4318, COLLECTOR) in ways(named("pilot", "NetworkPolicy")[process])
    assert reaches is not is_closed(settings_class(process).service)


def test_the_scanner_is_reached_at_its_own_port_by_who_asks_it_alone():
    who = {name for name, policy in named("pilot", "NetworkPolicy").items() if "198.51.100.40/32" in str(policy)}
    assert who == {"rights-api"}
    assert (3310, "198.51.100.40/32") in ways(named("pilot", "NetworkPolicy")["rights-api"])


def test_engines_are_reached_by_their_own_operator_and_monitoring_at_its_port_alone():
    policies = named("province", "NetworkPolicy")
    postgres, keycloak = (ways(policies[name], "ingress") for name in ("postgres", "keycloak"))
    ours = {*(f"yulu/{name}" for name in OURS), "true", "yulu-postgres", ""}
    assert {way for way in postgres if way[1] not in ours} == {
        (5432, "cnpg-system/cloudnative-pg"), (8000, "cnpg-system/cloudnative-pg"), (9187, "monitoring"),
    }  # fmt: skip
    assert keycloak == {
        (8443, "ingress-nginx"), (8443, "yulu/portal"), (9000, "monitoring"), (7800, "keycloak"), (57800, "keycloak"),
    }  # fmt: skip


def test_keycloaks_operator_makes_no_rules_beside_ours():
    """Its own, which it makes unless told otherwise, open 8443 and 9000 to everybody."""
    assert named("pilot", "Keycloak")["yulu"]["spec"]["networkPolicy"] == {"enabled": False}


def test_the_issuer_is_reached_whether_addresses_are_judged_before_or_after_translation():
    for name, policy in named("pilot", "NetworkPolicy").items():
        if name in {*OURS, "keycloak"}:
            assert {(443, "198.51.100.10/32"), (443, "ingress-nginx"), (8443, "ingress-nginx")} <= ways(policy), name


def test_names_are_asked_of_the_clusters_service_or_of_the_nodes_own():
    assert ways(named("pilot", "NetworkPolicy")["default-deny"]) == {
        (53, "kube-system"), (53, "169.254.20.10/32"),
    }  # fmt: skip


def test_of_keycloaks_administration_there_is_no_way_from_outside():
    """A list of allowed addresses at the ingress is passed by whoever may say his own, and fails those translated."""
    for ingress in named("pilot", "Ingress").values():
        assert not [key for key in ingress["metadata"]["annotations"] if "source-range" in key]
    [rule] = named("pilot", "Ingress")["identity"]["spec"]["rules"]
    paths = [each["path"] for each in rule["http"]["paths"]]
    assert paths == ["/realms/yulu", "/resources"]
    assert "identity-administration" not in named("pilot", "Ingress")
    policies = named("pilot", "NetworkPolicy")
    assert (8443, "keycloak") in ways(policies["portal"])
    assert (8443, "yulu/portal") in ways(policies["keycloak"], "ingress")
    address = environment(named("pilot", "Deployment")["portal"])["IDENTITY_ADMIN_URL"]
    service = address.split("/")[2].partition(":")[0]
    assert service in named("pilot", "Certificate")["yulu-internal"]["spec"]["dnsNames"]
