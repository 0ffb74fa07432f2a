"""Whom this process trusts over TLS."""

import os
import ssl
from functools import cache

import httpx

from common.certificates import Renewing


@cache
def trust() -> ssl.SSLContext:
    """Made once: it reads every authority that the machine knows, which takes longer than a request.

    The file that SSL_CERT_FILE names may change under the process.
    """
    file = os.environ.get("SSL_CERT_FILE")
    return Renewing.trusting(file) if file else httpx.create_ssl_context()
