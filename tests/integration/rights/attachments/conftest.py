"""A case with its complainant's session and its officer, who upload; and a service with a scanner."""

import asyncio
import io
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import docx
import httpx
import pytest
from PIL import Image
from pypdf import PdfWriter
from rights_api.attachments.domain import MB

from tests.integration.rights.conftest import BothSides, filing
from tests.support.clamd import FakeClamd, fake_clamd
from tests.support.recordings import mp3, mp4

AUTHOR = "赵泄密标记"
FILE_NAME = "李四会见笔录标记.pdf"
CONTENT = "证据正文标记"


def photo(form: str = "JPEG", size: tuple[int, int] = (64, 40)) -> bytes:
    image = Image.new("RGB", size, (200, 30, 30))
    exif = image.getexif()
    exif[0x013B] = AUTHOR
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


def paper(pad: int = 0) -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": AUTHOR})
    if pad:
        writer.add_attachment("pad", b"\x07" * pad)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def letter() -> bytes:
    document = docx.Document()
    document.core_properties.author = AUTHOR
    document.add_paragraph(CONTENT)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


SAMPLES = {
    "application/pdf": paper,
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": letter,
    "image/jpeg": photo,
    "image/png": lambda: photo("PNG"),
    "audio/mpeg": lambda: mp3(AUTHOR.encode()),
    "video/mp4": lambda: mp4(AUTHOR.encode()),
}


def sound(size: int) -> bytes:
    """An MP3 of exactly this size, whose blocks differ from one another."""
    frame = b"\xff\xfb\x90\x00"
    frames = b"".join(frame + n.to_bytes(4, "big") * 103 + b"\x00" for n in range(size // 417 + 1))
    return frames[:size]


@dataclass
class Uploader:
    """Somebody who uploads to one case: its complainant, or an officer."""

    http: httpx.AsyncClient
    base: str
    headers: dict[str, str]
    office: Any

    async def begin(self, length: int, media_type: str = "application/pdf", key: str | None = None, **form: Any) -> Any:
        body = {"media_type": media_type, "length": length, **form}
        headers = self.headers | {"Idempotency-Key": key or uuid4().hex}
        return await self.http.post(self.base, json=body, headers=headers)

    async def send(self, path: str, offset: int, content: Any, **headers: str) -> httpx.Response:
        return await self.http.patch(
            path, content=content, headers=self.headers | {"Upload-Offset": str(offset)} | headers
        )

    async def offset(self, path: str) -> int:
        answer = await self.http.head(path, headers=self.headers)
        assert answer.status_code == 200, answer.status_code
        return int(answer.headers["upload-offset"])

    async def complete(self, path: str, **body: Any) -> httpx.Response:
        return await self.http.post(f"{path}/completion", json=body, headers=self.headers)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=self.headers | headers)

    async def upload(self, content: bytes, media_type: str = "application/pdf", **form: Any) -> str:
        """The path of the completed file."""
        begun = await self.begin(len(content), media_type, **form)
        assert begun.status_code == 201, begun.text
        path = begun.headers["location"]
        sent = await self.send(path, 0, content)
        assert sent.status_code == 204, sent.text
        done = await self.complete(path)
        assert done.status_code == 200, done.text
        return str(path)

    async def settled(self, path: str) -> dict[str, Any]:
        """The file once nothing waits any more."""
        async with asyncio.timeout(120):
            while True:
                await self.office.state.processing.work()
                told = (await self.get(path)).json()
                waits = told["state"] == "quarantined" or (
                    told["state"].startswith("released") and told["copy"]["state"] == "pending"
                )
                if not waits:
                    return told
                await asyncio.sleep(0.05)


@dataclass
class Case:
    complaint_id: str
    receipt: str
    own: Uploader
    desk: Uploader

    def of_desk(self, path: str) -> str:
        """The officers' path of a file that the complainant names."""
        return f"{self.desk.base}/{path.rpartition('/')[2]}"


async def make_case(http, officer, sql, office, **changes: Any) -> Case:

    filed = await http.post("/v1/complaints", json=filing(**changes), headers={"Idempotency-Key": uuid4().hex})
    assert filed.status_code == 201, filed.text
    receipt = filed.json()["receipt"]
    complaint_id = str(await sql.fetchval("SELECT complaint_id FROM complaints ORDER BY filed_at DESC LIMIT 1"))
    session = (await http.post("/v1/receipts/sessions", json={"receipt": receipt})).json()["session"]
    headers = officer()
    taken = await http.post(
        f"/v1/complaints/{complaint_id}/assignments", json={}, headers=headers | {"Idempotency-Key": uuid4().hex}
    )
    assert taken.status_code < 300, taken.text
    return Case(
        complaint_id,
        receipt,
        Uploader(http, "/v1/receipts/case/attachments", {"Receipt-Session": session}, office),
        Uploader(http, f"/v1/complaints/{complaint_id}/attachments", headers, office),
    )


@pytest.fixture(scope="session")
async def clamd():
    return FakeClamd(most=60 * MB)


@pytest.fixture(scope="session")
async def scanned_app(build, clamd):
    async with fake_clamd(clamd) as address:
        app = build(rights_clamd=address)
        async with app.router.lifespan_context(app):
            yield app


@pytest.fixture
async def both(scanned_app, public, sql, time):
    """Both sides, with a scanner in the office."""
    async with httpx.AsyncClient(transport=BothSides(scanned_app, public), base_url="http://rights") as http:
        yield http


@pytest.fixture
async def scanned(both, scanned_app, officer, sql):
    """A case in a service with a scanner."""
    return await make_case(both, officer, sql, scanned_app)


@pytest.fixture
async def unscanned(http, app, officer, sql):
    """A case in a service without one."""
    return await make_case(http, officer, sql, app)
