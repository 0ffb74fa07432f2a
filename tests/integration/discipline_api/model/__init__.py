"""Both machines of a case as the law has them, written apart from the service, and the service held against them.

`law` (tables), `dates`, `penalties`, `case`, `administrative` and `industry` are the model: plain Python that shares
neither code nor data with what it judges. `commands` makes up orders, lawful and not; `bench` gives one to the service
and compares.
"""
