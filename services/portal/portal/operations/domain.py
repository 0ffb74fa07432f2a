"""Words of operations, and what stands out."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.forms import Choice, Field, Form
from portal.forms.fields import Kind
from portal.look.words import consumer

Told = Mapping[str, Any]

HEALTH = {
    "following": "good", "behind": "warn", "waiting": "warn", "stopped": "bad", "silent": "bad", "not-answering": "bad",
    "never-started": "bad",
}  # fmt: skip
"""How the mark of a consumer's health is coloured."""
DUTIES = {"pending": "", "at-risk": "warn", "lost": "bad"}
SERVICES = {
    "registry": "律师登记", "discipline": "行业惩戒", "rights": "执业权利", "progress": "行动方案",
    "exchange": "数据交换",
}  # fmt: skip
PARKED = {"parked": "搁置", "redrive": "待重放", "redriven": "已重放", "discarded": "已放弃"}
DELIVERIES = {
    "waiting": "待推送", "delivered": "已送达", "failed": "测试未通过", "given-up": "已放弃", "passed": "已略过",
    "erased": "已依法删除", "withheld": "已不得外发",
}  # fmt: skip
CIRCUITS = {"closed": "正常", "open": "熔断", "half-open": "熔断后试送"}
CAUSES = {"gone": "对方称地址已不存在", "exhausted": "多次未能送达", "owner": "接入方停用"}
OUTCOMES = {
    "ordered": "已下达", "nothing-found": "没有符合条件的事件", "not-answering": "没有回应", "refused": "被拒绝",
}  # fmt: skip
TRIED = {"applies": "可以处理", "fails": "仍会失败", "waits": "仍要等待"}

FILTERS = ("consumer", "topic", "event_type", "region", "key", "error")
"""Of parked events: in the address of the page, and of the order that is made from it."""

_SECONDS = ((86_400, "天"), (3_600, "小时"), (60, "分钟"))


def lasting(seconds: float | None) -> str:
    """90 is 1.5 分钟."""
    if seconds is None:
        return "—"
    for size, name in _SECONDS:
        if seconds >= size:
            return f"{seconds / size:.1f}".removesuffix(".0") + f" {name}"
    return f"{seconds:.0f} 秒"


def worst_first(duties: Sequence[Told]) -> list[Told]:
    """Lost, then at risk, then by when they are due; those that wait for nothing last."""
    order = {"lost": 0, "at-risk": 1, "pending": 2}
    return sorted(duties, key=lambda each: (order.get(each["state"] or "", 3), each["due_at"] or "9999"))


ACKNOWLEDGE = Form(
    "确认告警",
    [Field("reason", "处理说明", "long-text", hint="会记入操作记录：谁、何时、为何确认。", most=500)],
    "确认",
)


def client_form(state: str) -> Form:
    """state: what it is now; the other is asked for."""
    reason = Field("reason", "事由", "long-text", hint="会记入操作记录：谁、何时、为何。", most=500)
    if state == "active":
        note = "暂停后该系统立即不能读取和推送，已登记的推送地址保留。"
        return Form("暂停接入", [reason], "暂停接入", danger=True, note=note, fixed={"state": "suspended"})
    return Form("恢复接入", [reason], "恢复接入", fixed={"state": "active"})


def redrive_form(consumers: Sequence[str], *, confirmed: bool = False) -> Form:
    """Asked first as a trial, which changes nothing; `confirmed` it is carried out for the same events."""
    kind: Kind = "hidden" if confirmed else "text"
    chosen = Field(
        "consumer", "消费者", "hidden" if confirmed else "choice", required=False,
        choices=() if confirmed else [Choice(each, consumer(each)) for each in consumers],
    )  # fmt: skip
    fields = [
        chosen,
        Field("topic", "主题", kind, required=False, most=200),
        Field("event_type", "事件类型", kind, required=False, most=200),
        Field("region", "地区代码", kind, required=False, most=6),
        Field("key", "键", kind, required=False, most=200),
        Field("error", "错误含有", kind, required=False, most=200),
        Field("reason", "原因", "long-text", hint="会记入操作记录。", most=500),
    ]
    if confirmed:
        return Form("确认重放", fields, "确认重放", danger=True, note="将按同样的条件真正重放，每个事件只处理一次。")
    return Form("重放搁置的事件", fields, "先试行", note="先试行：不改动任何数据，只说明哪些事件会被处理、结果如何。")


def order(typed: Mapping[str, Any], *, dry_run: bool) -> dict[str, Any]:
    """The body of a redrive, of what was typed."""
    given = {name: typed.get(name) for name in (*FILTERS[1:], "reason") if typed.get(name)}
    consumers = {"consumers": [typed["consumer"]]} if typed.get("consumer") else {}
    return {"dry_run": dry_run, **consumers, **given}


RESEND = Form(
    "重新推送",
    [
        Field("start", "自", "datetime", hint="北京时间。"),
        Field("end", "至", "datetime", required=False),
    ],
    "重新推送",
    note="以原编号再推送这段时间内已结束的推送，接收方按编号去重。",
)


def counted(parts: Sequence[Told]) -> dict[str, int]:
    """How many events of a trial have which outcome."""
    counts: dict[str, int] = {}
    for part in parts:
        for item in (part["order"] or {}).get("items", ()):
            outcome = item["outcome"] or item["state"]
            counts[outcome] = counts.get(outcome, 0) + 1
    return counts
