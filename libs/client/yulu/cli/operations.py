"""`yulu ops`: what an operator on duty looks at, and redrives in bulk."""

import asyncio
import unicodedata
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any

import typer

from yulu.client import Service, connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="运行监测：落后、法定期限、搁置、沉默。 / The operators' view.")

WITHHELD = "（不可见）"
"""Of a feed that the reader may not read."""
UNKNOWN = "未知"

Rows = Sequence[Sequence[object]]
Reason = Annotated[str, typer.Option(help="理由，记入审计。 / Reason, kept for audit.")]
Consumer = Annotated[str | None, typer.Option(help="消费方，缺省为全部。 / Consumer, by default all.")]
Topic = Annotated[str | None, typer.Option(help="事件流。 / Feed.")]
Region = Annotated[str | None, typer.Option(help="行政区划代码。 / Region code.")]
EventType = Annotated[str | None, typer.Option("--type", help="事件类型。 / Event type.")]
ErrorKind = Annotated[str | None, typer.Option("--error", help="错误种类。 / Kind of error.")]
Since = Annotated[str | None, typer.Option(help="此时刻以后搁置的。 / Parked since.")]


def _run(work: Callable[[Service], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        async with connect(ClientSettings.load(), "operator") as yulu:
            await work(yulu.exchange)

    asyncio.run(run())


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in text)


def _table(titles: Sequence[str], rows: Rows) -> None:
    """Columns as wide as their widest cell; a Chinese character is two wide."""
    cells = [list(titles), *([_cell(value) for value in row] for row in rows)]
    widths = [max(_width(row[column]) for row in cells) for column in range(len(titles))]
    for row in cells:
        padded = (text + " " * (width - _width(text)) for text, width in zip(row, widths, strict=True))
        typer.echo("  ".join(padded).rstrip())


def _cell(value: object) -> str:
    if value is None or value == []:
        return "—"
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int | float):
        return f"{value:,.0f}"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _told(row: Mapping[str, Any], name: str, unknown: str = UNKNOWN) -> object:
    return WITHHELD if row["withheld"] else unknown if row[name] is None else row[name]


@app.command()
def status() -> None:
    """总览：服务、消费方、期限、告警。 / Overview."""

    async def run(exchange: Service) -> None:
        seen = await exchange.get("/v1/operations")
        _table(
            ("服务 Service", "应答", "最后应答 Last answer"),
            [
                (row["service"], row["answering"], "" if row["answering"] else row["not_answering_since"])
                for row in seen["services"]
            ],
        )
        typer.echo("")
        _consumers(seen["consumers"])
        typer.echo("")
        typer.echo(
            f"有风险的义务 duties at risk: {seen['duties_endangered']}  已逾期 lost: {seen['duties_lost']}  "
            f"最早期限 earliest: {seen['earliest_due_at'] or '—'}  未消除告警 open alarms: {seen['open_alarms']}"
        )

    _run(run)


def _consumers(rows: Sequence[Mapping[str, Any]]) -> None:
    _table(
        ("消费方 Consumer", "事件流 Feed", "状态 Health", "落后 Behind", "秒 Seconds", "搁置 Parked", "期限有风险"),
        [
            (
                f"{row['zh']} {row['consumer']}", row["topic"], f"{row['health_zh']} {row['health']}",
                _told(row, "behind"), _told(row, "lag_seconds"), _told(row, "parked"), row["deadline_at_risk"],
            )
            for row in rows
        ],
    )  # fmt: skip


@app.command()
def lag() -> None:
    """各消费方、分区的落后。 / Lag per consumer and partition."""

    async def run(exchange: Service) -> None:
        rows = await exchange.get("/v1/operations/consumers")
        _consumers(rows)
        lagging = [
            (row["consumer"], row["topic"], each["partition"], each["behind"], each["oldest_unapplied_at"],
             each["stopped"])
            for row in rows
            for each in row["partitions"]
            if each["behind"] != 0 or each["stopped"]
        ]  # fmt: skip
        if lagging:
            typer.echo("")
            _table(("消费方", "事件流", "分区", "落后", "最早未处理 Oldest", "已停止 Stopped"), lagging)

    _run(run)


@app.command()
def deadlines(
    everything: Annotated[bool, typer.Option("--all", help="也列没有风险的。 / Those without risk too.")] = False,
) -> None:
    """有风险的法定期限。 / Legal deadlines at risk."""

    async def run(exchange: Service) -> None:
        rows = await exchange.get("/v1/operations/deadlines", endangered=str(not everything).lower())
        _table(
            ("义务 Duty", "消费方", "依据 Source", "状态 State", "事件", "有风险", "逾期", "最早期限 Due", "过时指标"),
            [
                (
                    f"{row['zh']} {row['duty']}", row["consumer"],
                    row["rule"]["source"] + ("" if row["rule"]["verified"] else "（未核对）"),
                    row["state_zh"] or ("可能有风险" if row["endangered"] else "—"),
                    _told(row, "events"), _told(row, "at_risk"), _told(row, "lost"), _told(row, "due_at", "—"),
                    row["indicators"],
                )
                for row in rows
            ],
        )  # fmt: skip

    _run(run)


@app.command()
def parked(  # noqa: PLR0917 -- typer's options
    consumer: Consumer = None,
    topic: Topic = None,
    key: str | None = None,
    event_type: EventType = None,
    region: Region = None,
    error: ErrorKind = None,
    since: Since = None,
    state: str = "parked",
) -> None:
    """搜索搁置的事件。 / Search parked events."""

    async def run(exchange: Service) -> None:
        cursor: str | None = None
        rows: list[Sequence[object]] = []
        while True:
            page = await exchange.get(
                "/v1/operations/parked", consumer=consumer, topic=topic, key=key, event_type=event_type,
                region=region, error=error, since=since, state=state, cursor=cursor,
            )  # fmt: skip
            rows += [
                (item["consumer"], item["topic"], item["partition"], item["seq"], item["event_type"] or WITHHELD,
                 item["key"] or WITHHELD, item["error"], item["parked_id"])
                for item in page["items"]
            ]  # fmt: skip
            for away in page["not_answering"]:
                typer.echo(f"{away}：无应答 / does not answer", err=True)
            cursor = page["next_cursor"]
            if cursor is None:
                break
        _table(("消费方", "事件流", "分区", "序号", "类型 Type", "对象 Key", "错误 Error", "编号 Id"), rows)

    _run(run)


@app.command()
def redrive(  # noqa: PLR0917 -- typer's options
    reason: Reason,
    consumer: Consumer = None,
    topic: Topic = None,
    key: str | None = None,
    event_type: EventType = None,
    region: Region = None,
    error: ErrorKind = None,
    since: Since = None,
    for_real: Annotated[bool, typer.Option("--for-real", help="真正重放；缺省只试行。 / Else a dry run.")] = False,
    wait: Annotated[float, typer.Option(help="等待结果的秒数。 / Seconds to wait for the outcome.")] = 30,
) -> None:
    """批量重放：缺省试行，核对后加 --for-real。 / Redrive in bulk; a dry run unless --for-real."""
    body: dict[str, Any] = {
        "reason": reason, "dry_run": not for_real, "topic": topic, "key": key, "event_type": event_type,
        "region": region, "error": error, "since": since, "consumers": None if consumer is None else [consumer],
    }  # fmt: skip

    async def run(exchange: Service) -> None:
        told = await exchange.post("/v1/operations/redrives", {k: v for k, v in body.items() if v is not None})
        waited = 0.0
        while not told["done"] and waited < wait:
            await asyncio.sleep(0.5)
            waited += 0.5
            told = await exchange.get(f"/v1/operations/redrives/{told['redrive_id']}")
        _tell_redrive(told)

    _run(run)


@app.command()
def follow(redrive_id: str) -> None:
    """查看一次批量重放的进展。 / How far a redrive has come."""

    async def run(exchange: Service) -> None:
        _tell_redrive(await exchange.get(f"/v1/operations/redrives/{redrive_id}"))

    _run(run)


OUTCOMES = {
    "applies": "可处理 applies", "fails": "仍失败 fails", "waits": "须等待 waits", "redrive": "待重放 waiting",
    "redriven": "已重放 redriven", "parked": "仍搁置 parked again", "discarded": "已放弃 discarded", None: "试行中 …",
}  # fmt: skip
PARTS = {
    "ordered": "已受理 ordered", "nothing-found": "没有符合的 nothing found", "not-answering": "无应答 not answering",
    "refused": "被拒绝 refused",
}  # fmt: skip


def _tell_redrive(told: Mapping[str, Any]) -> None:
    typer.echo(f"{'试行 dry run' if told['dry_run'] else '重放 redrive'} {told['redrive_id']}")
    for part in told["parts"]:
        typer.echo(f"{part['consumer']}：{PARTS[part['outcome']]}")
        if part["order"] is not None:
            _table(
                ("列", "类型 Type", "对象 Key", "结果 Outcome", "错误 Error", "连带"),
                [
                    (item["line"], item["event_type"] or WITHHELD, item["key"] or WITHHELD,
                     OUTCOMES[item["outcome"] if told["dry_run"] else item["state"]],
                     item["error"] if item["outcome"] == "fails" or item["state"] == "parked" else None,
                     not item["matched"])
                    for item in part["order"]["items"]
                ],
            )  # fmt: skip
    if not told["done"]:
        typer.echo("尚未完成：yulu ops follow <编号> / not done yet", err=True)


@app.command()
def relay() -> None:
    """事件转发状态。 / How far written events have come."""

    async def run(exchange: Service) -> None:
        _table(
            ("事件流 Feed", "正常", "待入流 Outbox", "流位置 Position", "已发 Sent", "未发 Unsent", "已签至 Signed"),
            [
                (row["topic"], row["alive"], *(_told(row, name) for name in
                 ("outbox_events", "position", "sent_position", "unsent")),
                 WITHHELD if row["withheld"] else row["signed_position"])
                for row in await exchange.get("/v1/operations/relay")
            ],
        )  # fmt: skip

    _run(run)


@app.command()
def rhythms(
    everything: Annotated[bool, typer.Option("--all", help="也列正常的。 / Those heard in time too.")] = False,
) -> None:
    """沉默的来源。 / Sources silent beyond their rhythm."""

    async def run(exchange: Service) -> None:
        rows = await exchange.get("/v1/operations/rhythms", silent=str(not everything).lower())
        _table(
            ("来源 Source", "地区", "节律 Every", "最后听到 Heard", "应至 Due", "沉默", "过时指标"),
            [
                (row["zh"], row["region"], row["every"], row["heard_at"], row["due_at"], row["silent"],
                 row["indicators"])
                for row in rows
            ],
        )  # fmt: skip

    _run(run)


@app.command()
def alarms(
    everything: Annotated[bool, typer.Option("--all", help="也列已消除的。 / Those that are over too.")] = False,
) -> None:
    """沉默告警。 / Alarms about silence."""

    async def run(exchange: Service) -> None:
        rows = [
            (row["zh"], row["region"], row["opened_at"], row["acknowledged_by"], row["closed_at"], row["alarm_id"])
            async for row in exchange.pages("/v1/operations/alarms", open=str(not everything).lower())
        ]
        _table(("来源 Source", "地区", "开始 Opened", "确认人", "消除 Closed", "编号 Id"), rows)

    _run(run)


@app.command()
def acknowledge(alarm_id: str, reason: Reason) -> None:
    """确认一个告警。 / Acknowledge an alarm."""

    async def run(exchange: Service) -> None:
        async for row in exchange.pages("/v1/operations/alarms"):
            if row["alarm_id"] == alarm_id:
                path = f"/v1/operations/alarms/{alarm_id}/acknowledge"
                told = await exchange.post(path, {"reason": reason}, etag=f'"v{row["version"]}"')
                typer.echo(f"{told['zh']} {told['region']}：已确认 acknowledged")
                return
        typer.echo("没有这个未消除的告警。 / There is no such open alarm.", err=True)
        raise typer.Exit(1)

    _run(run)
