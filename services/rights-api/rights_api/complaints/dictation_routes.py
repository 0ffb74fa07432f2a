"""电话代录: an officer writes down what a caller tells, and hands over the receipt, which he sees this once.

He has no more of the case by that than any other officer; he must take it like others. The answer is kept nowhere for
replay: the same key shows the receipt again.
"""

from common.auth import CurrentPrincipal, forbidden
from common.http import Router
from fastapi import Depends, Request, Response, status

from rights_api.cases.once import limit_filing
from rights_api.cases.own import ClientKey
from rights_api.complaints.fields import FileComplaint
from rights_api.complaints.filing import filed_by
from rights_api.complaints.views import FiledView
from rights_api.permissions import Action, has

router = Router(prefix="/v1/complaints/dictations", tags=["维权办理 For officers"])


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    summary="电话代录投诉 File for a caller",
    description="回执号只在此显示，请当场告知来电律师。 The receipt is for the caller: tell it to him at once.",
    dependencies=[Depends(limit_filing)],
)
async def post_dictation(
    *,
    request: Request,
    response: Response,
    body: FileComplaint,
    principal: CurrentPrincipal,
    idempotency_key: ClientKey = None,
) -> FiledView:
    if not has(principal, Action.DICTATE):
        raise forbidden(principal, Action.DICTATE.value)
    return await filed_by(request, response, body, idempotency_key, dictated_by=principal.subject)
