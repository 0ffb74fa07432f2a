"""HTTP of the disclosure log: plain routes without an account, the same for everybody, never to be stored."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

import orjson
from common.clock import now_of
from common.http import add_raw_route
from common.signing import Signer
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from discipline_api.refusals import Refused
from discipline_api.transparency import views
from discipline_api.transparency.domain import HEAD_TYPE, LOG_PATH, log_id
from discipline_api.transparency.store import SqlLog
from discipline_api.transparency.use_cases import (
    prove_consistency,
    prove_inclusion,
    prove_record,
    read_head,
    read_leaves,
)

MOST_LEAVES = 1_000
_LARGEST = 2**53 - 1
_HEADERS = {"cache-control": "no-store", "x-robots-tag": "noindex, nofollow, noarchive"}
_TAGS = ["公示日志 Disclosure log"]


async def get_tree_head(request: Request) -> Response:
    _known(request, ())
    log, signer = await _log(request), _signer(request)
    head = await read_head(log, _log_id(request), now_of(request))
    return _answer(views.head(head, signer.jws(head.payload(), HEAD_TYPE)))


async def get_inclusion(request: Request) -> Response:
    _known(request, ("leaf_index", "tree_size"))
    index, size = _number(request, "leaf_index"), _optional_number(request, "tree_size")
    return _answer(views.inclusion(await prove_inclusion(await _log(request), index, size)))


async def get_consistency(request: Request) -> Response:
    _known(request, ("from", "to"))
    old, size = _number(request, "from"), _optional_number(request, "to")
    return _answer(views.consistency(await prove_consistency(await _log(request), old, size)))


async def get_entries(request: Request) -> Response:
    _known(request, ("from", "limit"))
    first, limit = _optional_number(request, "from") or 0, _optional_number(request, "limit")
    limit = MOST_LEAVES if limit is None else limit
    if not 1 <= limit <= MOST_LEAVES:
        raise Refused(
            "validation-failed", f"应在1至{MOST_LEAVES}之间", f"lies between 1 and {MOST_LEAVES}", field="limit"
        )
    leaves, size = await read_leaves(await _log(request), first, limit)
    return _answer(views.entries(leaves, first, size))


async def get_disclosure_proof(request: Request) -> Response:
    _known(request, ("tree_size",))
    try:
        record_id = UUID(request.path_params["record_id"])
    except ValueError:
        raise Refused("validation-failed", "应为 UUID", "must be a UUID", field="record_id") from None
    logged, inclusion = await prove_record(await _log(request), record_id, _optional_number(request, "tree_size"))
    return _answer(views.record(logged, inclusion, now_of(request)))


async def get_keys(request: Request) -> Response:
    return _answer(_signer(request).jwks, {"cache-control": "public, max-age=300"})


async def _log(request: Request) -> SqlLog:
    return SqlLog(await request.app.state.database.pool())


def _signer(request: Request) -> Signer:
    signer: Signer = request.app.state.signer
    return signer


def _log_id(request: Request) -> str:
    settings = request.app.state.settings
    return log_id(settings.discipline_public_url or settings.discipline_url)


def _answer(content: Any, headers: dict[str, str] = _HEADERS) -> Response:
    return Response(orjson.dumps(content), headers=headers, media_type="application/json")


def _known(request: Request, names: Collection[str]) -> None:
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in names:
            raise Refused("validation-failed", "没有这个参数", "is not a parameter here", field=name[:80])
        if given.count(name) > 1:
            raise Refused("validation-failed", "只能给出一次", "may be given once only", field=name)


def _number(request: Request, name: str) -> int:
    number = _optional_number(request, name)
    if number is None:
        raise Refused("validation-failed", "必须填写", "is required", field=name)
    return number


def _optional_number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_LARGEST)) and int(text) <= _LARGEST):
        raise Refused("validation-failed", "应为非负整数", "must be a whole number, 0 or more", field=name)
    return int(text)


def add_transparency_routes(app: FastAPI) -> None:
    def add(path: str, endpoint: Any, summary: str, described: str, **numbers: str) -> None:
        add_raw_route(
            app,
            path,
            endpoint,
            rate_limit=app.state.rate_limit,
            openapi={
                "summary": summary,
                "description": described,
                "tags": _TAGS,
                "parameters": [
                    {
                        "name": name.rstrip("_"),
                        "in": "query",
                        "required": text.startswith("!"),
                        "description": text.lstrip("!"),
                        "schema": {"type": "integer", "minimum": 0},
                    }
                    for name, text in numbers.items()
                ],
                "responses": {
                    "200": {"description": "OK"},
                    "422": {"description": "参数不符合要求，见 field / a parameter is not valid; `field` names it"},
                    "429": {"description": "超出限额 / too many requests"},
                }
                | ({"404": {"description": "从未公示 / never published"}} if "{" in path else {}),
            },
        )

    add(
        f"{LOG_PATH}/head",
        get_tree_head,
        "签名的树头 The signed tree head",
        "日志在此刻的长度与根，附紧凑 JWS（typ `yulu-tree-head+jws`）；请留存，此后任何改动、删除都能据此发现。"
        "Size and root of the log at this instant, with a compact JWS; keep it: whatever is changed or dropped later"
        " can be shown with it.",
    )
    add(
        f"{LOG_PATH}/inclusion",
        get_inclusion,
        "条目在日志之中 A leaf is in the log",
        "RFC 9162 2.1.3 的包含证明。Inclusion proof of RFC 9162, 2.1.3.",
        leaf_index="!条目序号，从0起 / index of the leaf, from 0",
        tree_size="日志长度，默认为现在的长度 / size of the log, by default its present one",
    )
    add(
        f"{LOG_PATH}/consistency",
        get_consistency,
        "旧日志是新日志的开头 An older log is the beginning of a newer one",
        "RFC 9162 2.1.4 的一致性证明；曾经的每个长度都可证明。"
        "Consistency proof of RFC 9162, 2.1.4; every size the log ever had can be proven.",
        from_="!旧的长度 / the older size",
        to="新的长度，默认为现在的长度 / the newer size, by default the present one",
    )
    add(
        f"{LOG_PATH}/entries",
        get_entries,
        "日志条目 Leaves of the log",
        "叶的字节为 record_id、change、at、commitment 四项依此次序的紧凑 JSON，原样照抄各值；"
        "叶哈希为 SHA-256(0x00 ‖ 字节)。"
        "The bytes of a leaf are compact JSON of record_id, change, at and commitment, in this order and exactly as"
        " given; its hash is SHA-256(0x00 ‖ bytes).",
        from_="从此序号起，默认0 / from this index on, by default 0",
        limit=f"至多{MOST_LEAVES}条 / at most {MOST_LEAVES}",
    )
    add(
        "/v1/public/disclosures/{record_id}/proof",
        get_disclosure_proof,
        "一件公示的证明 Proof of a disclosure",
        "公示中的：最新条目、盐值与正文摘要；承诺值为 SHA-256(盐 ‖ 公示正文的字节)。"
        "已撤回或期满的：最新条目与墓碑，没有盐值，承诺值为 SHA-256(墓碑的字节)；墓碑的字节即 410 答复的字节。"
        "On display: the newest leaf, its salt and digests of the body; the commitment is SHA-256(salt ‖ bytes of the"
        " body). Withdrawn or over: the newest leaf and the tombstone, without a salt; the commitment is SHA-256(bytes"
        " of the tombstone), which are those of the 410 answer.",
        tree_size="日志长度，默认为现在的长度 / size of the log, by default its present one",
    )
    add(
        "/.well-known/jwks.json",
        get_keys,
        "签名公钥 Public keys of signatures",
        "用于核对树头与查询结果的签名，含已停用的公钥。"
        "To check tree heads and query results; retired keys are included.",
    )
