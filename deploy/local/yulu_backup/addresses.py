"""Where a server is, as PostgreSQL's own programs want to be told: by their environment, all its addresses included."""

import re

from sqlalchemy import URL

_ADDRESS = re.compile(r"(?P<socket>/.*?)(:\d+)?|\[(?P<six>.+)\](:\d+)?|(?P<host>[^:]*)(:\d+)?")
_QUERY = {
    "port": "PGPORT", "target_session_attrs": "PGTARGETSESSIONATTRS", "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT", "sslkey": "PGSSLKEY",
}  # fmt: skip


def environment(url: URL) -> dict[str, str]:
    """Of a URL with one address, or with several behind the question mark: `?host=a:5432&host=b:5432`.

    Raises ValueError for an address that is none.
    """
    told: dict[str, str | None] = {"PGUSER": url.username, "PGPASSWORD": url.password}
    for name, variable in _QUERY.items():
        told[variable] = ",".join(url.normalized_query.get(name, ())) or None
    behind = [part for value in url.normalized_query.get("host", ()) for part in value.split(",")]
    if behind:
        hosts, ports = zip(*map(_split, behind), strict=True)
        told["PGHOST"] = ",".join(hosts)
        if any(ports):
            told["PGPORT"] = ",".join(ports)
    else:
        told["PGHOST"] = url.host
        told["PGPORT"] = told["PGPORT"] if url.port is None else str(url.port)
    return {name: value for name, value in told.items() if value is not None}


def _split(address: str) -> tuple[str, str]:
    """Host (or a socket's directory) and port, empty for the default one."""
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise ValueError(f"no address of a server: {address}")
    host = found["socket"] or found["six"] or found["host"] or ""
    port = next((group[1:] for group in found.groups() if group and re.fullmatch(r":\d+", group)), "")
    return host, port
