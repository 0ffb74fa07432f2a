"""DOCX: text and changes stay; who wrote, changed and commented goes, with properties, embedded things and links."""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath

from lxml import etree

from common.files.images import stripped_jpeg, stripped_png
from common.files.unfit import NO_ARCHIVE, Unfit, broken, too_much

MOST_PARTS = 2_000
MOST_UNPACKED = 100 * 1024 * 1024
_BLOCK = 1 << 20
_WHEN = (1980, 1, 1, 0, 0, 0)

_CORE = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><cp:coreProperties xmlns:cp='
    b'"http://schemas.openxmlformats.org/package/2006/metadata/core-properties"/>'
)
_APP = (
    b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><Properties xmlns='
    b'"http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"/>'
)
_REPLACED = {"docProps/core.xml": _CORE, "docProps/app.xml": _APP}
_DROPPED = re.compile(r"docProps/(custom\.xml|thumbnail\..*)|customXml/.*|word/people\.xml")
_EMPTIED = re.compile(r"word/(embeddings|activeX|attachedToolbars)/.*")
_REFUSED = re.compile(r".*vba(Project|Data).*", re.IGNORECASE)
_PERSONAL = frozenset({"author", "initials", "userId", "providerId", "date", "dateUtc", "rsidDel", "paraIdParent"})
_RSID = re.compile(r"rsid.*")
_ELEMENTS_DROPPED = frozenset({"attachedTemplate", "rsids", "documentProtection", "writeProtection"})


def docx_copy(data: bytes) -> bytes:
    parts = dict(_parts(data))
    if "word/document.xml" not in parts or "[Content_Types].xml" not in parts:
        raise broken()
    if any(_REFUSED.fullmatch(name) for name in parts) or b"macroEnabled" in parts["[Content_Types].xml"]:
        raise Unfit("file-with-macros", "文档含有宏，不予接收", "the document holds macros")
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            if not _DROPPED.fullmatch(name):
                archive.writestr(zipfile.ZipInfo(name, _WHEN), _cleaned(name, content), zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _parts(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Each part is unpacked against one allowance, whatever the archive says of its size."""
    left, names = MOST_UNPACKED, set[str]()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if len(entries) > MOST_PARTS:
                raise too_much(f"超过 {MOST_PARTS} 个部分", f"more than {MOST_PARTS} parts")
            for entry in entries:
                if entry.is_dir():
                    continue
                name = entry.filename
                if not _is_safe(name) or name.lower() in names:
                    raise Unfit(
                        "file-path-unsafe",
                        "文档内部的路径不合规（绝对路径、上级目录或重名）",
                        "a path inside the document is absolute, leads upwards or stands twice",
                    )
                names.add(name.lower())
                content = bytearray()
                with archive.open(entry) as file:
                    while block := file.read(_BLOCK):
                        left -= len(block)
                        if left < 0:
                            most = MOST_UNPACKED // 2**20
                            raise too_much(f"解压后超过 {most} MB", f"more than {most} MB unpacked")
                        content += block
                yield name, bytes(content)
    except NO_ARCHIVE as error:
        raise broken() from error


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return not (path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\x00" in name)


def _cleaned(name: str, content: bytes) -> bytes:
    if name in _REPLACED:
        return _REPLACED[name]
    if _EMPTIED.fullmatch(name):
        return b""
    lowered = name.lower()
    if lowered.endswith((".jpg", ".jpeg")):
        return stripped_jpeg(content)
    if lowered.endswith(".png"):
        return stripped_png(content)
    if not lowered.endswith((".xml", ".rels")):
        return content
    root = _parsed(content)
    if name == "[Content_Types].xml":
        for part in list(root):
            if _DROPPED.fullmatch((part.get("PartName") or "").lstrip("/")):
                root.remove(part)
    elif lowered.endswith(".rels"):
        _relations(root)
    else:
        _people(root)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def _parsed(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_pis=True)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise broken() from error
    if root.getroottree().docinfo.doctype:
        # No part of a DOCX has one; it is where entities that unfold a billionfold are declared.
        raise broken()
    return root


def _relations(root: etree._Element) -> None:
    for relation in list(root):
        kind = (relation.get("Type") or "").rpartition("/")[2]
        if kind in ("custom-properties", "thumbnail", "customXml", "customXmlProps", "people", "attachedTemplate"):
            root.remove(relation)
        elif relation.get("TargetMode") == "External" and kind != "hyperlink":
            # A picture or template fetched from elsewhere tells its server who reads.
            relation.set("Target", "about:blank")


def _people(root: etree._Element) -> None:
    for element in list(root.iter(etree.Element)):
        if etree.QName(element).localname in _ELEMENTS_DROPPED and element.getparent() is not None:
            element.getparent().remove(element)
            continue
        for name in list(element.attrib):
            local = etree.QName(name).localname
            if local == "author":
                element.set(name, "")  # required by the schema, and shown as a name
            elif local in _PERSONAL or _RSID.fullmatch(local):
                del element.attrib[name]
