"""One stream over all services (统一事件流): each event pulled once, rendered once, given to everybody who may read it.

`tails` follow the sources, `groups` hold the listeners who are shown the same, `hub` joins the two, `listeners` are
open answers, `use_cases` pages, answered at once.
"""
