"""`python -m tests.handbook.here PAGE...`: types pages on the system that runs already, as `make run` has left its
addresses in DATA_DIR; says which page went through. For whoever writes a page.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

from tests.handbook.fences import PAGES, ROOT
from tests.handbook.shell import Place, to_type, typed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", nargs="*", type=Path, default=PAGES)
    parser.add_argument("--port-offset", type=int, default=0, help="that the system was started with")
    given = parser.parse_args()
    data_dir = Path(os.environ.get("DATA_DIR", ".local")).resolve()
    place = Place({**os.environ, "DATA_DIR": str(data_dir)}, data_dir, given.port_offset)
    failed = 0
    for page in given.pages:
        fences = to_type(page.resolve())
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            try:
                typed(fences, place, Path(folder))
            except AssertionError as error:
                failed += 1
                print(error)
                continue
        print(f"{page.resolve().relative_to(ROOT)}: {len(fences)} fences, {time.monotonic() - began:.0f} s", flush=True)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
