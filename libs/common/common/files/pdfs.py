"""PDF: pages are kept as they look; properties, XMP, attachments, scripts, actions and authors of notes go."""

import io
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, NameObject, StreamObject

from common.files.images import stripped_jpeg
from common.files.unfit import Unfit, broken, too_much

MOST_PAGES = 2_000
_MOST_OBJECTS = 200_000
_PAGE_KEPT = frozenset({
    "/Type", "/Parent", "/MediaBox", "/CropBox", "/TrimBox", "/BleedBox", "/ArtBox", "/Rotate", "/Resources",
    "/Contents", "/Group", "/UserUnit", "/Annots",
})  # fmt: skip
_NOTE_KEPT = frozenset({"/Type", "/Subtype", "/Rect", "/AP", "/AS", "/F", "/BS", "/Border", "/C", "/FT", "/QuadPoints"})
_NOTES_SHOWN = frozenset({
    "/Widget", "/Stamp", "/FreeText", "/Highlight", "/Underline", "/StrikeOut", "/Squiggly", "/Square", "/Circle",
    "/Line", "/Ink", "/Polygon", "/PolyLine",
})  # fmt: skip
"""Seals and signatures are widgets or stamps: without them the copy would lack what makes the document."""
_HIDDEN = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/OPI", "/Alternates", "/StructParent", "/StructParents")


def pdf_copy(data: bytes) -> tuple[bytes, int]:
    """The copy and its number of pages."""
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        _check(reader)
        writer, seen = PdfWriter(), set[Any]()
        for page in reader.pages:
            for key in [key for key in page if key not in _PAGE_KEPT]:
                del page[key]
            _clean_notes(page)
            _clean(page.get("/Resources"), seen)
            _clean(page.get("/Annots"), seen)
            writer.add_page(page)
        layers = reader.root_object.get("/OCProperties")
        if layers is not None:
            # Without them a layer that is hidden would be seen.
            writer.root_object[NameObject("/OCProperties")] = layers.get_object().clone(writer)
        writer.metadata = None
        writer.compress_identical_objects(remove_duplicates=False, remove_unreferenced=True)
        out = io.BytesIO()
        writer.write(out)
        return out.getvalue(), len(writer.pages)
    except Unfit:
        raise
    # pypdf lets anything out on a file that is not one.
    except (PyPdfError, OSError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise broken() from error


def _check(reader: PdfReader) -> None:
    if reader.is_encrypted and not reader.decrypt(""):
        raise Unfit("file-encrypted", "PDF 设有打开密码，请先去除", "the PDF needs a password; remove it first")
    if len(reader.pages) > MOST_PAGES:
        raise too_much(f"超过 {MOST_PAGES} 页", f"more than {MOST_PAGES} pages")


def _clean_notes(page: DictionaryObject) -> None:
    notes = page.get("/Annots")
    notes = None if notes is None else notes.get_object()
    if not isinstance(notes, ArrayObject):
        page.pop("/Annots", None)
        return
    kept = ArrayObject()
    for reference in notes:
        note = reference.get_object()
        if not isinstance(note, DictionaryObject) or note.get("/Subtype") not in _NOTES_SHOWN or "/AP" not in note:
            continue
        kept.append(DictionaryObject({NameObject(key): note.raw_get(key) for key in note if key in _NOTE_KEPT}))
    page[NameObject("/Annots")] = kept


def _clean(found: Any, seen: set[Any]) -> None:
    """Everything that can be reached from here."""
    waiting = [found]
    while waiting:
        thing = waiting.pop()
        if isinstance(thing, IndirectObject):
            place = (thing.idnum, thing.generation)
            if place in seen:
                continue
            seen.add(place)
            if len(seen) > _MOST_OBJECTS:
                raise too_much("对象过多", "too many objects")
            thing = thing.get_object()
        if isinstance(thing, DictionaryObject):
            if isinstance(thing, StreamObject):
                _clean_stream(thing)
            waiting.extend(thing.raw_get(key) for key in thing if key != "/Parent")
        elif isinstance(thing, ArrayObject):
            waiting.extend(thing)


def _clean_stream(stream: StreamObject) -> None:
    # Only of streams: in a dictionary of resources any of these may be somebody's name for a font.
    for key in _HIDDEN:
        stream.pop(NameObject(key), None)
    if stream.get("/Filter") in ("/DCTDecode", ["/DCTDecode"]):
        stream._data = stripped_jpeg(stream._data)  # noqa: SLF001 -- the bytes as they stand, not decoded
