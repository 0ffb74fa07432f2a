"""Prints what was asked and what is wrong; status 1 where anything is.

`python -m tests.security.fuzz --examples 1000 --service registry --seed 7`
"""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path

from yulu_local.engines import running_postgres

from tests.conftest import running_issuer
from tests.security.fuzz.documents import SERVICES
from tests.security.fuzz.run import Fuzz, Report, attentive
from tests.security.fuzz.system import running_system


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.security.fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=100, help="questions to each operation (default: 100)")
    parser.add_argument("--service", action="append", choices=SERVICES, help="of these alone; may be given repeatedly")
    parser.add_argument("--only", default="", help="operations whose method and path hold this")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=float("inf"), help="end after the round then under way")
    parser.add_argument("--report", type=Path, help="write what was asked and found here, as JSON")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace, directory: Path) -> Report:
    with (
        running_postgres(directory / "postgres" / "data") as postgres,
        running_issuer(directory / "issuer") as issuer,
        attentive() as logs,
    ):
        async with running_system(postgres, issuer, directory) as system:
            fuzz = Fuzz(system, issuer, logs, seed=arguments.seed)
            services = arguments.service or SERVICES
            limits = {"examples": arguments.examples, "only": arguments.only, "seconds": arguments.seconds}
            return await fuzz.run(services, **limits)


def _told(report: Report) -> None:
    for fault in sorted(report.faults.values(), key=lambda each: (each.what, each.operation)):
        print(f"\n{fault.what}: {fault.detail} ({fault.times} times)\n  {fault.question}\n  → {fault.answer}")
    total = sum(report.asked.values())
    never = [name for name in report.asked if not report.good[name]]
    print(f"\n{len(report.asked)} operations, {total} questions in {report.seconds:.0f} s")
    print(f"{len(report.faults)} kinds of faults")
    print("answers: " + ", ".join(f"{status}: {times}" for status, times in sorted(report.statuses.items())))
    print(f"{len(never)} operations have not once answered with success: {'; '.join(never)}")


def main() -> None:
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as directory:
        report = asyncio.run(_run(arguments, Path(directory)))
    _told(report)
    if arguments.report is not None:
        told = {"asked": report.asked, "good": report.good, "statuses": report.statuses,
                "faults": [vars(fault) for fault in report.faults.values()]}  # fmt: skip
        arguments.report.write_text(json.dumps(told, ensure_ascii=False, indent=1))
    sys.exit(bool(report.faults))


if __name__ == "__main__":
    main()
