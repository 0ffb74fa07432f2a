"""What bars a lawyer from a change (处罚办法 47; 律师法 7; 律师执业管理办法 23), as far as the register knows it.

An investigation also bars from cancelling at one's own request; the register is told of decisions only.
"""

from registry_api.register.refusals import Refused
from registry_api.register.standing import Standing


def check_not_barred(standing: Standing, *, field: str = "effective_on") -> None:
    if standing is Standing.REVOKED:
        raise Refused("licence-revoked", "执业证书已被吊销", "the licence has been revoked", conflict=True)
    if standing is Standing.SUSPENDED:
        raise Refused(
            "lawyer-suspended",
            "停止执业期间不得变更执业机构、重新执业或自行申请注销",
            "a suspended lawyer may not change institution, be licensed anew or ask to be cancelled",
            field=field,
            conflict=True,
        )


def before_first_licence(field: str) -> Refused:
    return Refused(
        "practice-before-first-licence",
        "执业起始日期早于首次执业日期",
        "practice begins before the first licence",
        field=field,
    )
