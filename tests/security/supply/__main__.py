"""Writes build/bom.cdx.json (CycloneDX 1.6) and prints who is under which licence; status 1 where one is not permitted.

It looks up no known vulnerabilities: that needs advisories, which cannot be had where this repository is tested. Where
they can: `pip-audit --strict -r requirements.lock --require-hashes --disable-pip` (without --strict, what could not be
asked about counts as harmless); `npm audit --package-lock-only` in services/portal/assets; and a scanner that is given
the bill, for jars and images.
"""

import json
import sys
from collections import defaultdict
from typing import Any

from tests.security.supply.components import ROOT, Component, components

OUTPUT = ROOT / "build" / "bom.cdx.json"


def bill(found: list[Component]) -> dict[str, Any]:
    """Without a date or a number of its own: the same locks give the same bytes."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "name": "yulu", "version": "0.1.0", "bom-ref": "yulu"}},
        "components": [
            {
                "type": "container" if each.kind == "docker" else "library",
                "bom-ref": each.purl,
                "name": each.name,
                "version": each.version,
                "purl": each.purl,
                "licenses": [{"expression": each.licence}],
                "hashes": [{"alg": algorithm, "content": digest} for algorithm, digest in each.hashes[:1]],
            }
            for each in sorted(found, key=lambda each: each.purl)
        ],
    }


def main() -> int:
    found = components()
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(json.dumps(bill(found), indent=1) + "\n")
    under = defaultdict(list)
    for each in found:
        under[each.licence].append(f"{each.name} {each.version}")
    for licence, names in sorted(under.items()):
        print(f"{licence or '(unknown)'}: {len(names)}\n  {', '.join(sorted(names))}")
    refused = [each for each in found if not each.permitted]
    for each in refused:
        print(f"not permitted: {each.purl} under {each.licence or 'no known licence'}", file=sys.stderr)
    print(f"{len(found)} components, {OUTPUT.relative_to(ROOT)}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
