"""The permission matrix over pages: every address of the portal, by every kind of caller.

`callers` says who looks; `desk_rows` and `special_rows` say at what, and which operations of the services decide about
it; `typed` is what they send, right in form and about Zhengzhou, so that only the right decides; `things` makes
something of Zhengzhou's in each room. Every call that a page makes is kept beside it (`portal`). A page that everybody
may see by design stands in `by_design` with its reason: a route that is in neither fails.
"""
