"""What a lawyer or a firm may ask about a record of its own."""

from collections.abc import Mapping
from typing import Any

from portal.forms import Choice, Field, Form

GROUNDS = (
    Choice("wrong-person", "不是本人或者本所"),
    Choice("wrong-content", "公示内容有误"),
    Choice("should-have-ended", "公示期限应已届满"),
    Choice("repaired", "已经信用修复"),
    Choice("other", "其他"),
)
EXTRACT = Form("本人信用信息", [], submit="查询本人全部有效记录", note="含依法未公开但仍有效的记录；免费，只给本人看。")
AUTHORISE = Form(
    "授权他人查询", [], submit="生成授权码", note="授权码只显示一次、只能用一次；拿到的人可以看到上面的全部记录。"
)


def objection() -> Form:
    return Form(
        "提出异议",
        [Field("ground", "理由", "choice", choices=GROUNDS), Field("text", "具体说明", "long-text", most=4000)],
        note="提出后该记录立即标注“异议”，由作出决定的机关核查并答复。",
    )


def statement() -> Form:
    return Form(
        "提出声明",
        [Field("text", "声明内容", "long-text", most=500, hint="不得涉及第三人。")],
        note="经作出决定的机关审核后展示在记录旁，每件记录一份。",
    )


def repair(commitment: Mapping[str, Any]) -> Form:
    """It is applied for by accepting the commitment in force, which the page shows."""
    return Form("申请信用修复", [], submit="接受承诺并申请", fixed={"commitment_version": commitment["version"]})
