"""What is public, numbers and what stands behind them, and the machinery beneath."""

from .callers import (
    AUDITOR,
    CLIENTS,
    EVERYBODY,
    FEED_READERS,
    FEW,
    OFFICERS,
    OPERATORS,
    READS_HERE,
    SOME,
    UNEXPIRED,
    VALUES,
    WATCHER,
    Row,
)

OF_HERE = {"region": "410100"}
REASON = {"reason": "核对"}
DISCIPLINE = frozenset({"discipline-department"})
EXCHANGED = CLIENTS | AUDITOR

TABLE_OF_PUBLIC: tuple[Row, ...] = (
    # --- open to everybody; with a token that is sent being a good one where values are added for readers
    Row("GET", "/v1/plan", UNEXPIRED, among=SOME),
    Row("GET", "/v1/measures/{measure_id}", UNEXPIRED, among=SOME),
    Row("GET", "/v1/targets", UNEXPIRED, among=SOME),
    Row("GET", "/v1/plans", EVERYBODY),
    Row("GET", "/v1/plans/{plan_id}", EVERYBODY),
    Row("GET", "/v1/plans/{plan_id}/measures/{measure_id}", EVERYBODY),
    Row("GET", "/v1/regions", EVERYBODY),
    Row("GET", "/v1/reporting/catalogue", EVERYBODY),
    Row("GET", "/v1/public/plan", UNEXPIRED, among=SOME),
    Row("GET", "/v1/public/editions", UNEXPIRED),
    Row("GET", "/v1/public/editions/{issued_id}", UNEXPIRED),
    Row("GET", "/v1/public/editions/{issued_id}.csv", UNEXPIRED),
    Row("GET", "/v1/public/editions/{issued_id}.json", UNEXPIRED),
    Row("GET", "/v1/public/editions/{issued_id}/papers/{kind}.{form}", UNEXPIRED),
    # --- a draft is nobody's here
    Row("GET", "/v1/public/editions/{edition_id}", UNEXPIRED, absent=True),
    Row("GET", "/v1/public/editions/{edition_id}.csv", UNEXPIRED, absent=True),
    Row("GET", "/v1/public/editions/{edition_id}.json", UNEXPIRED, absent=True),
    Row("GET", "/v1/public/editions/{edition_id}/papers/{kind}.{form}", UNEXPIRED, absent=True),
    Row("GET", "/v1/closing/{plan_id}/published", UNEXPIRED),
    Row("GET", "/v1/closing/{plan_id}/report.json", UNEXPIRED, absent=True),
    Row("GET", "/v1/closing/{plan_id}/report.{form}", UNEXPIRED, absent=True),
    Row("GET", "/v1/closing/{plan_id}/addenda/{number}.json", UNEXPIRED, absent=True),
    Row("GET", "/v1/closing/{plan_id}/addenda/{number}.{form}", UNEXPIRED, absent=True),
)

TABLE_OF_VALUES: tuple[Row, ...] = (
    # --- the province's numbers: all readers
    Row("GET", "/v1/indicators/{indicator_id}", VALUES),
    Row("GET", "/v1/indicators/{indicator_id}/evidence", VALUES),
    Row(
        "GET",
        "/v1/indicators/{indicator_id}/history",
        VALUES,
        query={"from_on": "2026-12-01", "step": "month"},
        among=SOME,
    ),
    Row("GET", "/v1/indicators/{indicator_id}/changes", VALUES, query={"from_on": "2026-12-01"}),
    Row("GET", "/v1/changes", VALUES, query={"from_on": "2026-12-31"}, among=SOME),
    Row("GET", "/v1/forecasts", VALUES, among=SOME),
    Row("GET", "/v1/forecasts/{target_id}", VALUES, among=SOME),
    Row("GET", "/v1/lights", VALUES, among=SOME),
    Row("GET", "/v1/readings", VALUES),
    Row("GET", "/v1/what-if", VALUES, query={"target": "T1"}, among=SOME),
    Row("GET", "/v1/region-targets", VALUES),
    Row("GET", "/v1/statistics", VALUES),
    Row("GET", "/v1/statistics/baselines", VALUES),
    Row("GET", "/v1/stream", VALUES, live=True, among=SOME),
    # --- one region's: itself and organs of the province
    Row("GET", "/v1/indicators/{indicator_id}", READS_HERE, query=OF_HERE),
    Row("GET", "/v1/indicators/{indicator_id}/evidence", READS_HERE, query=OF_HERE),
    Row(
        "GET",
        "/v1/indicators/{indicator_id}/history",
        READS_HERE,
        query=OF_HERE | {"from_on": "2026-12-01", "step": "month"},
    ),
    Row("GET", "/v1/indicators/{indicator_id}/changes", READS_HERE, query=OF_HERE | {"from_on": "2026-12-01"}),
    Row("GET", "/v1/lights/{of}/{item_id}", READS_HERE, query=OF_HERE, among=SOME),
    # --- closed: of regions, and on other days than a month's last, who has that duty
    Row("GET", "/v1/indicators/{closed_id}", DISCIPLINE, query=OF_HERE),
    Row("GET", "/v1/indicators/{closed_id}/evidence", DISCIPLINE | {"discipline-elsewhere"}),
    Row("GET", "/v1/indicators/{closed_id}/evidence", DISCIPLINE, query=OF_HERE),
    Row("GET", "/v1/indicators/{rights_id}/evidence", frozenset({"rights-association"})),
    # --- the department's
    Row("GET", "/v1/comparison", OFFICERS | {"division", "reader"}),
    Row("GET", "/v1/bulletins/{kind}.{form}", OFFICERS, query={"as_of": "2026-12-31"}, among=FEW),
)

TABLE_OF_MACHINERY: tuple[Row, ...] = (
    Row("GET", "/v1/events", FEED_READERS),
    Row("GET", "/v1/feed/heads", FEED_READERS),
    Row("GET", "/v1/feed/relay", FEED_READERS),
    Row("GET", "/v1/feed/signed-heads", FEED_READERS),
    Row("GET", "/v1/feed/commitments", EVERYBODY),
    Row("GET", "/v1/feed/commitments/{hour}/opening", FEED_READERS | AUDITOR),
    Row("GET", "/v1/feed/behind", WATCHER, query={"partition": "1", "after_seq": "0"}),
    Row("GET", "/v1/feed/activity", WATCHER),
    Row("GET", "/v1/consumer", WATCHER),
    Row("GET", "/v1/exchange-log", EXCHANGED),
    Row("GET", "/v1/exchange-log/head", EXCHANGED),
    Row("GET", "/v1/exchange-log/heads", AUDITOR),
    Row("GET", "/v1/exchange-log/keys", EVERYBODY),
    Row("GET", "/v1/operator-acts", AUDITOR),
    Row("GET", "/v1/positions", OPERATORS),
    Row(
        "POST", "/v1/positions/{topic}/{partition}/adoption", OPERATORS,
        REASON | {"seq": 0, "partition_hash": "00" * 32},
    ),
    Row("POST", "/v1/positions/{topic}/{partition}/resume", OPERATORS, REASON),
    Row("GET", "/v1/parked", OPERATORS | WATCHER),
    Row("POST", "/v1/parked/orders", OPERATORS, REASON | {"dry_run": True}, absent=True),
    Row("GET", "/v1/parked/orders/{absent_id}", OPERATORS, absent=True),
    Row("POST", "/v1/parked/{absent_id}/redrive", OPERATORS, REASON, absent=True),
    Row("POST", "/v1/parked/{absent_id}/discard", OPERATORS, REASON, absent=True),
    Row("POST", "/v1/rebuilds", OPERATORS, {"switch": False}),
    Row("GET", "/v1/rebuilds/{rebuild_id}", OPERATORS),
)  # fmt: skip
