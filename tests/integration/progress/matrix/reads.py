"""What is public, numbers and what stands behind them, and the machinery beneath."""

from tests.support.matrix import Row, following, machinery

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
)

OF_HERE = {"region": "410100"}
DISCIPLINE = frozenset({"discipline-department"})

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
    *machinery(
        feed=FEED_READERS, watchers=WATCHER, auditors=AUDITOR, systems=CLIENTS, everybody=EVERYBODY, opened=True
    ),
    *following(watchers=WATCHER, operators=OPERATORS, held=True),
    Row("POST", "/v1/rebuilds", OPERATORS, {"switch": False}),
    Row("GET", "/v1/rebuilds/{rebuild_id}", OPERATORS),
)
