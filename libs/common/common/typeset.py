"""PDF from a typst template and JSON: with our own fonts alone, and the same bytes for the same paper."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any

import orjson
import typst


def compile_pdf(template: bytes, data: Mapping[str, Any], at: datetime) -> bytes:
    """PDF bytes; a tenth of a second of CPU, so off the event loop.

    The template reads `json(bytes(sys.inputs.data))`, and neither files nor the network; `at` is the paper's own time.
    """
    pdf: bytes = typst.compile(
        template,
        format="pdf",
        font_paths=_fonts(),
        sys_inputs={"data": orjson.dumps(data).decode()},
        timestamp=at.replace(microsecond=0),  # typst refuses what a PDF date cannot hold
    )
    return pdf


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[str(resources.files("pylopdf_fonts_zh_cn"))])
