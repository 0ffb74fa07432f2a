"""HTTP of binding an account to a lawyer."""

from typing import Annotated, cast
from uuid import UUID

from common.auth import PROVINCE, CurrentPrincipal
from common.http import RequestModel, Router
from contracts.identifiers import IdCard
from fastapi import Response
from pydantic import BaseModel, Field
from starlette.requests import Request

from registry_api.bindings.store import SqlLicences
from registry_api.bindings.use_cases import lawyer_of
from registry_api.permissions import Action, demand
from registry_api.register.fields import IdNumber, LicenceNumberText, PersonName
from registry_api.register.sealing import Sealer

router = Router(prefix="/v1", tags=["账号绑定 Bindings"])


class AskBinding(RequestModel):
    licence_number: LicenceNumberText
    name: PersonName
    id_number: Annotated[IdNumber, Field(description="只作比对，不留存 / compared, never kept.")]


class BoundLawyer(BaseModel):
    lawyer_id: UUID
    licence_number: str
    region: str


class BindingView(BaseModel):
    lawyer: BoundLawyer | None = Field(description="三项都相符的执业律师；否则为空 / null unless all three agree.")


@router.post(
    "/lawyer-bindings",
    summary="三项信息是否为同一名执业律师 Are these one lawyer's",
    description=(
        "仅限身份服务的客户端。不说明哪一项不符。For the identity service's client alone; never says which is wrong."
    ),
)
async def post_lawyer_binding(
    request: Request, body: AskBinding, principal: CurrentPrincipal, response: Response
) -> BindingView:
    demand(principal, Action.BIND_ACCOUNTS, PROVINCE)
    response.headers["Cache-Control"] = "no-store"
    sealer = cast(Sealer, request.app.state.sealer)
    digest = sealer.digest(IdCard.parse(body.id_number.get_secret_value()))
    found = await lawyer_of(SqlLicences(request.app.state.database), body.licence_number, body.name, digest)
    if found is None:
        return BindingView(lawyer=None)
    return BindingView(
        lawyer=BoundLawyer(lawyer_id=found.lawyer_id, licence_number=found.licence_number, region=found.region)
    )
