"""How long a watch is told: to the end of its own term, or of the case's that it became."""

from common.clock import today_of
from common.database import Tx
from fastapi import Request

from rights_api.cases.store import SqlCases
from rights_api.meetings.domain import Watch, WatchStatus


async def check_watch_kept(request: Request, tx: Tx, watch: Watch) -> None:
    """Raises TermOver."""
    today = today_of(request)
    watch.check_kept(today)
    if watch.status is WatchStatus.VIOLATED:
        case = await SqlCases(tx.session, request.app.state.vault).get(watch.meeting_id)
        if case is not None:
            case.check_kept(today)
