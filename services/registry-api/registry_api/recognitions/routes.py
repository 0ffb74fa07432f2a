"""HTTP in and out for recognitions and the lists they stand on."""

from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal, Principal
from common.database import Database
from common.http import FieldError, Problem, Router, Transaction, json_response
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from common.http.translations import status_titles
from contracts.legal_day import legal_today
from contracts.recognition import RecognitionKind
from fastapi import Response, status
from starlette.requests import Request

from registry_api.permissions import Action, allowed, demand
from registry_api.recognitions.domain import Recognition, issue
from registry_api.recognitions.store import SqlRecognitions
from registry_api.recognitions.use_cases import (
    MembersRefused,
    add_members,
    grant_recognition,
    honours_held,
    withdraw_recognition,
)
from registry_api.recognitions.views import (
    AddMembers,
    AskHonours,
    GrantRecognition,
    HonoursView,
    IssueList,
    ListView,
    MembersView,
    RecognitionLine,
    RecognitionView,
    WithdrawRecognition,
)
from registry_api.register.conditional import entity_response, require_version
from registry_api.register.fields import ListRegion, RegionCode
from registry_api.register.scope import visible_region
from registry_api.register.store import Register
from registry_api.register.times import AsOf

router = Router(prefix="/v1", tags=["名录 Recognitions"])


@router.post("/recognitions", status_code=status.HTTP_201_CREATED, summary="单独认定 Recognise by its own document")
async def post_recognition(
    body: GrantRecognition, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> RecognitionView:
    demand(principal, Action.RECOGNISE, PROVINCE)
    today = legal_today()
    register = await Register.within(tx, today)
    recognition = await grant_recognition(register, SqlRecognitions(tx.session), tx.outbox, today=today, **dict(body))
    response.headers["ETag"] = etag_of_version(recognition.version)
    return RecognitionView.of(recognition, ground=True)


@router.post("/recognitions/held", summary="某日是否持有荣誉 Was an honour held on a day", response_model=HonoursView)
async def ask_honours(request: Request, body: AskHonours, principal: CurrentPrincipal) -> Response:
    """荣誉：优秀律师事务所、优秀律师、党和人民满意的好律师。

    A question for our own workers: it stores nothing, and puts no number in an address.
    """
    demand(principal, Action.ASK_HONOURS, PROVINCE)
    database: Database = request.app.state.database
    async with database.begin() as tx:
        found = await honours_held(
            SqlRecognitions(tx.session), body.on, licence_number=body.licence_number, credit_code=body.credit_code
        )
    answer = HonoursView(held=found.held, since=found.since, numbers=list(found.numbers))
    return json_response(answer.model_dump(mode="json"), headers={"Cache-Control": "no-store"})


@router.post("/recognitions/{recognition_id}/withdraw", summary="撤销认定 Take off a list")
async def post_withdrawal(
    *,
    recognition_id: UUID,
    body: WithdrawRecognition,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> RecognitionView:
    recognitions = SqlRecognitions(tx.session)
    demand(principal, Action.RECOGNISE, await _kept_by(recognitions, await recognitions.get(recognition_id)))
    before = await recognitions.get_for_update(recognition_id)
    if if_match is not None:
        require_version(if_match, before.version)
    recognition = await withdraw_recognition(
        recognitions, tx.outbox, before, on=body.withdrawn_on, ground=body.ground, today=legal_today()
    )
    response.headers["ETag"] = etag_of_version(recognition.version)
    return RecognitionView.of(recognition, ground=True)


@router.get("/recognitions", summary="查询认定 Search recognitions")
async def get_recognitions(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: RecognitionKind | None = None,
    region: RegionCode | None = None,
    list_id: UUID | None = None,
    member_id: UUID | None = None,
    as_of: AsOf = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[RecognitionLine]:
    """Without `as_of` all that were ever granted; with it those in force on that day."""
    region = visible_region(principal, Action.READ, region)
    after = decode_cursor(cursor, "recognitions", UUID)
    recognitions = SqlRecognitions(tx.session)
    found = await recognitions.search(
        region=region,
        kind=kind,
        list_id=list_id,
        member_id=member_id,
        in_force_on=as_of,
        limit=limit + 1,
        after=None if after is None else after[0],
    )
    names = await recognitions.names(found)
    return Page[RecognitionLine].of(
        found,
        limit=limit,
        item=lambda recognition: RecognitionLine.named(_view(principal, recognition), names[recognition.member_id]),
        cursor=lambda recognition: encode_cursor("recognitions", str(recognition.recognition_id)),
    )


@router.post("/lists", status_code=status.HTTP_201_CREATED, summary="发布名录 Issue a list")
async def post_list(body: IssueList, principal: CurrentPrincipal, tx: Transaction, response: Response) -> ListView:
    demand(principal, Action.RECOGNISE, body.region)
    listed = issue(issued_by=principal.subject, **dict(body))
    await SqlRecognitions(tx.session).issue(listed)
    response.headers["Location"] = f"/v1/lists/{listed.list_id}"
    return ListView.of(listed)


@router.get("/lists", summary="名录 Lists")
async def get_lists(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    kind: RecognitionKind | None = None,
    region: ListRegion | None = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[ListView]:
    """Every officer may know what lists there are; who is on them, within his region."""
    visible_region(principal, Action.READ, None)
    after = decode_cursor(cursor, "lists", UUID)
    found = await SqlRecognitions(tx.session).lists(
        kinds=None if kind is None else {kind},
        region=region,
        limit=limit + 1,
        after=None if after is None else after[0],
    )
    return Page[ListView].of(
        found, limit=limit, item=ListView.of, cursor=lambda listed: encode_cursor("lists", str(listed.list_id))
    )


@router.get("/lists/{list_id}", summary="名录详情 One list", response_model=ListView)
async def get_list(*, request: Request, list_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    visible_region(principal, Action.READ, None)
    return entity_response(request, ListView.of(await SqlRecognitions(tx.session).list_(list_id)), 1)


@router.post("/lists/{list_id}/members", status_code=status.HTTP_201_CREATED, summary="列入成员 Put members on a list")
async def post_members(*, list_id: UUID, body: AddMembers, principal: CurrentPrincipal, tx: Transaction) -> MembersView:
    """All or none; a refusal names each member that is in the way."""
    recognitions, today = SqlRecognitions(tx.session), legal_today()
    listed = await recognitions.list_(list_id)
    demand(principal, Action.RECOGNISE, listed.region)
    register = await Register.within(tx, today)
    members = [member.member() for member in body.members]
    try:
        added = await add_members(register, recognitions, tx.outbox, listed, members, today=today)
    except MembersRefused as refused:
        raise _members_problem(refused) from None
    return MembersView(members=[RecognitionView.of(recognition, ground=True) for recognition in added])


async def _kept_by(recognitions: SqlRecognitions, recognition: Recognition) -> str:
    """Whose it is to withdraw: the region of its list, or the province's."""
    return PROVINCE if recognition.list_id is None else (await recognitions.list_(recognition.list_id)).region


def _view(principal: Principal, recognition: Recognition) -> RecognitionView:
    return RecognitionView.of(recognition, ground=allowed(principal, Action.RECOGNISE, recognition.region))


def _members_problem(refused: MembersRefused) -> Problem:
    title_zh, title_en = status_titles(422)
    count = len(refused.refusals)
    return Problem(
        type="members-refused",
        status=422,
        title_zh=title_zh,
        title_en=title_en,
        detail_zh=f"共 {count} 项不符合要求，未列入任何成员，见 errors。",
        detail_en=f"{count} members were refused and none was added; they are listed in errors.",
        errors=[
            FieldError(field=f"members.{index}.{refusal.field or 'member_id'}", zh=refusal.zh, en=refusal.en)
            for index, refusal in refused.refusals
        ],
    )
