"""Whom a case is about, as it is sealed in the case: for its desk, and for the papers drafted from it."""

import orjson
from common.secrecy.sealing import CaseSealer
from contracts.discipline_events import SubjectKind

from discipline_api.record.domain import Subject

_PLACE = "subject"


def sealed(sealer: CaseSealer, subject: Subject) -> bytes:
    return sealer.seal(_PLACE, orjson.dumps(_plain(subject)).decode())


def opened(sealer: CaseSealer, bytes_sealed: bytes) -> Subject:
    plain = orjson.loads(sealer.open(_PLACE, bytes_sealed))
    return Subject(**plain | {"kind": SubjectKind(plain["kind"])})


def _plain(subject: Subject) -> dict[str, str | None]:
    return {
        "kind": subject.kind.value,
        "name": subject.name,
        "licence_number": subject.licence_number,
        "credit_code": subject.credit_code,
        "firm_name": subject.firm_name,
    }
