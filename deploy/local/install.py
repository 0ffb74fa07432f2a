"""Makes .venv from requirements.lock and installs this project into it; the Makefile calls it when either changed.

Standard library only, and no newer syntax than old Pythons can read, so that they too get a sentence and no traceback.
"""

import hashlib
import os
import subprocess
import sys
from typing import NoReturn

LOCK = "requirements.lock"
VENV = ".venv"
STAMP = os.path.join(VENV, ".installed")
NEEDED = (3, 11)

# What pip says, and what to do about it.
SENTENCES = (
    (
        "DO NOT MATCH THE HASHES",
        "下载的软件包与 requirements.lock 中的 SHA-256 不符（损坏或被篡改）：请重试，或更改 PIP_INDEX_URL。",
        "A package has not the SHA-256 of requirements.lock (broken or tampered with): retry, or change PIP_INDEX_URL.",
    ),
    (
        "No space left on device",
        "磁盘已满：请清理磁盘，或将 TMPDIR 设为另一磁盘上的目录。",
        "The disk is full: make room, or set TMPDIR to a directory on another disk.",
    ),
    (
        "Permission denied",
        "无法写入 .venv：请检查此目录的权限。",
        ".venv cannot be written: check the rights of this directory.",
    ),
    (
        "ould not find a version",
        "找不到软件包（无网络，或镜像不全）：请检查网络或 HTTPS_PROXY，或更改 PIP_INDEX_URL。",
        "A package cannot be found (no network, incomplete mirror): check HTTPS_PROXY, or change PIP_INDEX_URL.",
    ),
    (
        "ConnectionError",
        "无法连接软件包仓库：请检查网络或 HTTPS_PROXY，或更改 PIP_INDEX_URL。",
        "The package index cannot be reached: check the network or HTTPS_PROXY, or change PIP_INDEX_URL.",
    ),
)


def say(line: str) -> None:
    print(line, flush=True)


def fail(zh: str, en: str) -> NoReturn:
    say(zh)
    say(en)
    sys.exit(1)


def pip(*arguments: str) -> None:
    """Runs the venv's pip, one line per package; the whole output only where it fails without a known reason."""
    command = [os.path.join(VENV, "bin", "python"), "-m", "pip", "install", "--no-input", *arguments]
    command.append("--disable-pip-version-check")
    # Its messages are read below.
    environment = dict(os.environ, LC_ALL="C.UTF-8")
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, env=environment
    )
    lines = []
    for line in process.stdout or ():
        lines.append(line)
        if line.startswith("Collecting "):
            say("  " + line.split()[1])
        elif line.startswith("Installing collected packages"):
            say("正在安装… / Installing…")
    if process.wait() == 0:
        return
    output = "".join(lines)
    for sign, zh, en in SENTENCES:
        if sign in output:
            fail(zh, en)
    sys.exit(output)


def main() -> None:
    if sys.version_info < NEEDED:
        found = ".".join(map(str, sys.version_info[:3]))
        fail(
            "需要 Python 3.11 或更高版本，当前为 " + found + "：请用 make PYTHON=python3.11 指定。",
            "Python 3.11 or newer is needed, this is " + found + ": name one with `make PYTHON=python3.11`.",
        )
    with open(LOCK, "rb") as lock:
        digest = hashlib.sha256(lock.read()).hexdigest()
    installed = ""
    if os.path.exists(STAMP):
        with open(STAMP) as stamp:
            installed = stamp.read()
    if installed != digest:
        say("准备 Python 环境（仅首次，约一分钟）… / Preparing the Python environment (once, about a minute)…")
        # --clear: half a venv, or one of another Python or place, is of no use.
        if subprocess.call([sys.executable, "-m", "venv", "--clear", VENV]) != 0:
            fail(
                "无法创建 .venv：请检查磁盘空间与权限；Debian、Ubuntu 上请安装 python3-venv。",
                ".venv cannot be made: check space and rights; on Debian and Ubuntu, install python3-venv.",
            )
        pip("--require-hashes", "-r", LOCK)
    pip("--no-deps", "--no-build-isolation", "-e", ".")
    with open(STAMP, "w") as stamp:
        stamp.write(digest)


if __name__ == "__main__":
    main()
