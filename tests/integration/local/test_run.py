"""`python -m yulu_local` as a user starts it, with the engines and the issuer only."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest
from yulu_local.databases import MIGRATED
from yulu_local.processes import PROCESSES, Stage

ENGINES = [process for process in PROCESSES if process.stage <= Stage.ISSUER]
OTHERS = [process for process in PROCESSES if process.stage > Stage.ISSUER]


@pytest.fixture
def environment(tmp_path, free_port):
    own = {"DATA_DIR": str(tmp_path / "data"), "NO_PROXY": "127.0.0.1", "IDENTITY": "development"}
    for process in PROCESSES:
        for variable, _ in process.ports:
            own[variable] = str(free_port())
    replaced = {process.replaced_by for process in PROCESSES}
    return {name: value for name, value in os.environ.items() if name not in replaced} | own


def command():
    return [sys.executable, "-m", "yulu_local", *(f"--without={process.name}" for process in OTHERS)]


def refused(environment) -> str:
    result = subprocess.run(command(), env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert result.returncode == 1, result
    assert "Traceback" not in result.stderr + result.stdout
    return result.stdout


class Running:
    def __init__(self, environment) -> None:
        self.output: list[str] = []
        self.process = subprocess.Popen(command(), env=environment, stdout=subprocess.PIPE, text=True)
        for line in self.process.stdout:
            self.output.append(line)
            if line == "ready\n":
                return
        raise AssertionError("".join(self.output))

    def family(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self, number=signal.SIGINT) -> int:
        self.process.send_signal(number)
        self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(60)


def wait_until(condition, seconds=120):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_an_identity_that_does_not_exist_is_refused(environment):
    assert "IDENTITY=nobody" in refused(environment | {"IDENTITY": "nobody"})


def test_it_starts_restarts_what_is_killed_refuses_a_second_start_and_leaves_nothing(environment):
    url = f"http://127.0.0.1:{environment['ISSUER_PORT']}/health/ready"
    running = Running(environment)
    try:
        assert url.removesuffix("/health/ready") in "".join(running.output)
        assert "已在运行" in refused(environment)
        left = json.loads((Path(environment["DATA_DIR"]) / "urls.json").read_bytes())
        assert f"{left['OIDC_ISSUER']}/health/ready" == url
        assert set(left) == {"OIDC_ISSUER", "RIGHTS_PUBLIC_URL", *(f"{name.upper()}_URL" for name in MIGRATED)}
        (issuer,) = [child for child in running.family() if "yulu_local.issuer" in child.cmdline()]
        issuer.kill()
        issuer.wait(10)

        def answers() -> bool:
            try:
                return httpx.get(url, trust_env=False).is_success
            except httpx.HTTPError:
                return False

        wait_until(answers)
        family = running.family()
    finally:
        assert running.stop() == 0
    assert [child for child in family if child.is_running()] == []


def test_even_killed_it_leaves_nothing(environment):
    running = Running(environment)
    family = running.family()
    assert len(family) > len(ENGINES)
    assert running.stop(signal.SIGKILL) == -signal.SIGKILL
    _, alive = psutil.wait_procs(family, timeout=120)
    assert alive == []


def test_a_taken_port_is_named_with_its_variable(environment):
    with socket.create_server(("127.0.0.1", int(environment["KAFKA_PORT"]))):
        assert "KAFKA_PORT" in refused(environment)


def test_two_equal_ports_are_named(environment):
    assert "POSTGRES_PORT" in refused(environment | {"POSTGRES_PORT": environment["KAFKA_PORT"]})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("KAFKA_HOST", "0.0.0.0"),  # noqa: S104 - refused
        ("KAFKA_HOST", "kafka.example"),
        ("KAFKA_EXTERNAL_HOST", "0.0.0.0"),  # noqa: S104 - no client can connect to it
        ("KAFKA_EXTERNAL_HOST", "a,PLAINTEXT://b"),
        ("KAFKA_EXTERNAL_PORT", "0"),
        ("KAFKA_SECURITY_PROTOCOL", "SASL_SSL"),
    ],
)
def test_a_door_that_kafka_must_not_have_is_refused_by_name(environment, variable, value):
    assert variable in refused(environment | {variable: value})


def test_a_port_that_is_none_is_named(environment):
    assert "ISSUER_PORT" in refused(environment | {"ISSUER_PORT": "70000"})


def test_a_data_directory_that_cannot_be_made_is_named(environment):
    assert "DATA_DIR" in refused(environment | {"DATA_DIR": "/proc/yulu"})
