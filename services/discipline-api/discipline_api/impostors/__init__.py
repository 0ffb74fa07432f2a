"""Practice without a licence: clues from the public and departments, joint action, the fine of 律师法 55 (M12-D8).

A county's bureau may act here, unlike anywhere else in discipline. Nothing of it is shown to the public; who is named
is sealed, and erased at the term.
"""
