"""Whether the channel may be open: an impact assessment (个人信息保护影响评估) that permits it is on record (RR19).

PIPL 55 and 56: before sensitive information is handled; kept for three years. The newest assessment decides.
"""

from contracts.labels import LabelledEnum
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from rights_api.cases.tables import AssessmentRow


class Conclusion(LabelledEnum):
    LAWFUL = "lawful", "合法、正当、必要，风险可控", "lawful and necessary, the risks are under control"
    WITH_MEASURES = (
        "lawful-with-measures",
        "采取所列措施后合法、正当、必要",
        "lawful and necessary once the measures stand",
    )
    NOT_LAWFUL = "not-lawful", "不合法或不必要", "not lawful or not necessary"


async def may_be_open(session: AsyncSession) -> bool:
    newest = await session.scalar(
        select(AssessmentRow.conclusion)
        .order_by(AssessmentRow.recorded_at.desc(), AssessmentRow.number.desc())
        .limit(1)
    )
    return newest is not None and newest != Conclusion.NOT_LAWFUL.value
