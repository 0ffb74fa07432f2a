"""Who may speak to whom in the cluster: ways that are needed are open, and no others."""

import pytest
from common.telemetry.closed import is_closed

from tests.deploy.declared import OURS
from tests.deploy.test_chart import named, settings_class
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
    [keycloak] = [each for each in without if each["kind"] == "NetworkPolicy" and each["metadata"]["name"] == "keycloak"]
    assert PROVINCIAL not in str(keycloak)


@pytest.mark.parametrize("process", OURS)
def test_who_sends_traces_reaches_the_collector_and_who_is_closed_does_not(process):
    reaches = (4318, COLLECTOR) in ways(named("pilot", "NetworkPolicy")[process])
    assert reaches is not is_closed(settings_class(process).service)
