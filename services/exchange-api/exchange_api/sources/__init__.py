"""Named sequences of events that a reader may be given: feeds for our own, channels for everybody else; and where in
each of them he stands. Serves the merged stream, webhooks and what operators see.
"""
