"""Remarks on records that are on display (measure 12, M12-D5).

Objections (异议), early credit repair (信用修复), and the statement that its subject places beside a record. Texts are
sealed under a key of the record, which goes at the record's term.
"""
