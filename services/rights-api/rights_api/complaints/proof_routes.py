"""Whether a proof of filing is ours: no account, no look-up, nothing kept. The key is public, so anybody may check."""

from typing import Annotated, Any

from common.http import RequestModel, Router
from fastapi import Request, Response, status
from pydantic import BaseModel, Field

from rights_api.cases.proofs import FilingProofs

router = Router(tags=["维权申请 For complainants"])


class CheckProof(RequestModel):
    commitment: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", repr=False)]
    signature: Annotated[str, Field(min_length=1, max_length=1000, repr=False)]


class CheckedProof(BaseModel):
    """`valid`: this service signed the commitment when a complaint was filed. It says nothing about any case."""

    valid: bool
    note_zh: str = "仅核对签名；提交时间与内容由持有人以盐值和原文自行证明，方法见 docs/filing-proofs.md。"
    note_en: str = (
        "The signature only; time and content are shown by the holder's salt and text: docs/filing-proofs.md."
    )


@router.post(
    "/v1/public/filing-proofs",
    status_code=status.HTTP_200_OK,
    summary="核对提交凭证 Check a proof of filing",
)
async def post_filing_proof(request: Request, response: Response, body: CheckProof) -> CheckedProof:
    proofs: FilingProofs = request.app.state.filing_proofs
    response.headers["Cache-Control"] = "no-store"
    return CheckedProof(valid=proofs.is_ours(body.commitment, body.signature))


@router.get("/.well-known/jwks.json", summary="验签公钥 Keys that proofs of filing are checked with")
async def get_keys(request: Request, response: Response) -> dict[str, Any]:
    proofs: FilingProofs = request.app.state.filing_proofs
    response.headers["Cache-Control"] = "public, max-age=300"
    return dict(proofs.signer.jwks)
