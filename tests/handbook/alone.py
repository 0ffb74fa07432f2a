"""`python -m tests.handbook.alone`: a system of its own, on which the pages' commands are typed that stop something or
take minutes (fences `bash alone`), each page's with its other ones. Status 0 where all did what the page says.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.handbook.fences import PAGES, ROOT, fences_of
from tests.handbook.shell import Place, typed
from tests.support.system import running_system

HOWS = ("", "refused", "alone")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES)
    pages = [page.resolve() for page in parser.parse_args().pages]
    failed = 0
    with tempfile.TemporaryDirectory() as data, running_system(Path(data) / "data", PUBLIC_RATE_LIMIT="off") as system:
        place = Place(system.outside, system.data_dir)
        for page in pages:
            fences = [fence for fence in fences_of(page) if fence.language == "bash" and fence.how in HOWS]
            if all(fence.how != "alone" for fence in fences):
                continue
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                try:
                    typed(fences, place, Path(folder), seconds=3600)
                except AssertionError as error:
                    failed = 1
                    print(error, flush=True)
                    continue
            print(f"{page.relative_to(ROOT)}: {len(fences)} fences, {time.monotonic() - began:.0f} s", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
