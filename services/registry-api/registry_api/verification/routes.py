"""HTTP of verification, and the public keys with which signed answers and files are checked."""

from common.http.routes import json_response
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from registry_api.register.signing import Signer

router = APIRouter(tags=["核验 Verification"])


@router.get("/.well-known/jwks.json", summary="签名公钥 Public keys of signatures")
async def read_keys(request: Request) -> Response:
    signer: Signer = request.app.state.signer
    return json_response(signer.jwks, headers={"Cache-Control": "public, max-age=300"})
