"""Messages both ways between a complainant and the officers of his case, and evidence sent later; serves measure 13.

The receipt alone opens them for him, an assignment for them. They are sealed, tell no event, and only grow.
"""
