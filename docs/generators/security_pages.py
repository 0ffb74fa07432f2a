"""What is defended and what is not: pages made of docs/security/*.yaml."""

from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parents[1] / "security"
_STANDS = {"met": "met", "unmet": "**not met**", "absent": "no such thing here"}


def _read(name: str) -> Any:
    return yaml.safe_load((HERE / name).read_text())


def _links(paths: list[str]) -> str:
    told = []
    for path in paths:
        place, _, test = path.partition("::")
        name = place.rpartition("/")[2] or place
        told.append(f"[{name}{': ' + test.removeprefix('test_').replace('_', ' ') if test else ''}](../../{place})")
    return ", ".join(told)


def asvs_page() -> str:
    levels = {number: level for level, told in _read("asvs-levels.yaml").items() for number in told.split()}
    rows = [(number, row) for row in _read("asvs.yaml")["rows"] for number in row["v"].split()]
    rows.sort(key=lambda each: [int(part) for part in each[0].split(".")])
    counts = "; ".join(
        f"level {level}: "
        + ", ".join(
            f"{sum(row['is'] == stand and levels[number] == level for number, row in rows)} {told.strip('*')}"
            for stand, told in _STANDS.items()
        )
        for level in sorted(set(levels.values()))
    )
    lines = [
        "# OWASP ASVS 5.0.0",
        "",
        "Made of `docs/security/asvs.yaml`. Numbers are the standard's, words our own. Judged by ourselves, not by an",
        "assessor; what a deployment must add is told as not met.",
        "",
        f"{counts}.",
        "",
        "| number | level | stands | what | shown by |",
        "|---|---|---|---|---|",
    ]
    for number, row in rows:
        what = row["what"] + (f" — {row['because']}" if "because" in row else "")
        lines.append(f"| {number} | {levels[number]} | {_STANDS[row['is']]} | {what} | {_links(row.get('by', []))} |")
    return "\n".join(lines) + "\n"


def threats_page() -> str:
    lines = [
        "# Threats",
        "",
        "Made of `docs/security/threats.yaml`: per service, and what stands beside, by STRIDE.",
        "",
    ]
    model = _read("threats.yaml")
    for name, told in (model["services"] | model["beside"]).items():
        lines += [f"## {name}", ""]
        for word in ("assets", "actors", "entries", "boundaries"):
            lines.append(f"* {word}: {'; '.join(told[word])}")
        lines += ["", "| kind | threat | what stops it | shown by | what remains |", "|---|---|---|---|---|"]
        lines += [
            f"| {each['kind']} | {each['threat']} | {each['stops']} | {_links([each['test']])} | {remains} |"
            for each in told["threats"]
            for remains in (each.get("remains", ""),)
        ]
        lines.append("")
    return "\n".join(lines)
