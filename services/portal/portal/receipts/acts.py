"""What the holder of a receipt may do, by the kind of what it opens."""

from collections.abc import Mapping
from dataclasses import dataclass

from portal.filing.sessions import Kind
from portal.forms import Choice, Field, Form

_LONGEST = 20_000
_WHY_NOT = "哪里不同意、为什么"
_SATISFIED = Field("satisfied", "对答复满意", "yes-no", required=False)


@dataclass(frozen=True)
class Act:
    """code: of its page. may: as the service names it among what may be done now; None where it always may."""

    code: str
    form: Form
    path: str
    may: str | None
    done: str
    versioned: bool = False
    """Sent with the version the case was seen in."""


def _text(label: str, *, required: bool = True, hint: str = "", most: int = _LONGEST) -> Field:
    return Field("text", label, "long-text", required=required, hint=hint, most=most)


_CASE = "/v1/receipts/case"
_MEETING = "/v1/receipts/meeting"
_COMPLAINT = "/v1/complaint-receipts"
_ABOUT = Field(
    "about",
    "这是",
    "choice",
    choices=(Choice("message", "留言", "给办理人员的话"), Choice("evidence", "补充的情况", "新的事实或证据说明")),
)

ACTS: Mapping[Kind, tuple[Act, ...]] = {
    "case": (
        Act(
            "supplement",
            Form("补充材料", (_text("补充说明", hint="文件请另在“证据材料”上传"),), "提交补充"),
            f"{_CASE}/supplement",
            "supply-info",
            "补充材料已提交，继续审查。",
        ),
        Act(
            "acceptance",
            Form("认可答复", (_SATISFIED, _text("想说的话", required=False)), "认可答复"),
            f"{_CASE}/reply-accepted",
            "accept-reply",
            "已认可答复。",
        ),
        Act(
            "objection",
            Form("提出异议", (_text(_WHY_NOT),), "提出异议"),
            f"{_CASE}/objection",
            "object",
            "异议已提出，由上一级复核。",
        ),
        Act("message", Form("给办理人员留言", (_ABOUT, _text("内容")), "发送"), f"{_CASE}/messages", None, "已发送。"),
        Act(
            "retaliation",
            Form("反映打击报复", (_text("谁、什么时候、做了什么"),), "提交反映"),
            f"{_CASE}/retaliation",
            "report-retaliation",
            "已收到，将有专人处理。",
        ),
        Act(
            "withdrawal",
            Form(
                "撤回",
                (_text("撤回的原因", required=False),),
                "确认撤回",
                note="撤回后不再办理，不能恢复。",
                danger=True,
            ),
            f"{_CASE}/withdrawal",
            "withdraw",
            "已撤回。",
        ),
    ),
    "meeting": (
        Act(
            "words",
            Form("补充对方原话", (_text("原话", most=5_000),), "补充"),
            f"{_MEETING}/words",
            "words",
            "已补充。",
        ),
        Act(
            "arrangement",
            Form("已经会见", (Field("arranged_at", "什么时候会见的", "datetime"),), "登记已会见"),
            f"{_MEETING}/arrangement",
            "arrangement",
            "已登记会见时间。",
        ),
        Act(
            "meeting-withdrawal",
            Form("撤回登记", (), "确认撤回", note="撤回后停止计时，不能恢复。", danger=True),
            f"{_MEETING}/withdrawal",
            "withdrawal",
            "已撤回。",
        ),
    ),
    "complaint": (
        Act(
            "supplement",
            Form("补充材料", (_text("补充说明"),), "提交补充"),
            f"{_COMPLAINT}/supplement",
            "supplement",
            "补充材料已提交。",
            versioned=True,
        ),
        Act(
            "review",
            Form("申请复核", (_text(_WHY_NOT),), "申请复核", note="复核只能申请一次。"),
            f"{_COMPLAINT}/review",
            "review",
            "已申请复核。",
            versioned=True,
        ),
        Act(
            "message", Form("给办理人员留言", (_text("内容"),), "发送"), f"{_COMPLAINT}/messages", "message", "已发送。"
        ),
    ),
    "clue": (),
}


def acts_of(kind: Kind) -> tuple[Act, ...]:
    """A case that began as a refused meeting keeps what may still be done there."""
    return (*ACTS["case"], *ACTS["meeting"]) if kind == "case" else ACTS[kind]


_GIVEN = (Choice("yes", "同意"), Choice("no", "撤回同意", "已经告知的不能收回"))
CONSENT = Form(
    "同意告知他人我的身份",
    (
        Field(
            "to",
            "可以告诉谁",
            "choice",
            choices=(
                Choice("organ", "被投诉机关的投诉受理部门"),
                Choice("procuratorate", "人民检察院"),
                Choice("inspection", "纪检监察机关"),
                Choice("association", "其他律师协会"),
                Choice("justice", "司法行政机关"),
            ),
        ),
        Field(
            "purpose",
            "为了什么",
            "choice",
            choices=(
                Choice("verification", "核查事实"),
                Choice("protection", "人身安全保护"),
                Choice("reply", "直接答复本人"),
            ),
        ),
        Field(
            "given",
            "同意还是撤回",
            "choice",
            choices=_GIVEN,
        ),
    ),
    submit="确定",
    note="不同意也照常办理。每一个接收方、每一个目的分别同意，随时可以撤回。",
)
