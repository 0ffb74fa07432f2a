"""The case itself: what it is about, how it may move, what is kept of it, and who may come near it.

Features act on a case through this room. Texts and persons stay sealed in it; the machine is rights_proceedings.yaml.
"""
