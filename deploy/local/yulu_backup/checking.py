"""Whether what is kept would do: every base against its manifest, the log without a gap, the ledger's chain."""

from collections.abc import Iterator
from pathlib import Path

from yulu_backup import segments, store
from yulu_backup.ledger import Ledger
from yulu_backup.problems import Trouble


def checked(backups: Path, ledger: Ledger) -> Iterator[str]:
    """A line for each thing that is whole. Raises Trouble at the first that is not."""
    found = store.bases(backups)
    if not found:
        raise Trouble(f"{backups} 中没有完成的备份。", f"There is no complete backup in {backups}.")
    for base in found:
        store.verify(base)
        log = store.log_of(base)
        if log.missing:
            raise Trouble(
                f"{base.name} 之后的日志缺少 {len(log.missing)} 段，自 {log.missing[0]} 起：此后的时刻无法恢复，"
                "请立即做新的基础备份。",
                f"The log after {base.name} lacks {len(log.missing)} segments: take a new base backup now.",
            )
        segments.check(base)
        number = len(log.numbers)
        yield f"{base.name}: 清单相符，日志 {number} 段无缺口 / whole, {number} segments without a gap"
    yield f"清除台账 / ledger of erasures: {len(ledger.read())} 条，哈希链完整 / entries, chain holds"
