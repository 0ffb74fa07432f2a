"""Cases step by step, and their papers: an organ's own; the file is its handlers' alone, and no recused one's."""

from tests.support.matrix import Row

from .callers import (
    ASSOCIATION,
    ASSOCIATIONS,
    BUREAU,
    BUREAU_OF_HERE,
    CITY_ASSOCIATION,
    COUNTIES,
    COUNTY_BUREAU,
    EVERYBODY,
    HERE,
    JUSTICE,
    NOBODY,
    OFFICERS,
)

HANDLER = frozenset({"bureau"})
ACTING = BUREAU - {"recused"}
SUPERVISORS = JUSTICE
ALL = OFFICERS | COUNTIES
FULL = {"full": "true", "reason": "办案需要"}
ON, COUNTYS, HANDED_UP = (
    "/v1/proceedings/{proceeding_id}",
    "/v1/proceedings/{county_id}",
    "/v1/proceedings/{proposed_id}",
)
INDUSTRY, REVIEWED = "/v1/proceedings/{industry_proceeding_id}", "/v1/proceedings/{reviewed_id}"
PAPER, FINAL = "/v1/documents/{document_id}", "/v1/documents/{final_id}"
OPENED = {
    "kind": "administrative", "organ": {"kind": "bureau", "region": HERE, "code": "zz"}, "origin": "own-initiative",
    "received_on": "2026-08-10", "conduct_code": "L48.1", "reason": "线索",
    "subject": {"kind": "lawyer", "licence_number": "{licence_number}", "name": "{name}", "firm_name": "{firm_name}"},
}  # fmt: skip


def step(code: str, **more: object) -> dict[str, object]:
    return {"step": code, "on": "2026-08-10", "details": {}} | more


FILED = step(
    "file", document_number="郑司立〔2026〕77号", details={"act_on": "2026-06-01", "discovered_on": "2026-08-01"}
)
REVIEW = step("accept-review", document_number="豫律复〔2026〕1号")

TABLE_OF_PROCEEDINGS: tuple[Row, ...] = (
    Row("GET", "/v1/proceeding-machines/{machine}", EVERYBODY),
    Row("POST", "/v1/proceedings", BUREAU, OPENED, told=NOBODY),
    Row("GET", "/v1/proceedings", ALL, told=ASSOCIATIONS),
    Row("GET", ON, SUPERVISORS, told=NOBODY),
    Row("GET", ON, HANDLER, query=FULL),
    Row("GET", ON + "/steps", SUPERVISORS, told=NOBODY),
    Row("GET", ON + "/steps", HANDLER, query=FULL),
    Row("GET", ON + "/next", SUPERVISORS, told=NOBODY),
    Row("POST", ON + "/steps", ACTING, step("accept"), told=NOBODY),
    # No step of such a case: whose case it is not, is not told of which kind it is.
    Row("POST", ON + "/steps", ACTING | {"recused"}, step("vote", document_number="郑律决〔2026〕1号"), told=NOBODY),
    Row("POST", ON + "/assignments", ACTING, {"officer": "caller-colleague"}, told=NOBODY),
    Row("POST", ON + "/recusals", ACTING, {"officer": "somebody", "reason": "利害关系"}, told=NOBODY),
    # --- a county accepts and proposes; filing and deciding are the city's (律师法 52)
    Row("GET", COUNTYS, SUPERVISORS | COUNTY_BUREAU, told=NOBODY),
    Row("GET", COUNTYS, COUNTY_BUREAU, query=FULL),
    Row("POST", COUNTYS + "/steps", COUNTY_BUREAU, step("accept"), told=NOBODY),
    Row("POST", COUNTYS + "/steps", NOBODY, FILED),
    Row("POST", COUNTYS + "/steps", NOBODY, step("decide", document_number="牟司决〔2026〕1号", reason="理由")),
    Row("GET", HANDED_UP, SUPERVISORS | COUNTY_BUREAU, told=NOBODY),
    Row("GET", HANDED_UP, NOBODY, query=FULL),
    Row("POST", HANDED_UP + "/steps", BUREAU_OF_HERE, FILED, told=NOBODY),
    Row("POST", HANDED_UP + "/assignments", BUREAU_OF_HERE, {"officer": "caller-bureau"}, told=NOBODY),
    # --- an association's own, and the review by the one above
    Row("GET", INDUSTRY, ASSOCIATIONS, told=NOBODY),
    Row("GET", INDUSTRY, CITY_ASSOCIATION, query=FULL),
    Row("POST", INDUSTRY + "/steps", CITY_ASSOCIATION, step("file", document_number="郑律立〔2026〕1号"), told=NOBODY),
    Row("POST", INDUSTRY + "/assignments", CITY_ASSOCIATION, {"officer": "somebody"}, told=NOBODY),
    Row("POST", REVIEWED + "/steps", ASSOCIATION, REVIEW),
    Row("GET", REVIEWED, NOBODY, query=FULL),  # its handler is somebody else
)  # fmt: skip

MADE = {"type": "filing-approval", "title": "立案审批表"}
LISTED = SUPERVISORS - {"recused"}

TABLE_OF_PAPERWORK: tuple[Row, ...] = (
    Row("GET", "/v1/document-types", ALL),
    Row("GET", "/v1/service-ways", ALL),
    Row("GET", "/v1/service-ways/{way}/effect", ALL, query={"on": "2026-08-10"}),
    Row("GET", "/v1/document-numbers", ALL, told=NOBODY),
    Row("POST", "/v1/document-numbers", HANDLER, {"document_id": "{document_id}"}, told=NOBODY),
    Row("POST", ON + "/documents", HANDLER, MADE, told=NOBODY),
    Row("GET", ON + "/documents", LISTED, told=HANDLER),
    Row("GET", "/v1/proceedings/{county_id}/documents", SUPERVISORS | COUNTY_BUREAU),
    Row("POST", "/v1/proceedings/{county_id}/documents", COUNTY_BUREAU, MADE),
    Row("GET", ON + "/services", LISTED, told=HANDLER),
    Row("GET", PAPER, LISTED, told=HANDLER),
    Row("GET", PAPER + "/draft", HANDLER),
    Row("PUT", PAPER + "/original", HANDLER, content="scan", headers={"Content-Type": "application/pdf"}, told=NOBODY),
    Row("GET", FINAL + "/copy", HANDLER),
    Row("POST", FINAL + "/original/openings", HANDLER, {"reason": "核对原件"}),
    Row("POST", FINAL + "/services", HANDLER, {"way": "direct", "on": "2026-08-10", "signed_by": "party"}, told=NOBODY),
    Row("POST", PAPER + "/void", HANDLER, {"reason": "重复"}, told=NOBODY),
    Row("POST", ON + "/archive", HANDLER, told=NOBODY),
    Row("GET", ON + "/archive", LISTED, absent=True),
    Row("GET", ON + "/archive.docx", HANDLER, absent=True),
)  # fmt: skip
