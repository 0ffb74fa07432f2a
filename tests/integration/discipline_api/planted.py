"""Where planted markers are looked for."""

import orjson


async def everything_stored(sql) -> bytes:
    """Every value of every table, as text and as raw bytes."""
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    assert {"complaints", "sealed_texts", "outbox", "feed", "idempotency_keys", "audit_log", "receipts"} <= {
        row["tablename"] for row in tables
    }
    stored = []
    for table in tables:
        for row in await sql.fetch(f'SELECT * FROM "{table["tablename"]}"'):
            for value in row.values():
                stored.append(value if isinstance(value, bytes) else str(value).encode())
                if isinstance(value, bytes):
                    stored.append(value.hex().encode())
    return b"\n".join(stored)


def markers(texts: dict[str, str]) -> dict[str, bytes]:
    found = {what: text.encode() for what, text in texts.items()}
    escaped = {f"{what}, escaped": orjson.dumps(text).strip(b'"') for what, text in texts.items()}
    ascii_only = {f"{what}, ascii": text.encode("unicode_escape") for what, text in texts.items()}
    return found | escaped | ascii_only
