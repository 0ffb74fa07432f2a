"""`python -m yulu_local`, which is what `make run` calls."""

import argparse
import os
import sys
from pathlib import Path

from yulu_local.processes import PROCESSES
from yulu_local.run import run


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m yulu_local", description="在本机运行豫律 / Run Yulü on one machine"
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=[process.name for process in PROCESSES],
        help="不启动此进程（例如在调试器中自行运行它）/ leave this one out, to run it in a debugger (repeatable)",
    )
    arguments = parser.parse_args()
    return run(Path(os.environ.get("DATA_DIR") or ".local").resolve(), without=arguments.without)


if __name__ == "__main__":
    sys.exit(main())
