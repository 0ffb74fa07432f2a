"""The README and the handbook, typed as they stand by somebody at a shell: each page top to bottom."""

import pytest

from tests.handbook.fences import PAGES, ROOT
from tests.handbook.shell import Place, to_type, typed
from tests.journeys.actors import eventually
from tests.journeys.made_up import csv_of, lawyer_row

KNOWN = "14107202111591683"
"""The number of a lawyer of the demo's province, which the pages look up."""


@pytest.fixture(scope="module")
def place(system, zhengzhou, public):
    """With somebody in the register, as after `make demo`."""
    firm = zhengzhou.registers_firm()
    row = lawyer_row(firm, number=KNOWN)
    zhengzhou.imports(csv_of([row]))
    eventually(lambda: public.get("registry", f"/v1/public/lawyers/{KNOWN}").status_code == 200)
    return Place(system.outside, system.data_dir)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_of_a_page_does_what_the_page_says(page, place, tmp_path):
    typed(to_type(page), place, tmp_path)
