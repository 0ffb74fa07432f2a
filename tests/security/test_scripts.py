"""What the portal's own scripts never do: keep anything in the browser, or let what they are told become code, markup
or the name of a property."""

import re

import pytest

from tests.security.supply.components import ROOT

_SCRIPTS = sorted((ROOT / "services/portal/assets/js").rglob("*.js"))
_REFUSED = {
    "keeps": r"\b(?:localStorage|sessionStorage|indexedDB|caches|cookieStore|serviceWorker)\b|document\.cookie\b",
    "runs": r"""\b(?:eval|Function)\(|\bset(?:Timeout|Interval)\(\s*["'`]""",
    "becomes markup": r"\b(?:innerHTML|outerHTML|srcdoc|insertAdjacentHTML|createContextualFragment|setHTMLUnsafe)\b"
    r"|document\.write",
    # Names from outside are looked up in a Map; what is written into an object has its name in the text.
    "is a prototype": r"__proto__|\bprototype\b|\bsetPrototypeOf\b|\bconstructor\b|\bdefineProperty\b",
    "names a property": r"(?<![=\s(,])\[[^\]\n]*\]\s*(?:[-+*/|&?]{0,2}=(?!=)|\+\+|--)|\bfor\s*\([^)]*\sin\s"
    r"|\.\.\.\s*JSON\.parse|Object\.assign\([^,]+,(?!\s*(?:\{|link\)))",
}


@pytest.mark.parametrize("path", _SCRIPTS, ids=lambda path: path.name)
def test_scripts_keep_nothing_and_take_neither_code_nor_names_from_outside(path):
    text = re.sub(r"(?m)(?:^|\s)//.*$", "", path.read_text(encoding="utf-8"))
    assert {what: found for what, refused in _REFUSED.items() if (found := re.findall(refused, text))} == {}


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("keeps", "localStorage.setItem('theme', 'dark')"), ("keeps", "const kept = document.cookie"),
        ("runs", "setTimeout('tick()', 10)"), ("runs", "new Function('return 1')"),
        ("becomes markup", "list.innerHTML = told.name"),
        ("is a prototype", "options.__proto__.admin = true"),
        ("names a property", "options[told.name] = told.value"), ("names a property", "counts[name] += 1"),
        ("names a property", "for (const name in told) use(name)"),
        ("names a property", "const options = { ...JSON.parse(text) }"),
        ("names a property", "Object.assign(options, JSON.parse(text))"),
        ("names a property", "Object.assign(options, told)"),
    ],
)  # fmt: skip
def test_what_is_refused_would_be_found(what: str, text: str):
    assert re.search(_REFUSED[what], text)
