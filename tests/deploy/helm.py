"""Helm itself, as a library from Maven, in a process of its own: `python -m tests.deploy.helm` with a request on stdin.

It is a Go library: its threads and signals are no matter for the process that runs the tests.
"""

import ctypes
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from yulu_local import jars

LIBRARY = jars.Jar(
    "a01b3a7a746e67ac9541d147dabcea0b295ea1cbb0c456a3f2f5b911ce75bf7a",
    "com.marcnuri.helm-java",
    "linux-amd64",
    "0.0.21",
)
ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "yulu"
HOOK = "checked/hook"
"""Stands for `helm.sh/hook` in what `template` tells."""


class Refused(Exception):
    """What Helm says of a chart that it does not take."""


class _Result(ctypes.Structure):
    _fields_ = [(name, ctypes.c_char_p) for name in ("out", "err", "stdout", "stderr")]


def _options(name: str, *fields: tuple[str, Any]) -> type[ctypes.Structure]:
    return type(name, (ctypes.Structure,), {"_fields_": list(fields)})


_TEXT, _FLAG = ctypes.c_char_p, ctypes.c_int
_Template = _options(
    "Template", ("name", _TEXT), ("version", _TEXT), ("chart", _TEXT), ("namespace", _TEXT), ("kubeVersion", _TEXT),
    ("dependencyUpdate", _FLAG), ("skipCRDs", _FLAG), ("values", _TEXT), ("setFiles", _TEXT), ("valuesFiles", _TEXT),
    ("certFile", _TEXT), ("keyFile", _TEXT), ("caFile", _TEXT), ("insecureSkipTlsVerify", _FLAG),
    ("plainHttp", _FLAG), ("keyring", _TEXT), ("debug", _FLAG), ("repositoryConfig", _TEXT),
)  # fmt: skip
_Lint = _options("Lint", ("path", _TEXT), ("strict", _FLAG), ("quiet", _FLAG))


def template(values: Sequence[Path], *, namespace: str = "yulu") -> list[dict[str, Any]]:
    """Every object of the chart with these files of values, later ones over earlier. Raises Refused."""
    with TemporaryDirectory() as folder:
        chart = Path(folder) / "yulu"
        shutil.copytree(CHART, chart)
        # The library leaves hooks out of what it tells: here they are objects like others, marked otherwise.
        for path in chart.rglob("*.yaml"):
            path.write_text(path.read_text("utf-8").replace("helm.sh/hook:", f"{HOOK}:"), "utf-8")
        return _rendered(chart, values, namespace)


def _rendered(chart: Path, values: Sequence[Path], namespace: str) -> list[dict[str, Any]]:
    text = _asked({"do": "Template", "chart": str(chart), "values": ",".join(map(str, values)), "namespace": namespace})
    return [document for document in yaml.safe_load_all(text) if document]


def lint(values: Sequence[Path]) -> str:
    """What Helm's linter says of the chart with these files of values, at last `Failed: false` or `Failed: true`.

    The linter takes no values but the chart's own: here they are those, with the files' over them.
    """
    with TemporaryDirectory() as folder:
        chart = Path(folder) / "yulu"
        shutil.copytree(CHART, chart)
        own = chart / "values.yaml"
        merged = yaml.safe_load(own.read_text("utf-8"))
        for path in values:
            merged = _merged(merged, yaml.safe_load(path.read_text("utf-8")))
        own.write_text(yaml.safe_dump(merged, allow_unicode=True), "utf-8")
        return _asked({"do": "Lint", "chart": str(chart)})


def _merged(under: Any, over: Any) -> Any:
    """As Helm lays one file of values over another: maps by key, anything else whole."""
    if not isinstance(under, dict) or not isinstance(over, dict):
        return over
    return under | {key: _merged(under.get(key), value) for key, value in over.items()}


def _library() -> Path:
    """Unpacked beside its jar, once."""
    [jar] = jars.fetch(jars=[LIBRARY], of="Helm")
    library = jar.with_suffix(".so")
    if not library.exists():
        fresh = library.with_suffix(f".{id(library)}")
        with zipfile.ZipFile(jar) as archive:
            fresh.write_bytes(archive.read("helm-linux-amd64.so"))
        fresh.replace(library)
    return library


def _asked(request: dict[str, str]) -> str:
    found = subprocess.run(
        [sys.executable, "-m", "tests.deploy.helm"], cwd=ROOT, check=False, capture_output=True, text=True,
        input=json.dumps({"library": str(_library()), "chart": str(CHART)} | request),
    )  # fmt: skip
    if found.returncode:
        raise Refused(found.stderr.strip())
    return found.stdout


def main() -> None:
    request = json.load(sys.stdin)
    library = ctypes.CDLL(request["library"])
    if request["do"] == "Lint":
        options = _Lint(path=request["chart"].encode(), strict=1)
    else:
        options = _Template(
            name=b"yulu", chart=request["chart"].encode(), namespace=request["namespace"].encode(),
            valuesFiles=request["values"].encode(), kubeVersion=b"1.34.0",
        )  # fmt: skip
    call = library[request["do"]]
    call.restype, call.argtypes = _Result, [ctypes.POINTER(type(options))]
    result = call(ctypes.byref(options))
    if result.err:
        sys.exit(result.err.decode())
    print((result.out or result.stdout).decode())


if __name__ == "__main__":
    main()
