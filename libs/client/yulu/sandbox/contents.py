"""What is in the sandbox: a made-up register, a court's connected system with all its keys, and changes that go on."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from contracts.legal_day import legal_today

from yulu.client import ApiProblem, connect
from yulu.demo.province import SEED, firms_csv, lawyers_csv, make
from yulu.imports import run_import
from yulu.sandbox.deployment import kafka_outside, receiver_port, urls
from yulu.settings import ClientSettings
from yulu.tokens import token_for

ORGAN = "sandbox-court"
SUBJECT = "sandbox-court-system"
_LAWYERS = 8_500
_LOGIN = "org.apache.kafka.common.security.scram.ScramLoginModule"


@dataclass(frozen=True, slots=True)
class Connected:
    """`environment`: what a shell needs to follow the guide. webhook_secret: of the sandbox's own receiver."""

    environment: dict[str, str]
    webhook_secret: str


async def fill(settings: ClientSettings, say: Callable[[str], None], *, seed: int = SEED) -> None:
    """The register, unless it is there already."""
    async with connect(settings, "registry-officer") as officer:
        if (await officer.registry.get("/v1/firms", limit=1))["items"]:
            return
    province = make(lawyers=_LAWYERS, seed=seed)
    say(f"载入 {len(province.firms):,} 家律所、{len(province.lawyers):,} 名律师（虚构） / loading made-up data")
    async with connect(settings, "licensing-system", organisation_kind="system") as licensing:
        for kind, content in (("firms", firms_csv(province)), ("lawyers", lawyers_csv(province))):
            await run_import(licensing.registry, f"{kind}.csv", content, kind)


async def connected(settings: ClientSettings, directory: Path, offset: int) -> Connected:
    """A court's system: token, settings of a Kafka client, a webhook that goes to the sandbox's receiver."""
    rights = {"organisation_kind": "court", "organisation_id": ORGAN, "subject": SUBJECT}
    async with connect(settings, "operator") as operator:
        client = await _client(operator.exchange)
        kafka = await operator.exchange.post(f"/v1/clients/{client}/kafka-credentials", {})
    properties = directory / "client.properties"
    properties.write_text(
        "security.protocol=SASL_SSL\n"
        f"sasl.mechanism={kafka['mechanism']}\n"
        f'sasl.jaas.config={_LOGIN} required username="{kafka["user"]}" password="{kafka["password"]}";\n'
        "ssl.truststore.type=PEM\n"
        f"ssl.truststore.location={directory / 'kafka' / 'tls' / 'ca.pem'}\n"
        f"group.id={kafka['group_prefix']}1\n"
    )
    properties.chmod(0o600)
    async with connect(settings, "stream-client", **rights) as system:
        hook = await system.exchange.post(
            "/v1/webhooks",
            {"url": f"http://127.0.0.1:{receiver_port(offset)}/webhooks", "types": [], "regions": [], "keys": [],
             "signature": "hmac-sha256", "after": "now"},
        )  # fmt: skip
    token = await token_for(settings, ["stream-client"], **rights)
    environment = urls(offset) | {
        "TOKEN": token, "KAFKA": kafka_outside(offset), "CLIENT_PROPERTIES": str(properties),
        "GROUP": f"{kafka['group_prefix']}1",
    }  # fmt: skip
    return Connected(environment, hook["secret"])


async def _client(exchange: Any) -> str:
    async for known in exchange.pages("/v1/clients"):
        if known["subject"] == SUBJECT:
            found: str = known["client_id"]
            return found
    made = await exchange.post(
        "/v1/clients",
        {"subject": SUBJECT, "name": "沙箱法院系统", "organisation_kind": "court", "organ_code": ORGAN,
         "region": "410000", "reason": "沙箱"},
    )  # fmt: skip
    return str(made["client_id"])


async def go_on(settings: ClientSettings, seconds: float, *, seed: int = SEED) -> None:
    """A firm changes its address now and then, until cancelled: proposed by one officer, approved by another."""
    chance = Random(seed)  # noqa: S311 -- made-up data
    async with (
        connect(settings, "registry-officer", subject="first-officer") as first,
        connect(settings, "registry-officer", subject="second-officer") as second,
    ):
        firms = (await first.registry.get("/v1/firms", limit=200))["items"]
        number = 0
        while True:
            number += 1
            path = f"/v1/firms/{chance.choice(firms)['firm_id']}"
            try:
                body = {"effective_on": legal_today().isoformat(), "address": f"示范路{number}号"}
                proposal = await first.registry.patch(path, body, etag=await first.registry.etag(path))
                await second.registry.post(f"/v1/proposals/{proposal['proposal_id']}/approve")
            except ApiProblem:
                await asyncio.sleep(seconds)  # changed by somebody else meanwhile; the next one will do
                continue
            await asyncio.sleep(seconds)
