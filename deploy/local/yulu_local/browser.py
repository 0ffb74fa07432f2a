"""`python -m yulu_local.browser`: Chromium and a Chinese font from the system's packages, for tests in a browser.

Where that cannot be done (no apt, no root), it says what to install; those tests are then skipped.
"""

import os
import shutil
import subprocess
import sys

CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
PACKAGES = ("chromium-headless-shell", "fonts-noto-cjk")
"""The shell alone: a whole Chromium draws its own windows for each page, and takes a third of a machine for it."""


def find_browser() -> str | None:
    """The path of a Chromium."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def main() -> None:
    if find_browser() is not None:
        return
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        sys.stdout.write(
            "未找到 Chromium：浏览器测试将被跳过。请安装 chromium 与 fonts-noto-cjk。\n"
            "No Chromium: tests in a browser are skipped. Install chromium and fonts-noto-cjk.\n"
        )
        return
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (("update", "-q"), ("install", "-q", "-y", "--no-install-recommends", *PACKAGES)):
        done = subprocess.run(  # noqa: S603
            [apt, *arguments],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            sys.stdout.write(f"apt-get {arguments[0]}: {done.stderr.strip()[-300:]}\n")


if __name__ == "__main__":
    main()
