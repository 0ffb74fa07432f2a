"""How every page looks and is guarded: templates, words, built assets, headers, the page for what went wrong."""

from portal.look.pages import Look, page

__all__ = ["Look", "page"]
