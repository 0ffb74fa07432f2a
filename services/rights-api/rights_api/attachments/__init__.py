"""Files of a case: evidence of the complainant, letters and scans of officers; serves measure 13.

They come in blocks that are sealed and committed one by one, wait in quarantine until a scanner has looked at them, and
are read as viewing copies without metadata, or as the sealed original, by officers who may open the case.
"""
