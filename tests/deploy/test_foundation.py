"""What the chart asks of ingress, engines and operators: as each of them takes it, and as our own promises need it."""

import json
import re

import pytest
import yaml

from tests.deploy import helm
from tests.deploy.declared import ROOT
from tests.deploy.test_chart import GIVEN, SIZES, named, rendered

NGINX = "nginx.ingress.kubernetes.io"


@pytest.mark.parametrize("size", SIZES)
def test_the_ingress_keeps_neither_what_is_written_nor_who_wrote(size):
    for name, ingress in named(size, "Ingress").items():
        annotations = ingress["metadata"]["annotations"]
        assert annotations[f"{NGINX}/proxy-request-buffering"] == "off", name
        assert annotations[f"{NGINX}/enable-access-log"] == "false", name
