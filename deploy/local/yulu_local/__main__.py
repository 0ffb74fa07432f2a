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
    parser.add_argument(
        "--port-offset",
        type=int,
        default=0,
        help="各默认端口加此数，以便与另一套并存 / added to each default port, to run beside another one",
    )
    arguments = parser.parse_args()
    for process in PROCESSES:
        for variable, default in process.ports:
            os.environ.setdefault(variable, str(default + arguments.port_offset))
    return run(Path(os.environ.get("DATA_DIR") or ".local").resolve(), without=arguments.without)


if __name__ == "__main__":
    sys.exit(main())
