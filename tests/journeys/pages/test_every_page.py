"""What holds of the pages that everybody may open: accessible, of our own host alone, and whole without scripts."""

import pytest

PAGES = {"home": "/", "receipts": "/receipts", "exit": "/exit", "rights": "/rights", "complaints": "/complaints"}
"""By the name of its picture. A page that needs data has a test of its own beside this one."""


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible(visiting, window, name):
    with visiting(window) as visit:
        visit.open(PAGES[name])
        visit.seen(name)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_whole_without_scripts(visiting, name):
    with visiting(script=False) as visit:
        page = visit.open(PAGES[name])
        assert page.locator("h1").count() == 1
        visit.is_accessible()


@pytest.mark.parametrize("look", ["dark", "large"])
def test_the_look_is_chosen_in_the_footer_and_kept(visiting, window, look):
    button = {"dark": "深色", "large": "长辈版（大字）"}[look]
    with visiting(window) as visit:
        page = visit.open("/")
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_url("**/")
        visit.open("/")
        visit.seen(f"home-{look}")
        chosen = {"dark": "data-theme", "large": "data-view"}[look]
        assert page.locator("html").get_attribute(chosen) == look


def test_what_is_not_there_is_told_with_a_way_back(visiting, window):
    with visiting(window) as visit:
        page = visit.open("/no-such-page", status=404)
        visit.seen("not-found")
        page.get_by_role("link", name="返回首页").click()
        assert page.locator("h1").inner_text() == "河南律师行业服务平台"
