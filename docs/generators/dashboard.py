"""The operators' Grafana dashboard: rows of panels, each a title, a unit and its queries."""

import json
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 24
_SOURCE = {"type": "prometheus", "uid": "${source}"}


@dataclass(frozen=True, slots=True)
class Panel:
    title: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    """PromQL, and the legend of its series."""
    kind: str = "timeseries"


def rate(series: str, *by: str) -> str:
    return f"sum by ({', '.join(by)}) (rate({series}[5m]))"


_ERRORS = rate('http_requests_total{status=~"5.."}', "job")
_SHARE_OF_ERRORS = f"{_ERRORS} / {rate('http_requests_total', 'job')}"

ROWS: dict[str, tuple[Panel, ...]] = {
    "总览 Overview": (
        Panel("进程在线 Processes up", "short", (("up", "{{job}}"),), "stat"),
        Panel("Kafka 连通 Kafka answers", "short", (("yulu_kafka_connected", "{{job}}"),), "stat"),
        Panel(
            "不公开事件流异常（整点） Closed feeds disturbed, by the hour",
            "short",
            (("yulu_closed_feeds_disturbed", "{{job}}"),),
            "stat",
        ),
        Panel(
            "不公开服务的错误（整点） Errors of closed services, by the hour",
            "short",
            (("yulu_answers_failing unless on (job) http_requests_total", "{{job}}"),),
            "stat",
        ),
        Panel("公众打得开 The public's way", "short", (("probe_success", "{{instance}}"),), "stat"),
        Panel("证书还有 Certificates last", "s", (("yulu_certificate_seconds_left", "{{job}} {{of}}"),)),
    ),
    "数据管道 Plan pipeline": (
        Panel(
            "事件入流 Events sequenced",
            "ops",
            ((rate("yulu_events_sequenced_total", "service"), "{{service}}"),),
        ),
        Panel(
            "发往 Kafka Events published",
            "ops",
            ((rate("yulu_events_published_total", "service"), "{{service}}"),),
        ),
        Panel(
            "消费方落库 Events applied",
            "ops",
            ((rate("yulu_events_applied_total", "job", "topic"), "{{job}} {{topic}}"),),
        ),
        Panel("待发行数 Rows in the outbox", "short", (("yulu_outbox_rows", "{{service}}"),)),
        Panel("最早待发行 Oldest row of the outbox", "s", (("yulu_outbox_oldest_seconds", "{{service}}"),)),
        Panel(
            "补取与重复 Pulled and received again",
            "ops",
            (
                (rate("yulu_events_pulled_total", "job", "topic"), "补取 pulled {{job}} {{topic}}"),
                (rate("yulu_events_duplicate_total", "job", "topic"), "重复 again {{job}} {{topic}}"),
            ),
        ),
    ),
    "滞后 Lag": (
        Panel(
            "消费滞后（秒） Lag in seconds",
            "s",
            (("yulu_partition_lag_seconds", "{{job}} {{topic}}"),),
        ),
        Panel(
            "消费滞后（事件） Lag in events",
            "short",
            (("sum by (job, topic) (yulu_partition_lag_events)", "{{job}} {{topic}}"),),
        ),
        Panel("Kafka 发布滞后 Behind Kafka", "s", (("yulu_publish_lag_seconds", "{{service}}"),)),
        Panel(
            "未能核对（整分钟） Not compared, whole minutes",
            "s",
            (
                ("yulu_feed_unseen_seconds", "{{job}} {{topic}}"),
                ("yulu_outbox_unseen_seconds", "outbox {{service}}"),
                ("yulu_timers_unseen_seconds", "timers {{job}}"),
            ),
        ),
    ),
    "期限与静默 Deadlines and silence": (
        Panel(
            "将错过与已错过的期限 Deadlines at risk and lost",
            "short",
            (("yulu_deadlines_at_risk", "将错过 at risk {{duty}}"), ("yulu_deadlines_lost", "已错过 lost {{duty}}")),
        ),
        Panel("静默的来源 Silent sources", "short", (("yulu_source_silent", "{{source}} {{topic}} {{region}}"),)),
        Panel(
            "消费方与中继在位 Consumers and relays alive",
            "short",
            (("yulu_consumer_following", "{{consumer}} {{topic}}"), ("yulu_relay_alive", "relay {{topic}}")),
        ),
    ),
    "搁置 Parked": (
        Panel("待处理 Waiting for an operator", "short", (("yulu_events_waiting", "{{job}} {{topic}}"),)),
        Panel("新搁置 Newly parked", "short", (("increase(yulu_events_parked_total[1h])", "{{job}} {{topic}}"),)),
        Panel(
            "停止的分区 Stopped partitions",
            "short",
            (("sum by (job, topic) (yulu_partition_stopped)", "{{job}} {{topic}}"),),
        ),
    ),
    "推送 Webhooks": (
        Panel("推送结果 Attempts", "ops", ((rate("yulu_webhook_deliveries_total", "outcome"), "{{outcome}}"),)),
        Panel("待推送 Waiting", "short", (("yulu_webhook_pending", "待推送 waiting"),)),
        Panel("最早待推送 Oldest", "s", (("yulu_webhook_oldest_seconds", "最早 oldest"),)),
        Panel("暂停的地址 Circuits open", "short", (("yulu_webhook_circuit_open", "暂停 open"),)),
    ),
    "交换日志 Exchange log": (
        Panel(
            "外部系统调用 Calls by systems",
            "ops",
            ((rate("yulu_exchange_log_entries_total", "job", "entry"), "{{job}} {{entry}}"),),
        ),
        Panel("成组提交 Group commits", "ops", ((rate("yulu_exchange_log_commits_total", "job"), "{{job}}"),)),
    ),
    "备份 Backup": (
        Panel(
            "未存下（整分钟） Not kept, whole minutes",
            "s",
            (
                ("yulu_backup_log_unkept_seconds", "日志 log"),
                ("yulu_backup_erasures_unkept_seconds", "清除登记 erasures"),
            ),
        ),
        Panel("基础备份逾期 Base backup overdue", "s", (("yulu_backup_overdue_seconds", "逾期 overdue"),)),
        Panel(
            "日志缺段与磁盘将满 Gap of the log, disks nearly full",
            "short",
            (("yulu_backup_log_gap", "缺段 gap"), ("yulu_backup_room_short", "将满 short {{place}}")),
            "stat",
        ),
    ),
    "HTTP": (
        Panel("请求 Requests", "reqps", ((rate("http_requests_total", "job"), "{{job}}"),)),
        Panel(
            "服务端错误率 Share of errors",
            "percentunit",
            (
                (
                    _SHARE_OF_ERRORS,
                    "{{job}}",
                ),
            ),
        ),
        Panel(
            "耗时 p99 Duration, p99",
            "s",
            (
                (
                    "histogram_quantile(0.99, sum by (job, le) (rate(http_request_duration_seconds_bucket[5m])))",
                    "{{job}}",
                ),
            ),
        ),
        Panel(
            "数据库连接占用 Database connections at work",
            "percentunit",
            (("yulu_database_connections_in_use / yulu_database_connections_limit", "{{job}} {{use}}"),),
        ),
        Panel(
            "公开查询缓存命中 Public look-ups from the cache",
            "ops",
            ((rate("yulu_public_cache_total", "outcome"), "{{outcome}}"),),
        ),
    ),
}


def dashboard() -> str:
    """As Grafana imports it; the data source is chosen on the page."""
    panels: list[dict[str, Any]] = []
    below = 0
    for title, row in ROWS.items():
        panels.append(
            {
                "type": "row", "title": title, "collapsed": False, "id": len(panels) + 1, "panels": [],
                "gridPos": {"x": 0, "y": below, "w": _COLUMNS, "h": 1},
            }
        )  # fmt: skip
        below += 1
        for number, panel in enumerate(row):
            across, down = number * _WIDTH % _COLUMNS, number * _WIDTH // _COLUMNS * _HEIGHT
            panels.append(_panel(panel, len(panels) + 1, x=across, y=below + down))
        below += -(-len(row) * _WIDTH // _COLUMNS) * _HEIGHT
    page = {
        "uid": "yulu-operators",
        "title": "豫律 运行监测 Yulü operations",
        "tags": ["yulu"],
        "timezone": "Asia/Shanghai",
        "schemaVersion": 39,
        "editable": False,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [{"name": "source", "label": "数据源 Source", "type": "datasource", "query": "prometheus"}]
        },
        "panels": panels,
    }
    return json.dumps(page, ensure_ascii=False, indent=1) + "\n"


def _panel(panel: Panel, number: int, *, x: int, y: int) -> dict[str, Any]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": {"x": x, "y": y, "w": _WIDTH, "h": _HEIGHT},
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {"refId": chr(ord("A") + place), "expr": query, "legendFormat": legend, "datasource": _SOURCE}
            for place, (query, legend) in enumerate(panel.queries)
        ],
    }
