"""HTTP in and out for interns."""

from datetime import date
from typing import Annotated, Self
from uuid import UUID

from common.auth import CurrentPrincipal
from common.http import RequestModel, Router, Transaction
from common.http.etag import IfMatch, etag_of_version
from common.http.paging import DEFAULT_LIMIT, Cursor, Limit, Page, decode_cursor, encode_cursor
from contracts.identifiers import IdCard
from contracts.legal_day import legal_today
from fastapi import Query, Response, status
from pydantic import BaseModel, Field
from starlette.requests import Request

from registry_api.interns import use_cases
from registry_api.interns.domain import CERTIFICATE, Intern, InternshipEndGround
from registry_api.interns.store import SqlInterns
from registry_api.permissions import Action, demand
from registry_api.register.conditional import entity_response, require_version
from registry_api.register.fields import IdNumber, PersonName, RegionCode
from registry_api.register.scope import visible_region
from registry_api.register.sealing import Sealer
from registry_api.register.store import Register

router = Router(prefix="/v1", tags=["实习人员 Interns"])

_Certificate = Annotated[str, Field(pattern=f"^{CERTIFICATE.pattern}$", examples=["00012026110123"])]


class RegisterIntern(RequestModel):
    name: PersonName
    certificate_number: _Certificate
    firm_id: UUID
    supervisor_id: UUID = Field(description="指导律师 lawyer_id")
    from_on: date = Field(description="实习证签发之日 / the day of the certificate.")
    id_number: IdNumber | None = None


class EndInternship(RequestModel):
    ground: InternshipEndGround
    ended_on: date


class InternView(BaseModel):
    intern_id: UUID
    name: str
    certificate_number: str
    firm_id: UUID
    supervisor_id: UUID
    region: str
    from_on: date
    until_on: date
    ended_on: date | None
    end_ground: InternshipEndGround | None
    id_number_on_file: bool
    version: int

    @classmethod
    def of(cls, intern: Intern) -> Self:
        return cls(
            intern_id=intern.intern_id,
            name=intern.name,
            certificate_number=intern.certificate_number,
            firm_id=intern.firm_id,
            supervisor_id=intern.supervisor_id,
            region=intern.region,
            from_on=intern.from_on,
            until_on=intern.until_on,
            ended_on=intern.ended_on,
            end_ground=intern.end_ground,
            id_number_on_file=intern.id_card is not None,
            version=intern.version,
        )


@router.post("/interns", status_code=status.HTTP_201_CREATED, summary="登记实习人员 Register an intern")
async def post_intern(
    request: Request, body: RegisterIntern, principal: CurrentPrincipal, tx: Transaction, response: Response
) -> InternView:
    today = legal_today()
    held = await Register.within(tx, today)
    firm = await held.firm_for_share(body.firm_id)
    demand(principal, Action.WRITE_INTERNS, firm.region)
    sealer: Sealer = request.app.state.sealer
    intern = await use_cases.register(
        held,
        SqlInterns(tx.session),
        tx.outbox,
        name=body.name,
        certificate_number=body.certificate_number,
        firm_id=body.firm_id,
        supervisor_id=body.supervisor_id,
        from_on=body.from_on,
        today=today,
        id_card=None if body.id_number is None else sealer.seal(IdCard.parse(body.id_number.get_secret_value())),
    )
    response.headers["Location"] = f"/v1/interns/{intern.intern_id}"
    response.headers["ETag"] = etag_of_version(intern.version)
    return InternView.of(intern)


@router.post("/interns/{intern_id}/end", summary="结束实习 End an internship")
async def post_end(
    *,
    intern_id: UUID,
    body: EndInternship,
    principal: CurrentPrincipal,
    tx: Transaction,
    response: Response,
    if_match: IfMatch = None,
) -> InternView:
    interns = SqlInterns(tx.session)
    before = await interns.get(intern_id, lock=True)
    demand(principal, Action.WRITE_INTERNS, before.region)
    if if_match is not None:
        require_version(if_match, before.version)
    intern = await use_cases.end(interns, tx.outbox, before, body.ground, on=body.ended_on, today=legal_today())
    response.headers["ETag"] = etag_of_version(intern.version)
    return InternView.of(intern)


@router.get("/interns", summary="查询实习人员 Search interns")
async def get_interns(
    *,
    principal: CurrentPrincipal,
    tx: Transaction,
    region: RegionCode | None = None,
    firm_id: UUID | None = None,
    certificate_number: Annotated[str | None, Query(max_length=14)] = None,
    current: Annotated[bool | None, Query(description="仅在实习（true）或已结束（false）")] = None,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[InternView]:
    region = visible_region(principal, Action.READ, region)
    after = decode_cursor(cursor, "interns", UUID)
    found = await SqlInterns(tx.session).search(
        region=region,
        firm_id=firm_id,
        certificate_number=certificate_number,
        current=current,
        limit=limit + 1,
        after=None if after is None else after[0],
    )
    return Page[InternView].of(
        found,
        limit=limit,
        item=InternView.of,
        cursor=lambda intern: encode_cursor("interns", str(intern.intern_id)),
    )


@router.get("/interns/{intern_id}", summary="实习人员详情 One intern", response_model=InternView)
async def get_intern(request: Request, intern_id: UUID, principal: CurrentPrincipal, tx: Transaction) -> Response:
    intern = await SqlInterns(tx.session).get(intern_id)
    demand(principal, Action.READ, intern.region)
    return entity_response(request, InternView.of(intern), intern.version)
