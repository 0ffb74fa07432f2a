"""`python -m common.probe`: exit code 0 where PROBE_URL, an address of this machine, answers 2xx.

For health checks of containers that hold no other HTTP client.
"""

import os
import ssl
import sys
import urllib.error
import urllib.request
from urllib.parse import urlsplit

_SECONDS = 4
_OWN = ("127.0.0.1", "localhost")


def probe(url: str) -> str | None:
    """None where it answers 2xx, else why not. Only this machine is asked: its certificate names another host."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or parts.hostname not in _OWN:
        return f"{url} is not an address of this machine (http or https, {' or '.join(_OWN)})"
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
    )  # fmt: skip
    try:
        with opener.open(url, timeout=_SECONDS):
            return None
    except urllib.error.HTTPError as error:
        with error:
            return f"{url} answers {error.code}"
    except (OSError, ValueError) as error:
        return f"{url} does not answer: {error}"


if __name__ == "__main__":
    sys.exit(probe(os.environ.get("PROBE_URL", "")))
