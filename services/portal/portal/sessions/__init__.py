"""Sessions: people sign in at the identity service (OpenID Connect, code with PKCE) and stay signed in here.

The browser holds a random cookie, the database its digest and the sealed tokens. A session ends with its refresh token,
when its owner signs out here, or when the identity service says so (back-channel logout).
"""

from portal.sessions.sessions import Sessions

__all__ = ["Sessions"]
