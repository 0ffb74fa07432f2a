"""Writes the documents that are made from code: `python docs/generate.py`; `--check` only compares (exit code 1).

Nothing is written a second time: services, events, plan and rules are read from where they are declared.
"""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from generators.asyncapi import asyncapi
from generators.dashboard import dashboard
from generators.desks import DATA as DESKS
from generators.desks import operations_json
from generators.directory import DATA, directory_json, directory_page
from generators.discipline import discipline_rules_page
from generators.lights import lights_page
from generators.metrics import metrics_page
from generators.notices import notices_page
from generators.operations import operations_page
from generators.proceedings import proceedings
from generators.processes import SERVICES, openapi, public_openapi, settings
from generators.rights import rights_rules_page
from generators.security_pages import asvs_page, threats_page
from generators.tables import measures, rules

ROOT = Path(__file__).parents[1]
DOCUMENTS: dict[str, Callable[[], str]] = {
    **{f"docs/openapi/{service}.json": partial(openapi, service) for service in SERVICES},
    "docs/openapi/rights-public.json": public_openapi,
    "docs/asyncapi.yaml": asyncapi,
    str(DATA): directory_json,
    str(DESKS): operations_json,
    "docs/directory.md": directory_page,
    "docs/discipline-rules.md": discipline_rules_page,
    "docs/lights.md": lights_page,
    "docs/measures.md": measures,
    "docs/metrics.md": metrics_page,
    "docs/notices.md": notices_page,
    "docs/operations.md": operations_page,
    "docs/security/asvs.md": asvs_page,
    "docs/security/threats.md": threats_page,
    "docs/proceedings.md": proceedings,
    "docs/rights-rules.md": rights_rules_page,
    "docs/rules.md": rules,
    "docs/settings.md": settings,
    "deploy/observability/dashboard.json": dashboard,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 1 where anything is out of date")
    check: bool = parser.parse_args().check
    stale = []
    for name, make in DOCUMENTS.items():
        path = ROOT / name
        text = make()
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"{name} is out of date: run `python docs/generate.py`" if check else f"written: {name}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
