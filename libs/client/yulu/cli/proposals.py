"""`yulu proposals`: changes of the register that wait for a second officer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import typer

from yulu.client import Yulu, connect
from yulu.settings import ClientSettings

app = typer.Typer(no_args_is_help=True, help="登记变更提案：查询、批准、退回。 / Proposals: list, approve, reject.")

Region = Annotated[str, typer.Option(help="以此地区的身份办理。 / Act for this region.")]
Officer = Annotated[
    str | None, typer.Option(help="开发环境中的办理人，不得为提出人。 / In development: who acts; not who proposed.")
]
Proposal = Annotated[str, typer.Argument(help="提案编号。 / Id of the proposal.")]


@app.command("list")
def listed(
    state: Annotated[str, typer.Option(help="open、approved、rejected、withdrawn。")] = "open",
    region: Region = "410000",
) -> None:
    """First proposed, first shown."""

    async def run() -> None:
        async with _officer(region, None) as yulu:
            asked = None if region == "410000" else region
            async for item in yulu.registry.pages("/v1/proposals", state=state, region=asked):
                typer.echo(
                    f"{item['proposal_id']}  {item['kind_zh']}  {item['region']}  {item['effective_on']}"
                    f"  {item['document_number'] or ''}  {item['proposed_by']}"
                )

    asyncio.run(run())


@app.command()
def approve(proposal: Proposal, region: Region = "410000", officer: Officer = None) -> None:
    """Carries the change out."""
    answer = asyncio.run(_decide(f"{proposal}/approve", None, region, officer))
    typer.echo(f"{answer['kind_zh']}: {answer['state']}")


@app.command()
def reject(
    proposal: Proposal,
    code: Annotated[str, typer.Option(help="documents-incomplete、conditions-not-met、facts-differ、other…")],
    text: Annotated[str | None, typer.Option(help="说明。 / In words.")] = None,
    region: Region = "410000",
    officer: Officer = None,
) -> None:
    """Back to who proposed it, with a reason."""
    body = {"code": code} | ({} if text is None else {"text": text})
    answer = asyncio.run(_decide(f"{proposal}/reject", body, region, officer))
    typer.echo(f"{answer['kind_zh']}: {answer['state']}")


async def _decide(what: str, body: Any, region: str, officer: str | None) -> dict[str, Any]:
    async with _officer(region, officer) as yulu:
        answer: dict[str, Any] = await yulu.registry.post(f"/v1/proposals/{what}", body)
        return answer


@asynccontextmanager
async def _officer(region: str, subject: str | None) -> AsyncIterator[Yulu]:
    who = {} if subject is None else {"subject": subject}
    kind = "department" if region == "410000" else "bureau"
    async with connect(ClientSettings.load(), "registry-officer", region=region, organisation_kind=kind, **who) as yulu:
        yield yulu
