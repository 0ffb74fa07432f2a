"""Whom a case is about, as it stands among the sealed texts: for its desk, and for the papers drafted from it."""

import orjson
from common.secrecy.keys import hmac_sm3
from contracts.discipline_events import SubjectKind
from contracts.identifiers import unchanging

from discipline_api.record.domain import Subject

PLACE = "subject"


def key_of(subject: Subject, likeness: bytes) -> bytes:
    """By which cases of one subject find each other unnamed. A lawyer's is made of the digits that no move rewrites."""
    lawyer = subject.licence_number
    number = unchanging(lawyer) if lawyer is not None else subject.credit_code or ""
    return hmac_sm3(likeness, b"subject of a proceeding", subject.kind.value.encode(), number.encode())


def written(subject: Subject) -> str:
    return orjson.dumps(
        {
            "kind": subject.kind.value,
            "name": subject.name,
            "licence_number": subject.licence_number,
            "credit_code": subject.credit_code,
            "firm_name": subject.firm_name,
        }
    ).decode()


def read(text: str) -> Subject:
    plain = orjson.loads(text)
    return Subject(**plain | {"kind": SubjectKind(plain["kind"])})
