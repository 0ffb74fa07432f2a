"""A case on somebody's desk, and its papers, as the tests of files and documents want them."""

import io
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import docx
import httpx
import typst
from pypdf import PdfReader, PdfWriter

from .cases import Handled
from .conftest import Hands

AUTHOR = "赵泄密"
TITLE = "对赵铁柱的行政处罚决定"


@dataclass
class Desk:
    """A case, and what its officer does with its papers."""

    hands: Hands
    connection: Any
    case: UUID
    headers: dict[str, str]

    async def post(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return await self.hands.post(path, body, **({"headers": self.headers} | more))

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        return await self.hands.http.get(path, headers=headers or self.headers)

    async def made(self, kind: str = "penalty-decision", **changes: Any) -> dict[str, Any]:
        answer = await self.post(f"/v1/proceedings/{self.case}/documents", {"type": kind, "title": TITLE} | changes)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def number(self, document: dict[str, Any], **more: Any) -> httpx.Response:
        body = {"document_id": document["document_id"]} | more
        return await self.post("/v1/document-numbers", body, **{"If-Match": f'"v{document["version"]}"'})

    async def numbered(self, kind: str = "penalty-decision", **changes: Any) -> dict[str, Any]:
        answer = await self.number(await self.made(kind, **changes))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def put(
        self,
        document: dict[str, Any],
        data: bytes,
        media_type: str = "application/pdf",
        *,
        headers: dict[str, str] | None = None,
        **more: str,
    ) -> httpx.Response:
        return await self.hands.http.put(
            f"/v1/documents/{document['document_id']}/original",
            content=data,
            headers=(headers or self.headers)
            | {"Content-Type": media_type, "If-Match": f'"v{document["version"]}"'}
            | more,
        )

    async def final(self, kind: str = "penalty-decision", data: bytes | None = None) -> dict[str, Any]:
        document = await self.numbered(kind)
        answer = await self.put(document, data or scan())
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def serve(self, document: dict[str, Any], **body: Any) -> httpx.Response:
        path = f"/v1/documents/{document['document_id']}/services"
        return await self.post(path, body, **{"If-Match": f'"v{document["version"]}"'})

    async def looks(self) -> list[tuple[str, str, str, str | None]]:
        rows = await self.connection.fetch("SELECT * FROM audit_log ORDER BY entry_id")
        return [(row["actor"], row["action"], row["outcome"], row["reason"]) for row in rows]


async def desk(
    hands: Hands,
    connection: Any,
    *,
    organ_kind: str = "bureau",
    region: str = "410100",
    code: str = "zz",
    **changes: Any,
) -> Desk:
    """A case that an officer of 郑州 has just opened, unless told otherwise; `changes` are columns of its row."""
    handled = await Handled(hands, (organ_kind, region, code)).opened("2026-06-10")
    hands.on("2026-06-10T12:00:00")
    for column, value in changes.items():
        await connection.execute(f"UPDATE proceedings SET {column} = $2 WHERE proceeding_id = $1", handled.id, value)
    return Desk(hands, connection, UUID(handled.id), handled.headers)


def scan(text: str = "Decision") -> bytes:
    """A PDF that knows who made it."""
    page = typst.compile(f"#set page(width: 200pt, height: 200pt)\n{text}".encode(), format="pdf")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(page)))
    writer.add_metadata({"/Author": AUTHOR})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def opened(content: bytes):
    return docx.Document(io.BytesIO(content))


def text_of(document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])
