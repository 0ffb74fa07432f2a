"""One supervisord: its configuration, and what we ask of it over its socket."""

import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xmlrpc.client import Fault, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from yulu_local.child import wrap
from yulu_local.problems import Misfortune

# A socket's path holds at most 107 bytes; supervisord first binds one with its process id appended.
_SOCKET_PATH_BYTES = 95

STOPPED, STARTING, RUNNING, BACKOFF, STOPPING, EXITED, FATAL = 0, 10, 20, 30, 40, 100, 200


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    priority: int
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    stop_signal: str = "TERM"

    def section(self, logs: Path) -> str:
        settings = {
            # `python -m yulu_local.child` around it: nothing outlives a killed supervisord.
            "command": shlex.join(self.command),
            "priority": self.priority,
            "environment": ",".join(f'{name}="{value}"' for name, value in self.environment.items()),
            "autostart": "false",
            "autorestart": "true",
            "startsecs": 1,
            "startretries": 100,
            "stopsignal": self.stop_signal,
            "stopwaitsecs": 15,
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": log_of(self.name, logs),
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": 3,
        }
        return _section(f"program:{self.name}", settings)


def log_of(name: str, logs: Path) -> Path:
    return logs / f"{name}.log"


def _section(name: str, settings: Mapping[str, object]) -> str:
    # supervisord expands %(…)s everywhere.
    lines = (f"{key}={str(value).replace('%', '%%')}\n" for key, value in settings.items())
    return f"[{name}]\n{''.join(lines)}\n"


class Supervisor:
    def __init__(self, data_dir: Path, programs: Sequence[Program], environment: Mapping[str, str]) -> None:
        self.logs = data_dir / "logs"
        self._environment = environment
        socket = data_dir / "supervisor.sock"
        self._temporary: tempfile.TemporaryDirectory[str] | None = None
        if len(os.fsencode(socket)) > _SOCKET_PATH_BYTES:
            self._temporary = tempfile.TemporaryDirectory(prefix="yulu-")
            socket = Path(self._temporary.name) / "s"
        self._configuration = data_dir / "supervisord.conf"
        daemon: dict[str, object] = {
            "logfile": self.logs / "supervisord.log",
            "logfile_maxbytes": "10MB",
            "logfile_backups": 3,
            "pidfile": data_dir / "supervisord.pid",
            "directory": Path.cwd(),
        }
        if os.geteuid() == 0:
            daemon["user"] = "root"  # said aloud, or it warns
        text = (
            _section("supervisord", daemon)
            + _section("unix_http_server", {"file": socket, "chmod": "0700"})
            + _section("supervisorctl", {"serverurl": f"unix://{socket}"})  # for an operator's `supervisorctl -c`
            + _section(
                "rpcinterface:supervisor",
                {"supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"},
            )
            + "".join(program.section(self.logs) for program in programs)
        )
        self._configuration.unlink(missing_ok=True)
        with os.fdopen(os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)  # it holds the workers' secrets
        self._socket_url = f"unix://{socket}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--silent", "-c", self._configuration]
        with (self.logs / "supervisord.out").open("wb") as out:
            # A session of its own: Ctrl-C reaches only us, and we stop things in order.
            self._process = subprocess.Popen(  # noqa: S603
                wrap([str(part) for part in command]),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=self._environment,
                start_new_session=True,
            )
        for _ in range(200):
            if self._process.poll() is not None:
                break
            try:
                self._call("getState")
            except (OSError, Fault):
                time.sleep(0.05)
            else:
                return
        raise Misfortune(
            f"supervisord 未能启动：请查看 {self.logs / 'supervisord.out'}。",
            f"supervisord did not start: see {self.logs / 'supervisord.out'}.",
        )

    def _call(self, method: str, *arguments: object) -> Any:
        # A connection of its own: one that a signal interrupted cannot be used again.
        transport = SupervisorTransport(None, None, self._socket_url)
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            return getattr(proxy.supervisor, method)(*arguments)

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start_program(self, name: str) -> None:
        self._call("startProcess", name, False)

    def states(self) -> dict[str, int]:
        return {info["name"]: info["state"] for info in self._call("getAllProcessInfo")}

    def stop_programs(self, names: Sequence[str]) -> None:
        """Together; returns when all have ended. supervisord kills what does not end in time."""
        ended = (STOPPED, EXITED, FATAL)
        for name in names:
            if self.states()[name] not in ended:
                self._call("stopProcess", name, False)
        while any(self.states()[name] not in ended for name in names):
            time.sleep(0.05)

    def stop(self, stages: Sequence[Sequence[str]]) -> None:
        """The stages one after another, then supervisord itself, which stops what is left."""
        if self._process is None:
            return
        try:
            for names in stages:
                self.stop_programs(names)
        except (OSError, Fault):
            pass  # it is ending already, or cannot be reached; the signal does the rest, in order of priority
        self._process.send_signal(signal.SIGTERM)
        self._process.wait()
        self._process = None
        self._configuration.unlink(missing_ok=True)
        if self._temporary is not None:
            self._temporary.cleanup()
