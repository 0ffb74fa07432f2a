"""A notice on paper: for the department from its draft on, for its addressee once it is issued, for nobody else."""

import io
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from tests.conftest import RunningIssuer
from tests.integration.progress.notices.conftest import BUREAU, DEPARTMENT, Caller

OPEN = {"addressee": "city-bureau", "region": "410100", "subject_kind": "measure", "subject": "M10", "colour": "blue",
        "text": "涉外律师培养进度滞后。"}  # fmt: skip


@pytest.mark.parametrize("form", ["pdf", "xlsx", "docx"])
async def test_the_sheet_of_a_notice(
    client: httpx.AsyncClient, issuer: RunningIssuer, officer: Caller, caller: Callable[..., Caller], form: str
) -> None:
    async def sheet(notice: dict[str, Any], expect: int, role: str, **who: Any) -> bytes:
        path = f"/v1/notices/{notice['notice_id']}/sheet.{form}"
        answer = await client.get(path, headers=issuer.headers(roles=[role], subject="one", **who))
        assert answer.status_code == expect, answer.text
        return answer.content

    issued = await officer.post("/notices", OPEN, expect=201)
    waiting = await officer.post("/notices", OPEN | {"colour": "red", "subject": "M11"}, expect=201)
    seen = await sheet(issued, 200, "plan-officer", **DEPARTMENT)
    assert await sheet(issued, 200, "plan-reporter", **BUREAU) == seen
    await sheet(issued, 404, "plan-reporter", **(BUREAU | {"region": "410200"}))
    await sheet(issued, 403, "lawyer", region="410100", organisation_kind="public")
    # A notice that is not issued is none to its addressee.
    draft = await sheet(waiting, 200, "plan-officer", **DEPARTMENT)
    await sheet(waiting, 404, "plan-reporter", **BUREAU)
    if form == "pdf":
        told, drafted = ("".join(p.extract_text() for p in PdfReader(io.BytesIO(body)).pages) for body in (seen, draft))
        for text in ("蓝色督办", "涉外律师培养进度滞后", issued["number"]):
            assert text in told, text
        assert "未签发" in drafted
        assert "未签发" not in told
