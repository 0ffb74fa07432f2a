"""A filled form is sent to its service; whatever is refused stands beside the field it is about."""

from dataclasses import dataclass
from typing import Any

from portal.apis import Answer, Apis, Refused, Unreachable
from portal.apis.apis import Service
from portal.forms.filled import Filled

RECEIPT_ENDED = "receipt-session-invalid"
_BY_TYPE = {
    RECEIPT_ENDED: "回执查询已超时（15 分钟）。请在下面重新输入回执号再提交，已填写的都还在。",
    "idempotency-key-reused": "这份表单此前已经提交成功，内容与现在的不同，这次没有办理。"
    "需要补充请凭回执号；另行提交请重新开始。",
}
_BY_STATUS = {
    401: "登录已过期。请在新窗口重新登录，再回到本页提交，已填写的都还在。",
    412: "内容已被他人修改，请刷新后核对再提交。",
}
_TO_MEND = "有内容需要修改，已填写的都还在。"
_TOLD_BESIDE_FIELDS = (400, 403, 404, 409, 412, 413, 422, 428, 429, 503)


@dataclass(frozen=True)
class Carried:
    """Either an answer, or the form again with what stands against it."""

    answer: Answer | None
    filled: Filled
    problem: str = ""
    """The type of what a service refused it with."""

    @property
    def status(self) -> int:
        """Of the page that shows the form again."""
        return 200 if self.answer is not None else 422


async def carry_out(
    apis: Apis, filled: Filled, service: Service, method: str, path: str, *, body: Any = None, **kwargs: Any
) -> Carried:
    """Asks the service only where the form itself has no fault. Raises Refused for what no form can mend.

    body: where it is not `filled.body()`. kwargs: `purpose`, `session`.
    """
    if filled.faults:
        return Carried(None, filled.refused(filled.faults, _TO_MEND))
    try:
        sent = filled.body() if body is None else body
        etag = filled.etag or None
        answer = await apis.send(service, method, path, sent, key=filled.key, etag=etag, **kwargs)
    except Unreachable:
        return Carried(
            None, filled.refused({}, "服务没有回应，是否已办理尚不确定。请再次提交：同一份表单只会办理一次。")
        )
    except Refused as refused:
        own_words = _BY_TYPE.get(refused.type) or _BY_STATUS.get(refused.status)
        if own_words is not None:
            return Carried(None, filled.refused({}, own_words), refused.type)
        if refused.status not in _TOLD_BESIDE_FIELDS:
            raise
        told = refused.problem.get("detail") or refused.problem.get("title") or "未能办理。"
        # What stands beside its field is not said a second time above.
        again = any(told.endswith(fault) for fault in refused.faults.values())
        return Carried(None, filled.refused(refused.faults, _TO_MEND if again else told), refused.type)
    return Carried(answer, filled)
