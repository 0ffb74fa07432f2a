"""What a restore says of itself: a page to read, and the same as data."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from common.local_time import local
from contracts.entitlements import TOPICS

from yulu_backup.rejoining import Beyond


@dataclass(frozen=True, slots=True)
class RestoredDatabase:
    """tables: rows when the backup was taken (None: not there yet), and now. broken_at: where a chain does not hold.

    fall_due: of the erasures those that were passed over, because the timers do them.
    """

    name: str
    tables: Mapping[str, tuple[int | None, int]]
    lost_tables: Sequence[str]
    events: int | None
    broken_at: int | None
    other_history: bool
    erasures: int
    fall_due: int
    erased_again: int
    heads: Sequence[tuple[int, str]]
    """Of a feed, by partition: number and hash of the last event; `yulu positions adopt` goes on from them."""


@dataclass(frozen=True, slots=True)
class Restored:
    base: str
    base_ended_at: datetime
    at: datetime | None
    erasures: int
    databases: Sequence[RestoredDatabase]
    seconds: Mapping[str, float]

    def data(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Joined:
    """erased_again: rows that the ledger knew as erased and that were there. fall_due: as above."""

    name: str
    erasures: int
    fall_due: int
    erased_again: int
    sessions_ended: int
    events: int | None


def page(restored: Restored) -> str:
    return "\n".join(_lines(restored)) + "\n"


def _lines(restored: Restored) -> Iterator[str]:
    target = "最后一笔事务" if restored.at is None else _told(restored.at)
    yield f"恢复报告　备份 {restored.base}（{_told(restored.base_ended_at)}）→ {target}"
    yield ""
    yield f"{'数据库':<12}{'表':>5}{'备份时行数':>12}{'现在行数':>12}{'事件':>10}  事件流     重新清除"
    for each in restored.databases:
        before = sum(then or 0 for then, _ in each.tables.values())
        now = sum(number for _, number in each.tables.values())
        feed = "—" if each.events is None else "完整" if each.broken_at is None else f"断于 {each.broken_at}"
        events = "—" if each.events is None else f"{each.events:,}"
        yield (
            f"{each.name:<14}{len(each.tables):>6}{before:>14,}{now:>14,}{events:>11}  {feed:<9}"
            f"{each.erased_again}/{each.erasures}"
        )
    yield ""
    changed = [
        (each.name, table, then, number)
        for each in restored.databases
        for table, (then, number) in each.tables.items()
        if then != number
    ]
    if changed:
        yield "与备份时行数不同的表（备份之后的日志所致）："
        for name, table, then, number in changed:
            yield f"  {name} {table}: {'无' if then is None else f'{then:,}'} → {number:,}"
    else:
        yield "各表行数与备份时相同。"
    for each in restored.databases:
        if each.lost_tables:
            yield f"  {each.name}: 备份时有、现在没有的表 {'、'.join(each.lost_tables)}"
    due = sum(each.fall_due for each in restored.databases)
    done = f"{restored.erasures - due} 条已重做，{_due(due)}" if due else "均已重做"
    yield f"清除台账 {restored.erasures} 条，{done}；此前的登录会话均已失效。"
    yield "用时：" + "，".join(f"{step} {seconds:.1f} s" for step, seconds in restored.seconds.items())


def joined(found: Sequence[Joined]) -> Iterator[str]:
    """Of a server that was recovered by other means."""
    for each in found:
        feed = "" if each.events is None else f"，事件 {each.events:,} 个，事件流完整"
        due = f"（{_due(each.fall_due)}）" if each.fall_due else ""
        again = f"{each.erased_again}/{each.erasures} 条{due}"
        yield f"{each.name}: 重新清除 {again}，结束会话 {each.sessions_ended} 个{feed}"


def beyond(found: Sequence[Beyond], to: Path) -> Iterator[str]:
    if not found:
        yield "Kafka 中没有恢复点之后的事件。 / Kafka holds nothing beyond the restore."
        return
    for each in found:
        outside = "（外部单位可能已收到，须逐一告知）" if each.topic not in TOPICS else ""
        yield f"{each.topic}: 恢复点之后的事件 {len(each.records)} 个，已不在事件流中{outside}"
        for event_type, number in sorted(each.types().items()):
            yield f"  {number:>6}  {event_type}"
    yield f"逐条见 {to}；对应的业务须由承办人补录。"


def _due(number: int) -> str:
    return f"{number} 条不重做（到期由定时任务清除）"


def _told(instant: datetime) -> str:
    return local(instant).strftime("%Y-%m-%d %H:%M:%S")
