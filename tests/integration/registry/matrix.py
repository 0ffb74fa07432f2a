"""The rights of the registry, endpoint by endpoint: who is let in to what belongs to city HERE.

A row says only who passes; what he then gets is the business of other tests. A new endpoint without a row here fails
the test.
"""

from collections.abc import Mapping

from tests.support.matrix import Row, following, machinery

from .conftest import FOUNDERS

HERE, ELSEWHERE, PROVINCE = "410100", "410300", "410000"

CALLERS: Mapping[str, tuple[str, str, str] | None] = {
    # name: (role, kind of organisation, region of the token); None: no token
    "nobody": None,
    "expired": ("registry-officer", "department", PROVINCE),
    "department": ("registry-officer", "department", PROVINCE),
    "bureau": ("registry-officer", "bureau", HERE),
    "bureau-elsewhere": ("registry-officer", "bureau", ELSEWHERE),
    "bureau-that-claims-the-province": ("registry-officer", "bureau", PROVINCE),
    "county-bureau": ("registry-officer", "county-bureau", HERE),
    "association": ("registry-officer", "association", PROVINCE),
    "city-association": ("registry-officer", "city-association", HERE),
    "city-association-elsewhere": ("registry-officer", "city-association", ELSEWHERE),
    "discipline-department": ("discipline-officer", "department", PROVINCE),
    "discipline-bureau": ("discipline-officer", "bureau", HERE),
    "discipline-bureau-elsewhere": ("discipline-officer", "bureau", ELSEWHERE),
    "rights-bureau": ("rights-officer", "bureau", HERE),
    "plan-reader": ("plan-reader", "department", PROVINCE),
    "operator": ("operator", "system", PROVINCE),
    "verifier": ("feed-verifier", "system", PROVINCE),
    "exchange": ("exchange-api", "system", PROVINCE),
    "projector": ("progress-projector", "system", PROVINCE),
    "reactions": ("discipline-reactions", "system", PROVINCE),
    "dispatcher": ("webhook-dispatcher", "system", PROVINCE),
    "licensing-system": ("licensing-system", "system", PROVINCE),
    "verification-system": ("verification-client", "system", PROVINCE),
    "court": ("verification-client", "court", HERE),
    "identity": ("identity-client", "system", PROVINCE),
    "auditor": ("auditor", "department", PROVINCE),
    "lawyer": ("lawyer", "lawyer", HERE),
    "pretender": ("registry-officer", "public", PROVINCE),
}

EVERYBODY = frozenset(CALLERS)
UNEXPIRED = EVERYBODY - {"expired"}
"""A token that is sent must be good where it is asked whose it is."""
DEPARTMENT = frozenset({"department"})
OFFICERS = frozenset({"department", "bureau"})
ASSOCIATIONS = frozenset({"association", "city-association"})
READERS = OFFICERS | ASSOCIATIONS | {
    "county-bureau", "discipline-department", "discipline-bureau", "rights-bureau",
}  # fmt: skip
OF_ANY_REGION = READERS | {"bureau-elsewhere", "city-association-elsewhere", "discipline-bureau-elsewhere"}
"""What is of no city: whoever may read records of some region."""
IMPORTERS = OFFICERS | {"licensing-system"}
ASSESSORS = OFFICERS | ASSOCIATIONS
FEED_READERS = OFFICERS | ASSOCIATIONS | {
    "bureau-elsewhere", "city-association-elsewhere", "county-bureau", "plan-reader", "operator", "verifier",
    "exchange", "projector",
}  # fmt: skip
SYSTEMS = frozenset({"operator", "licensing-system", "verification-system", "court"})
WATCHERS = frozenset({"exchange"})
AUDITOR = frozenset({"auditor"})
BULK_VERIFIERS = OFFICERS | {"bureau-elsewhere", "verification-system", "court"}


LINE = {"document_number": "1号", "grade": "passed"}
MOVE = {"effective_on": "2026-06-01"}
MERGED = MOVE | {"reason": "重复登记"}
CORRECTED = MOVE | {"reason": "录入有误"}
FIRM = {
    "credit_code": "{new_credit_code}", "name": "河南新设律师事务所", "kind": "general-partnership", "region": HERE,
    "established_on": "2020-05-01", "founders": FOUNDERS, "capital_yuan": 300_000,
}  # fmt: skip
PART = {
    "credit_code": "{new_credit_code}", "name": "河南分立律师事务所", "kind": "general-partnership",
    "lawyer_ids": ["{lawyer_id}"], "founder_ids": ["{lawyer_id}"],
}  # fmt: skip
SPLIT = {"continues": True, "document_number": "1号", "into": [PART]}
LAWYER = {
    "name": "李四", "licence_number": "{new_number}", "first_licensed_on": "2012-03-01", "firm_id": "{firm_id}",
}  # fmt: skip
LISTED = {
    "kind": "key-cultivation-firm", "issuer": "郑州市司法局", "document_number": "1号", "title": "名录",
    "valid_from": "2026-01-01",
}  # fmt: skip
RECOGNISED = {
    "kind": "comprehensive-firm", "issuer": "省司法厅", "document_number": "1号", "member_id": "{firm_id}",
    "from_on": "2026-01-01",
}  # fmt: skip
INTERN = {
    "name": "王五", "certificate_number": "00012026110999", "firm_id": "{firm_id}", "supervisor_id": "{lawyer_id}",
    "from_on": "2026-03-01",
}  # fmt: skip
SUPERVISOR = {"firm_id": "{firm_id}", "lawyer_id": "{lawyer_id}", "from_on": "2026-06-01"}
QUESTION = {"licence_number": "{licence_number}", "name": "张三"}
OF_HERE = {"region": HERE}
TYPED = {"name": "张三"}

TABLE: tuple[Row, ...] = (
    # --- open to everybody
    Row("GET", "/.well-known/jwks.json", EVERYBODY),
    Row("GET", "/v1/public/lawyers/{licence_number}", EVERYBODY),
    Row("GET", "/v1/public/firms/{credit_code}", EVERYBODY),
    Row("GET", "/v1/public/lists", EVERYBODY),
    Row("GET", "/v1/public/lists/{list_id}/members", EVERYBODY),
    Row("POST", "/v1/verifications", UNEXPIRED, QUESTION),
    Row("GET", "/v1/statistics/lawyers", UNEXPIRED),
    Row("GET", "/v1/statistics/firms", UNEXPIRED),
    Row("GET", "/v1/changes", UNEXPIRED),
    Row("GET", "/v1/public/files", EVERYBODY),
    Row("GET", "/v1/public/files/{edition}", EVERYBODY, absent=True),
    Row("GET", "/v1/public/files/{edition}/lawyers.csv", EVERYBODY, absent=True),
    Row("GET", "/v1/public/search/lawyers", EVERYBODY, query=TYPED),
    Row("GET", "/v1/public/search/firms", EVERYBODY, query=TYPED),
    Row("GET", "/v1/search/lawyers", READERS, query=OF_HERE | TYPED),
    Row("GET", "/v1/search/firms", READERS, query=OF_HERE | TYPED),
    # --- verification in bulk
    Row("POST", "/v1/verifications/batch", BULK_VERIFIERS, {"items": [QUESTION]}),
    # --- accounts
    Row(
        "POST", "/v1/lawyer-bindings", frozenset({"identity"}),
        {"licence_number": "{licence_number}", "name": "张三", "id_number": "110105194912310038"},
    ),
    # --- firms
    Row("GET", "/v1/firms", READERS, query=OF_HERE),
    Row("GET", "/v1/firms/{firm_id}", READERS),
    Row("GET", "/v1/firms/{firm_id}/timeline", READERS),
    Row("POST", "/v1/firms", OFFICERS, FIRM),
    Row("PATCH", "/v1/firms/{firm_id}", OFFICERS, MOVE | {"address": "郑州市金水区"}),
    Row("POST", "/v1/firms/{firm_id}/end", OFFICERS, {"ground": "dissolved", "ended_on": "2026-06-01"}),
    Row(
        "POST", "/v1/mergers", OFFICERS,
        MOVE | {"absorbed_firm_id": "{other_firm_id}", "absorbing_firm_id": "{firm_id}", "document_number": "1号"},
    ),
    Row("POST", "/v1/firms/{firm_id}/splits", OFFICERS, MOVE | SPLIT),
    Row("POST", "/v1/firms/{firm_id}/corrections", OFFICERS, CORRECTED | {"name": "河南更正律师事务所"}),
    # --- lawyers
    Row("GET", "/v1/lawyers", READERS, query=OF_HERE),
    Row("GET", "/v1/lawyers/{lawyer_id}", READERS),
    Row("GET", "/v1/lawyers/{lawyer_id}/timeline", READERS),
    Row("POST", "/v1/lawyers", OFFICERS, LAWYER),
    Row("PATCH", "/v1/lawyers/{lawyer_id}", OFFICERS, MOVE | {"name": "张三丰"}),
    Row("POST", "/v1/lawyers/{lawyer_id}/corrections", OFFICERS, CORRECTED | {"name": "张叁"}),
    Row("POST", "/v1/lawyers/{lawyer_id}/moves", OFFICERS, MOVE | {"firm_id": "{other_firm_id}"}),
    Row("POST", "/v1/lawyers/{lawyer_id}/category-changes", OFFICERS, MOVE | {"category": 2}),
    Row(
        "POST", "/v1/lawyers/{lawyer_id}/licence-end", OFFICERS, {"ground": "own-request", "ended_on": "2026-06-01"}
    ),
    Row(
        "POST", "/v1/lawyers/{ended_lawyer_id}/licences", OFFICERS,
        {"licence_number": "{new_number}", "licensed_on": "2026-06-01", "firm_id": "{firm_id}"},
    ),
    Row("POST", "/v1/lawyers/{lawyer_id}/id-number-views", OFFICERS, {"purpose": "correction"}),
    Row("GET", "/v1/lawyers/{lawyer_id}/id-number-views", DEPARTMENT),
    Row(
        "POST", "/v1/person-mergers", OFFICERS,
        MERGED | {"absorbed_lawyer_id": "{other_lawyer_id}", "kept_lawyer_id": "{lawyer_id}"},
    ),
    Row("POST", "/v1/person-mergers/{merger_id}/undo", OFFICERS, MERGED),
    Row("GET", "/v1/person-mergers/{merger_id}", OFFICERS),
    # --- proposals: a change of name is the department's to decide
    Row("GET", "/v1/proposals", OFFICERS, query=OF_HERE),
    Row("GET", "/v1/proposals/{proposal_id}", OFFICERS),
    Row("POST", "/v1/proposals/{proposal_id}/approve", DEPARTMENT),
    Row("POST", "/v1/proposals/{proposal_id}/reject", DEPARTMENT, {"code": "other"}),
    Row("POST", "/v1/proposals/{proposal_id}/withdraw", OFFICERS),
    # --- files that come in
    Row("POST", "/v1/imports", IMPORTERS | {"bureau-elsewhere"}, content="file", form=True),
    Row("GET", "/v1/imports", IMPORTERS, query=OF_HERE),
    Row("GET", "/v1/imports/{import_id}", IMPORTERS),
    Row("GET", "/v1/imports/{import_id}/changes", IMPORTERS),
    Row("GET", "/v1/imports/{import_id}/report", IMPORTERS),
    Row("POST", "/v1/imports/{import_id}/approve", OFFICERS),
    Row("POST", "/v1/imports/{import_id}/reject", OFFICERS, {"reason": "不符"}),
    Row("POST", "/v1/imports/{import_id}/withdraw", IMPORTERS),
    # --- reconciliation
    Row("POST", "/v1/reconciliations", DEPARTMENT | {"licensing-system"}, content="file", form=True),
    Row("GET", "/v1/reconciliations", IMPORTERS | {"bureau-elsewhere"}),
    Row("GET", "/v1/reconciliations/latest", IMPORTERS, query=OF_HERE),
    Row("GET", "/v1/reconciliations/lines", IMPORTERS, query=OF_HERE),
    Row(
        "POST",
        "/v1/reconciliations/lines/{line_id}/settle",
        OFFICERS,
        {"outcome": "explained", "reason": "scope"},
    ),
    # --- files that go out
    Row("POST", "/v1/files", DEPARTMENT),
    Row("GET", "/v1/files", READERS, query=OF_HERE),
    Row("GET", "/v1/files/{edition}", OF_ANY_REGION, absent=True),
    Row("GET", "/v1/files/{edition}/{region}", READERS, absent=True),
    Row("GET", "/v1/files/{edition}/{region}/lawyers.csv", READERS, absent=True),
    # --- lists and recognitions
    Row("GET", "/v1/recognitions", READERS, query=OF_HERE),
    Row("POST", "/v1/recognitions", DEPARTMENT, RECOGNISED),
    Row(
        "POST", "/v1/recognitions/{recognition_id}/withdraw", DEPARTMENT,
        {"withdrawn_on": "2026-06-01", "ground": "conditions-lost"},
    ),
    Row(
        "POST", "/v1/recognitions/held", frozenset({"reactions"}),
        {"licence_number": "{licence_number}", "on": "2026-06-01"},
    ),
    Row("GET", "/v1/lists", OF_ANY_REGION),
    Row("GET", "/v1/lists/{list_id}", OF_ANY_REGION),
    Row("POST", "/v1/lists", OFFICERS, LISTED | OF_HERE),
    Row("POST", "/v1/lists/{list_id}/members", OFFICERS, {"members": [{"member_id": "{firm_id}"}]}),
    # --- yearly assessment
    Row("GET", "/v1/assessments", OF_ANY_REGION),
    Row("GET", "/v1/assessments/{year}", OF_ANY_REGION),
    Row("POST", "/v1/assessments", DEPARTMENT, {"year": 2024}),
    Row("PATCH", "/v1/assessments/{year}", DEPARTMENT, {"closes_on": "2026-06-30"}),
    Row(
        "POST", "/v1/assessments/{year}/firms", OFFICERS | {"bureau-elsewhere"},
        {"entries": [LINE | {"subject_id": "{firm_id}"}]},
    ),
    Row(
        "POST", "/v1/assessments/{year}/lawyers", ASSOCIATIONS | {"city-association-elsewhere"},
        {"entries": [LINE | {"subject_id": "{lawyer_id}", "grade": "competent"}]},
    ),
    Row("GET", "/v1/assessments/{year}/results", ASSESSORS, query=OF_HERE),
    Row("GET", "/v1/assessments/{year}/open", ASSESSORS, query=OF_HERE | {"kind": "assessed-firm"}),
    Row("GET", "/v1/assessments/results/{assessment_id}", ASSESSORS),
    Row("POST", "/v1/assessments/results/{assessment_id}/corrections", OFFICERS, LINE | {"reason": "复核"}),
    Row("POST", "/v1/assessments/{year}/publications", OFFICERS, OF_HERE | {"kind": "assessed-firm"}),
    # --- interns
    Row("GET", "/v1/interns", READERS, query=OF_HERE),
    Row("GET", "/v1/interns/{intern_id}", READERS),
    Row("POST", "/v1/interns", ASSOCIATIONS, INTERN),
    Row(
        "POST", "/v1/interns/{intern_id}/end", ASSOCIATIONS, {"ground": "broken-off", "ended_on": "2026-06-01"}
    ),
    # --- disciplinary supervisors
    Row("GET", "/v1/supervisors", READERS, query=OF_HERE),
    Row("GET", "/v1/supervisors/{appointment_id}", READERS),
    Row("POST", "/v1/supervisors", OFFICERS, SUPERVISOR),
    Row(
        "POST", "/v1/supervisors/{appointment_id}/end", OFFICERS, {"ground": "resigned", "ended_on": "2026-06-01"}
    ),
    # --- standing
    Row("GET", "/v1/standing-conflicts", OFFICERS, query=OF_HERE),
    Row(
        "POST", "/v1/standing-conflicts/{conflict_id}/close", OFFICERS,
        {"outcome": "no-contradiction", "reason": "核对无误"},
    ),
    # --- the feed, and events set aside
    *machinery(feed=FEED_READERS, watchers=WATCHERS, auditors=AUDITOR, systems=SYSTEMS, everybody=EVERYBODY),
    *following(watchers=WATCHERS, operators=frozenset({"operator"})),
)  # fmt: skip
