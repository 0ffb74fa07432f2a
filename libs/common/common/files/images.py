"""Images: pixels are kept, everything beside them goes: EXIF with its place and time, profiles, comments, trailers."""

import io
import warnings
from typing import Any

from PIL import Image, ImageOps, UnidentifiedImageError

from common.files.unfit import broken, too_much

MOST_PIXELS = 40_000_000
"""An A4 page at 600 dpi has 35 million."""
_JPEG_QUALITY = 85
_MODES = {"JPEG": ("L", "RGB"), "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")}
_JPEG_KEPT = frozenset({0xE0, 0xEE})
"""JFIF, and Adobe's word on colours: a reader needs them."""
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"sBIT", b"bKGD"})


def image_copy(data: bytes, form: str) -> bytes:
    """`form` is JPEG or PNG; of several frames the first."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=[form]) as opened:
                opened.load()
                ImageOps.exif_transpose(opened, in_place=True)
                turned = opened if opened.mode in _MODES[form] else opened.convert("RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise too_much(f"超过 {MOST_PIXELS:,} 像素", f"more than {MOST_PIXELS:,} pixels") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise broken() from error
    transparency = turned.info.get("transparency") if form == "PNG" else None
    # What stands beside the pixels is all in here, and an encoder writes some of it unasked.
    turned.info.clear()
    out = io.BytesIO()
    options: dict[str, Any] = {"quality": _JPEG_QUALITY} if form == "JPEG" else {}
    if transparency is not None:
        options["transparency"] = transparency
    turned.save(out, form, **options)
    return out.getvalue()


def stripped_jpeg(data: bytes) -> bytes:
    """The same picture bit for bit, without application segments and comments: for images inside other files."""
    if not data.startswith(b"\xff\xd8"):
        return data
    out, at = bytearray(b"\xff\xd8"), 2
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 -- a marker
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004 -- a byte of padding before the marker
            at += 1
            continue
        if marker == 0xDA:  # noqa: PLR2004 -- start of scan: pixels from here on
            return bytes(out) + data[at:]
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        is_beside = 0xE0 <= marker <= 0xEF or marker == 0xFE  # noqa: PLR2004 -- APP0 to APP15, COM
        if not is_beside or marker in _JPEG_KEPT:
            out += data[at:end]
        at = end
    raise broken()


def stripped_png(data: bytes) -> bytes:
    """The same picture bit for bit, with the chunks that make it and no others."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        return data
    out, at = bytearray(data[:8]), 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] in _PNG_KEPT:
            out += data[at:end]
        at = end
    return bytes(out)
