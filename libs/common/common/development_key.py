"""Key files of a development machine. In production keys come from the settings alone."""

import os
import secrets
from contextlib import suppress
from pathlib import Path


def development_key(data_dir: str, name: str, length: int) -> bytes:
    """`length` random bytes under DATA_DIR/secrets, made at first use; two processes starting at once agree on one."""
    path = Path(data_dir) / "secrets" / name
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not path.exists():
        fresh = path.with_name(f".{name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(length))
            file.flush()
            os.fsync(file.fileno())
        # Unlike a rename, a link refuses to replace the file of a faster process.
        with suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes()
