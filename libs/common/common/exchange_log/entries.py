"""What an entry says, and how its digests are made; docs/exchange-log.md tells clients the same."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import orjson

from common.auth import Principal

SALT_BYTES = 16
HEAD_TYPE = "exchange-log-head+jws"
"""`typ` of a signed head."""

_SM3 = hashlib.new("sm3")


class Phase(StrEnum):
    """A stream has an entry when it is opened, without a digest of what is not there yet, and one at its end."""

    WHOLE = "whole"
    OPENED = "opened"
    ENDED = "ended"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Entry:
    """`operation`: method and route template. `request_bytes`: so much of the body had been read, and is digested."""

    at: datetime
    call_id: str
    phase: Phase
    caller: Principal
    operation: str
    status: int
    salt: bytes
    request_digest: bytes
    request_bytes: int
    response_digest: bytes | None
    response_bytes: int | None

    @property
    def client(self) -> str:
        return client_key(self.caller)

    def raw(self) -> bytes:
        """The bytes that are chained: JSON, keys sorted."""
        content: dict[str, Any] = {
            "at": self.at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "call_id": self.call_id,
            "operation": self.operation,
            "organisation_id": self.caller.loggable_organisation,
            "organisation_kind": self.caller.organisation_kind,
            "phase": self.phase.value,
            "request_bytes": self.request_bytes,
            "request_digest": self.request_digest.hex(),
            "response_bytes": self.response_bytes,
            "response_digest": None if self.response_digest is None else self.response_digest.hex(),
            "salt": self.salt.hex(),
            "status": self.status,
            "subject": self.caller.subject,
        }
        return orjson.dumps(content)


def client_key(caller: Principal) -> str:
    """Whose part of the log it is: the same subject of another organisation is another client."""
    return orjson.dumps([caller.organisation_kind, caller.loggable_organisation, caller.subject]).decode()


def request_digest_begun(salt: bytes, method: str, target: bytes) -> Any:
    """SM3 over salt, method, LF, path with query as sent, LF; the body follows. A hashlib object."""
    digest = _SM3.copy()
    digest.update(b"%b%b\n%b\n" % (salt, method.encode("ascii"), target))
    return digest


def response_digest_begun(salt: bytes, status: int) -> Any:
    """SM3 over salt, status in decimal, LF; the body follows."""
    digest = _SM3.copy()
    digest.update(b"%b%d\n" % (salt, status))
    return digest
