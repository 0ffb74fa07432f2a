"""A paper in one of its forms."""

from collections.abc import Callable

from progress_api.papers.docx import write_docx
from progress_api.papers.domain import Form, Paper
from progress_api.papers.pdf import write_pdf
from progress_api.papers.xlsx import write_xlsx

_WRITERS: dict[Form, Callable[[Paper, str], bytes]] = {
    Form.PDF: write_pdf,
    Form.XLSX: write_xlsx,
    Form.DOCX: write_docx,
}


def render(paper: Paper, form: Form, base_url: str) -> bytes:
    """Up to a second of CPU, so off the event loop. base_url: before the paths of evidence, such as https://…:8104."""
    return _WRITERS[form](paper, base_url)
