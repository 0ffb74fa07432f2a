"""What the public is shown, and the log of it. The only way onto public display and off it again.

One row per record that was ever shown: sanctions, convictions, failed assessments. While it is shown the row holds the
bytes the public reads; afterwards a nameless tombstone. Each change is an entry of the disclosure log, a Merkle tree
(RFC 9162): its leaves are salted commitments, and the salt goes when the record does.
"""
