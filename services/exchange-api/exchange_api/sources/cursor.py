"""Where a reader stands: one opaque text for positions in several sources, valid in this deployment alone."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from uuid import UUID

import orjson

from exchange_api.refusals import Refused

_FORM = 1
MAX_POSITION = 2**63 - 1
MAX_LENGTH = 2_000
_MOST_SOURCES = 64


@dataclass(frozen=True, slots=True)
class Cursor:
    """`positions`: source → position of the last event given; only of sources that the reader may read."""

    deployment_id: UUID
    positions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))

    def after(self, source: str) -> int:
        return self.positions.get(source, 0)

    def moved(self, source: str, position: int) -> "Cursor":
        return Cursor(self.deployment_id, {**self.positions, source: position})

    def encode(self) -> str:
        # Sorted: the same place is the same text, however it was reached.
        told = [_FORM, self.deployment_id.hex, sorted(self.positions.items())]
        return base64.urlsafe_b64encode(orjson.dumps(told)).rstrip(b"=").decode()


def decode(text: str, deployment_id: UUID, *, field_name: str = "after") -> Cursor:
    """Raises Refused where it is none of ours, or one of another deployment, whose positions mean nothing here."""
    if len(text) > MAX_LENGTH:
        raise _invalid(field_name)
    try:
        form, deployment, pairs = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
        positions = dict(pairs)
        of = UUID(hex=deployment)
        whole = form == _FORM and len(positions) <= _MOST_SOURCES and all(_fits(*pair) for pair in positions.items())
    except (ValueError, TypeError, AttributeError) as error:
        raise _invalid(field_name) from error
    if not whole:
        raise _invalid(field_name)
    if of != deployment_id:
        raise Refused(
            "cursor-of-another-deployment",
            "该游标属于另一套部署，在此没有意义，请从头开始读取",
            "This cursor belongs to another deployment; begin anew here",
            field=field_name,
        )
    return Cursor(of, positions)


def _fits(source: object, position: object) -> bool:
    return isinstance(source, str) and type(position) is int and 0 <= position <= MAX_POSITION


def _invalid(field_name: str) -> Refused:
    return Refused(
        "cursor-invalid", "游标无效，请从头开始读取", "This is not a cursor of ours; begin anew", field=field_name
    )
