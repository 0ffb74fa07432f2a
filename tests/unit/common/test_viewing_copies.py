"""A viewing copy looks like its original, and tells nothing beside what it shows. Real libraries make the originals."""

import io
import struct
import zipfile
import zlib
from datetime import UTC, datetime

import docx
import pytest
import typst
from common.files.copier import copied
from common.files.copying import Copies
from common.files.docx import MOST_UNPACKED, docx_copy
from common.files.images import MOST_PIXELS, image_copy
from common.files.kinds import MEDIA_TYPES, MOST_BYTES, FileKind, check_kind, declared_kind
from common.files.pdfs import pdf_copy
from common.files.unfit import Unfit
from docx.oxml import parse_xml
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import FreeText, Link, Text
from pypdf.generic import DictionaryObject, NameObject, StreamObject, TextStringObject

AUTHOR = "赵泄密"
PLACE = "GPS-34.7466N"


def photo(form="JPEG", size=(64, 40), mode="RGB") -> bytes:
    image = Image.new(mode, size, 200 if mode in ("L", "P") else (200, 30, 30))
    exif = image.getexif()
    exif[0x010E] = PLACE  # description
    exif[0x013B] = AUTHOR
    exif[0x0112] = 6  # taken upright: to be turned by a quarter
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (34.0, 44.0, 47.0)
    out = io.BytesIO()
    if form == "PNG":
        image.save(out, form, exif=exif, pnginfo=png_text())
    else:
        image.save(out, form, exif=exif, comment=AUTHOR.encode())
    return out.getvalue()


def png_text():
    info = PngInfo()
    info.add_itxt("Author", AUTHOR)
    return info


def letter(*, template=False) -> bytes:
    document = docx.Document()
    document.core_properties.author = AUTHOR
    document.core_properties.last_modified_by = AUTHOR
    document.core_properties.comments = PLACE
    paragraph = document.add_paragraph("经查，当事人私自收取费用。")
    document.add_comment(paragraph.runs, text="请核对金额", author=AUTHOR, initials="赵")
    document.add_picture(io.BytesIO(photo("PNG")))
    # A tracked change, as Word writes it.
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    paragraph._p.append(
        parse_xml(
            f'<w:ins xmlns:w="{w}" w:id="7" w:author="{AUTHOR}" w:date="2026-05-01T09:00:00Z">'
            "<w:r><w:t>共一万元。</w:t></w:r></w:ins>"
        )
    )
    if template:
        document.settings.element.append(
            parse_xml(f'<w:attachedTemplate xmlns:w="{w}" xmlns:r="{R}" r:id="rIdX"/>'.replace("rIdX", "rId99"))
        )
        document.part._settings_part.rels.get_or_add_ext_rel(f"{R}/attachedTemplate", "http://evil.example/x.dotm")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def decision() -> bytes:
    """A PDF with everything that should not be handed on."""
    page = typst.compile(b"#set page(width: 200pt, height: 200pt)\n= Decision 42", format="pdf")
    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(page)))
    writer.add_metadata({"/Author": AUTHOR, "/Title": PLACE})
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({
        NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject(f"app.alert('{PLACE}')")
    })  # fmt: skip
    writer.add_attachment("secret.txt", PLACE.encode())
    xmp = StreamObject()
    xmp._data = f"<x:xmpmeta>{AUTHOR}</x:xmpmeta>".encode()
    writer.root_object[NameObject("/Metadata")] = writer._add_object(xmp)
    writer.add_annotation(0, Text(text=PLACE, rect=(10, 10, 30, 30), title_bar=AUTHOR))
    writer.add_annotation(0, Link(url="https://evil.example/track", rect=(0, 0, 50, 50)))
    note = writer.add_annotation(0, FreeText(text="印章", rect=(50, 50, 150, 90)))
    look = StreamObject()
    look._data = b"0 0 100 40 re f"
    look.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Form"),
        NameObject("/BBox"): note["/Rect"], NameObject("/Metadata"): TextStringObject(AUTHOR),
    })  # fmt: skip
    note[NameObject("/AP")] = DictionaryObject({NameObject("/N"): writer._add_object(look)})
    note[NameObject("/T")] = TextStringObject(AUTHOR)
    writer.pages[0][NameObject("/PieceInfo")] = TextStringObject(AUTHOR)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def everything_in(pdf: bytes) -> str:
    """Each object of the file, decoded."""
    reader = PdfReader(io.BytesIO(pdf))
    told = [str(reader.trailer), str(reader.metadata)]
    for number in range(1, int(reader.trailer["/Size"])):
        found = reader.get_object(number)
        told.append(str(found))
        if isinstance(found, StreamObject):
            told.append(found.get_data().decode("latin-1") + found.get_data().decode("utf-8", "ignore"))
    return "\n".join(told)


@pytest.mark.parametrize(("form", "kind"), [("JPEG", FileKind.JPG), ("PNG", FileKind.PNG)])
def test_an_image_loses_its_place_author_and_trailer_and_keeps_its_pixels(form, kind):
    original = photo(form)
    assert AUTHOR.encode() in original
    assert Image.open(io.BytesIO(original)).getexif().get_ifd(0x8825)
    pages, copy = copied(kind, original + b"TRAILER")
    shown = Image.open(io.BytesIO(copy))
    assert (shown.format, shown.size, pages) == (form, (40, 64), 1)  # upright
    assert not shown.getexif()
    assert not {"exif", "comment", "icc_profile", "Author"} & set(shown.info)
    assert not any(word in copy for word in (AUTHOR.encode(), PLACE.encode(), b"Exif", b"TRAILER"))
    assert abs(shown.convert("RGB").getpixel((5, 5))[0] - 200) < 4


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "CMYK"])
def test_images_of_every_kind_have_a_copy(mode):
    form = "JPEG" if mode == "CMYK" else "PNG"
    out = io.BytesIO()
    Image.new("RGBA" if mode != "CMYK" else mode, (9, 5)).convert(mode).save(out, form)
    assert Image.open(io.BytesIO(image_copy(out.getvalue(), form))).size == (9, 5)


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_000, 60_000])
def test_an_image_that_unfolds_to_too_many_pixels_is_refused(side):
    assert side * side > MOST_PIXELS
    with pytest.raises(Unfit) as caught:
        image_copy(bomb(side, side), "PNG")
    assert caught.value.code == "file-too-much"


def test_a_broken_image_is_refused():
    for rubbish in (photo()[:100], b"\xff\xd8\xff" + b"\0" * 50, photo("PNG")):
        with pytest.raises(Unfit) as caught:
            image_copy(rubbish, "JPEG")
        assert caught.value.code == "file-broken"


def test_a_pdf_loses_properties_scripts_attachments_links_and_authors_and_keeps_its_pages_and_seals():
    original = decision()
    assert all(word in everything_in(original) for word in (AUTHOR, PLACE, "evil.example", "/JavaScript"))
    copy, pages = pdf_copy(original)
    assert pages == 1
    shown = PdfReader(io.BytesIO(copy))
    assert "Decision 42" in shown.pages[0].extract_text()
    told = everything_in(copy)
    for word in (AUTHOR, PLACE, "evil.example", "/JavaScript", "/EmbeddedFile", "xmpmeta", "/PieceInfo", "/Producer"):
        assert word not in told, word
    (seal,) = shown.pages[0]["/Annots"]
    assert b"re f" in seal.get_object()["/AP"]["/N"].get_data()


def test_a_photo_inside_a_pdf_loses_its_place():
    out = io.BytesIO()
    writer = PdfWriter()
    page = writer.add_blank_page(100, 100)
    image = StreamObject()
    image._data = photo()
    image.update({
        NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image"),
        NameObject("/Filter"): NameObject("/DCTDecode"),
    })  # fmt: skip
    page[NameObject("/Resources")] = DictionaryObject(
        {NameObject("/XObject"): DictionaryObject({NameObject("/A"): writer._add_object(image)})}
    )
    writer.write(out)
    assert b"Exif" in out.getvalue()
    copy, _ = pdf_copy(out.getvalue())
    assert b"Exif" not in copy
    assert AUTHOR.encode() not in copy
    inside = PdfReader(io.BytesIO(copy)).pages[0]["/Resources"]["/XObject"]["/A"]._data
    kept, was = Image.open(io.BytesIO(inside)), Image.open(io.BytesIO(photo()))
    assert kept.tobytes() == was.tobytes()


def test_a_pdf_with_a_password_and_one_that_is_none_are_refused():
    writer = PdfWriter()
    writer.add_blank_page(10, 10)
    writer.encrypt("x", algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    for data, code in ((out.getvalue(), "file-encrypted"), (b"%PDF-1.7 rubbish %%EOF", "file-broken")):
        with pytest.raises(Unfit) as caught:
            pdf_copy(data)
        assert caught.value.code == code


@pytest.mark.parametrize(
    ("packed", "header_bytes"), [(zipfile.ZIP_DEFLATED, 0), (zipfile.ZIP_BZIP2, 0), (zipfile.ZIP_LZMA, 9)]
)
def test_a_document_whose_packed_bytes_are_damaged_is_refused(packed, header_bytes):
    damaged = bytearray(zipped(packed, **{"word/added.xml": b"<a>x</a>" * 300}))
    name = b"word/added.xml"
    begins = damaged.rindex(name, 0, damaged.rindex(b"PK\x01\x02")) + len(name) + header_bytes
    for at in range(begins, begins + 8):
        damaged[at] ^= 0xFF
    with pytest.raises(Unfit) as caught:
        docx_copy(bytes(damaged))
    assert caught.value.code == "file-broken"


def test_a_letter_loses_its_authors_and_keeps_text_changes_and_comments():
    original = letter(template=True)
    copy = docx_copy(original)
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        picture = next(archive.read(name) for name in archive.namelist() if name.startswith("word/media/"))
    for word in (AUTHOR, PLACE, "evil.example", "2026-05-01T09:00:00Z", "attachedTemplate", "thumbnail"):
        assert word.encode() not in everything, word
    assert not set(Image.open(io.BytesIO(picture)).info) - {"dpi"}
    shown = docx.Document(io.BytesIO(copy))
    assert shown.paragraphs[0].text.startswith("经查，当事人私自收取费用。")
    assert "共一万元。" in shown.element.xml
    (comment,) = shown.comments
    assert (comment.text, comment.author, comment.timestamp) == ("请核对金额", "", None)
    assert shown.core_properties.author == ""
    assert shown.core_properties.modified != datetime.now(UTC)


def zipped(packed: int = zipfile.ZIP_DEFLATED, **parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(letter())) as old, zipfile.ZipFile(out, "w", packed) as new:
        for entry in old.infolist():
            new.writestr(entry, old.read(entry))
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ({"word/media/zeros.bin": b"\0" * (MOST_UNPACKED + 1)}, "file-too-much"),
        ({"../../etc/passwd": b"x"}, "file-path-unsafe"),
        ({"/etc/passwd": b"x"}, "file-path-unsafe"),
        ({"word\\..\\x.xml": b"<x/>"}, "file-path-unsafe"),
        ({"WORD/document.xml": b"<x/>"}, "file-path-unsafe"),
        ({"word/vbaProject.bin": b"x"}, "file-with-macros"),
        ({"word/lol.xml": b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'}, "file-broken"),
        ({"word/bad.xml": b"<x>"}, "file-broken"),
        ({f"word/{n}.bin": b"" for n in range(2_001)}, "file-too-much"),
    ],
)
def test_a_document_that_is_a_trap_is_refused(parts, code):
    with pytest.raises(Unfit) as caught:
        docx_copy(zipped(**parts))
    assert caught.value.code == code


def test_a_file_is_what_its_first_bytes_say_and_what_was_declared():
    made = {FileKind.PDF: decision(), FileKind.DOCX: letter(), FileKind.JPG: photo(), FileKind.PNG: photo("PNG")}
    for declared in FileKind:
        for kind, data in made.items():
            if declared is kind:
                check_kind(declared, data)
                continue
            with pytest.raises(Unfit) as caught:
                check_kind(declared, data)
            assert (caught.value.code, caught.value.field) == ("file-type-mismatch", "body")
    for data, code in (
        (b"", "file-empty"), (b"MZ\x90", "file-type-mismatch"), (b"\n" + decision(), "file-type-mismatch"),
        (b"%PDF-" + b"\0" * MOST_BYTES, "file-too-large"),
    ):  # fmt: skip
        with pytest.raises(Unfit) as caught:
            check_kind(FileKind.PDF, data)
        assert caught.value.code == code


def test_a_file_that_is_two_things_is_refused():
    archive, pdf = letter(), decision()
    for kind, data in (
        (FileKind.PDF, pdf + archive),  # opens as a DOCX, too
        (FileKind.PDF, pdf + b"MZ and what follows"),
        (FileKind.PNG, photo("PNG") + archive),
        (FileKind.JPG, photo() + archive),
        (FileKind.JPG, photo()[:20] + b"%PDF-1.4" + photo()[20:]),
        (FileKind.DOCX, archive + b"<html><script>"),
        (FileKind.DOCX, b"PK\x03\x04" + pdf + archive),
    ):
        with pytest.raises(Unfit) as caught:
            check_kind(kind, data)
        assert (caught.value.code, caught.value.field) == ("file-of-two-kinds", "body")


def test_a_media_type_is_one_of_four():
    for kind, media_type in MEDIA_TYPES.items():
        assert declared_kind(f"{media_type.upper()}; charset=x") is kind
    for other in (None, "", "application/octet-stream", "image/svg+xml", "application/zip"):
        with pytest.raises(Unfit) as caught:
            declared_kind(other)
        assert caught.value.field == "Content-Type"


async def test_the_cell_gives_copy_and_pages_or_the_reason():
    copies = Copies()
    copy = await copies.make(FileKind.PDF, decision())
    assert (copy.pages, copy.data[:5]) == (1, b"%PDF-")
    assert (await copies.make(FileKind.DOCX, letter())).pages is None
    for kind, data, code in (
        (FileKind.PNG, bomb(60_000, 60_000), "file-too-much"),
        (FileKind.PDF, b"%PDF-1.7 %%EOF", "file-broken"),
    ):
        with pytest.raises(Unfit) as caught:
            await copies.make(kind, data)
        assert (caught.value.code, caught.value.field) == (code, "body")


async def test_a_cell_that_never_ends_is_ended(monkeypatch):
    monkeypatch.setattr("common.files.copying.SECONDS", 0.01)
    with pytest.raises(Unfit) as caught:
        await Copies().make(FileKind.PDF, decision())
    assert caught.value.code == "file-too-much"


async def test_a_cell_knows_none_of_our_secrets(monkeypatch, tmp_path):
    tells = tmp_path / "python"
    tells.write_text("#!/bin/sh\nprintf '\\0\\0\\0\\0'\n/usr/bin/env\n")
    tells.chmod(0o700)
    monkeypatch.setenv("DISCIPLINE_KEK", "00" * 16)
    monkeypatch.setattr("common.files.copying.sys.executable", str(tells))
    told = (await Copies().make(FileKind.PDF, b"")).data.decode()
    assert "PYTHONPATH" in told
    assert "DISCIPLINE_KEK" not in told
