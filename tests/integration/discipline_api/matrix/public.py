"""What is open to everybody, and what systems, lawyers and firms are given beside it."""

from tests.support.matrix import Row

from .callers import (
    DEPARTMENT,
    EVERYBODY,
    FEW,
    ITSELF,
    OFFICERS,
    READERS,
    TOKEN,
    UNEXPIRED,
)

LAWYER = frozenset({"lawyer"})
WATCHERS = ITSELF | READERS | {"court"}
WATCHING_SYSTEMS = WATCHERS - ITSELF
UNDERTAKEN = {"organisation_name": "河南某征信公司", "text_version": "{text_version}", "accepted": True,
              "contact": "数据部 13700001234"}  # fmt: skip
NUMBER = {"licence_number": "{licence_number}"}
SEARCHED = {"name": "{name}", "firm_name": "{firm_name}"}

TABLE_OF_PUBLIC: tuple[Row, ...] = (
    Row("GET", "/.well-known/jwks.json", EVERYBODY),
    # --- disclosures: a system that sends a token is known by it, so it must be good
    Row("GET", "/v1/public/disclosures", UNEXPIRED, query=NUMBER),
    Row("GET", "/v1/public/disclosures/list", UNEXPIRED),
    Row("GET", "/v1/public/disclosures/{published_id}", UNEXPIRED),
    Row("GET", "/v1/public/disclosures/{published_id}/proof", EVERYBODY),
    Row("POST", "/v1/public/disclosures/search", UNEXPIRED, SEARCHED),
    Row("GET", "/v1/disclosures/changes", UNEXPIRED),
    # What is decided and not shown does not exist for the public, whoever asks here.
    Row("GET", "/v1/public/disclosures/{decided_id}", UNEXPIRED, absent=True, told=frozenset()),
    Row("GET", "/v1/public/disclosures/{decided_id}/proof", EVERYBODY, absent=True, told=frozenset()),
    Row("GET", "/v1/public/transparency/head", EVERYBODY, told=frozenset()),
    Row("GET", "/v1/public/transparency/entries", EVERYBODY, told=frozenset()),
    Row("GET", "/v1/public/transparency/inclusion", EVERYBODY, query={"leaf_index": "0"}, told=frozenset()),
    Row("GET", "/v1/public/transparency/consistency", EVERYBODY, query={"from": "1"}, told=frozenset()),
    # --- in bulk
    Row("GET", "/v1/disclosures/bulk.csv", READERS, told=frozenset({"reader"})),
    Row("GET", "/v1/disclosures/bulk.ndjson", READERS, told=frozenset({"reader"})),
    Row("GET", "/v1/disclosure-undertakings/text", EVERYBODY),
    Row("POST", "/v1/disclosure-undertakings", READERS, UNDERTAKEN),
    Row("GET", "/v1/disclosure-undertakings", READERS | DEPARTMENT, told=DEPARTMENT | {"reader"}),
    Row(
        "GET", "/v1/disclosure-undertakings/{undertaking_id}", DEPARTMENT | {"reader"},
        alike=frozenset({"another-reader"}),
    ),
    Row("GET", "/v1/disclosure-checks", OFFICERS, told=frozenset()),
    # --- query results and extracts
    Row("POST", "/v1/public/query-results", EVERYBODY, NUMBER),
    Row("GET", "/v1/public/query-results/{result_code}", EVERYBODY),
    Row("GET", "/v1/public/query-results/{result_code}/pdf", FEW, among=FEW),
    Row("POST", "/v1/extract-authorisations", ITSELF),
    Row("POST", "/v1/extracts", ITSELF, {}, told=LAWYER | {"firm"}),
    # The code is the right: whoever has it got it from the lawyer himself.
    Row("POST", "/v1/extracts", TOKEN, {"authorisation": "{authorisation}"}),
    Row("POST", "/v1/extracts", TOKEN, {"authorisation": "AAAA-AAAA-AAAA"}, told=frozenset()),
    # --- watches
    Row("POST", "/v1/watches", WATCHERS, {"what": "subject"}, told=frozenset()),
    Row("POST", "/v1/watches", WATCHERS, {"what": "subject"} | NUMBER, told=frozenset()),
    Row("GET", "/v1/watches", WATCHERS, told=frozenset()),
    Row("GET", "/v1/watches/notices", WATCHERS, told=frozenset()),
    Row("POST", "/v1/watches/notices/acknowledgement", WATCHERS, {"cursor": "{cursor}"}, also=frozenset({400})),
    Row("GET", "/v1/watches/{watch_id}", frozenset({"reader"}), alike=WATCHERS - {"reader"}),
    Row("POST", "/v1/watches/{watch_id}/renew", frozenset({"reader"}), alike=WATCHERS - {"reader"}),
    Row("DELETE", "/v1/watches/{watch_id}", frozenset({"reader"}), alike=WATCHERS - {"reader"}),
    Row("GET", "/v1/watches/{own_watch_id}", LAWYER, alike=WATCHERS - LAWYER),
)  # fmt: skip
