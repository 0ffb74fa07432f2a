"""Listeners who are shown the same: one decision, one rendering and one cursor for all of them."""

from collections.abc import Mapping
from typing import Any, Protocol
from uuid import UUID

from exchange_api.sources.cursor import Cursor
from exchange_api.stream.domain import Item, Selection, Vector, View

Message = Mapping[str, Any]
"""Of ASGI; the same one is sent to every member."""


class Member(Protocol):
    def push(self, message: Message) -> None:
        """Never waits, and never raises."""

    def scattered(self, *, lost: bool) -> None:
        """The group is no more. lost: a source was set back, and its positions mean nothing."""


class Group:
    """All members stand at `vector`. `dark`: sources that could not be read yet; there they stand where they came from,
    which is therefore part of what makes the group.
    """

    def __init__(self, selection: Selection, vector: Vector, dark: Vector, deployment_id: UUID) -> None:
        self.selection, self.dark = selection, dark
        self.vector = dict(vector)
        self.view = View(selection)
        self.members: dict[Member, None] = {}
        self._deployment_id = deployment_id

    def take(self, source: str, items: list[Item]) -> Message | None:
        """Moves the vector; what the members are sent, None where they are shown nothing of it."""
        chunk = frames(items, self.view, self.vector, self._deployment_id)
        self.vector[source] = items[-1].record.position
        return body(chunk) if chunk else None

    def cursor(self) -> str:
        return Cursor(self._deployment_id, self.vector).encode()


def frames(items: list[Item], view: View, vector: dict[str, int], deployment_id: UUID) -> bytes:
    """Server-sent events, each with the cursor behind it; moves the vector over all of them, shown or not."""
    parts: list[bytes] = []
    for item in items:
        vector[item.source] = item.record.position
        if view.shows(item):
            cursor = Cursor(deployment_id, vector).encode().encode()
            parts += (b"id: ", cursor, b"\nevent: event\ndata: ", item.data or b"", b"\n\n")
    return b"".join(parts)


def body(chunk: bytes, *, more: bool = True) -> Message:
    return {"type": "http.response.body", "body": chunk, "more_body": more}
