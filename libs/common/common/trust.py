"""Whom this process trusts over TLS."""

from functools import cache

import httpx

trust = cache(httpx.create_ssl_context)
"""Made once: it reads every authority that the machine knows, which takes longer than a request."""
