"""The demo province's plan: what has to be entered so that three years of it can be seen, all through the API.

A further step is a function that takes the officers and says what it did; it is added to STEPS, in the order in which
it can run, and may be run again without doing anything twice.
"""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import date
from typing import Final

import typer
from contracts.legal_day import legal_today
from contracts.regions import REGIONS

from yulu.client import Yulu, connect
from yulu.demo.plan_edition import publish
from yulu.demo.plan_history import history_csv
from yulu.demo.plan_published import enter_published_tables
from yulu.demo.plan_supervision import supervise
from yulu.demo.plan_tables import enter_tables
from yulu.demo.plan_works import Hands, issue_region_targets
from yulu.settings import ClientSettings


@dataclass(frozen=True, slots=True)
class Officers:
    """Of the department one enters, a second decides, a third reviews what a fourth signs; a bureau of each region."""

    officer: Yulu
    second: Yulu
    reviewer: Yulu
    signer: Yulu
    bureaus: Mapping[str, Yulu]
    today: date


@dataclass(frozen=True, slots=True)
class Step:
    zh: str
    en: str
    run: Callable[[Officers], Awaitable[str]]


async def load(settings: ClientSettings) -> None:
    """Raises ApiProblem at the first step that is refused."""
    async with AsyncExitStack() as stack:
        officers = Officers(
            await stack.enter_async_context(connect(settings, "plan-officer", subject="demo-officer")),
            await stack.enter_async_context(connect(settings, "plan-officer", subject="demo-second-officer")),
            await stack.enter_async_context(connect(settings, "plan-signer", subject="demo-reviewer")),
            await stack.enter_async_context(connect(settings, "plan-signer", subject="demo-signer")),
            {
                code: await stack.enter_async_context(
                    connect(settings, "plan-reporter", region=code, organisation_kind="bureau", subject=f"demo-{code}")
                )
                for code in REGIONS
            },
            legal_today(),
        )
        for step in STEPS:
            typer.echo(f"{step.zh} / {step.en}\n  {await step.run(officers)}")


async def back_fill(officers: Officers) -> str:
    """Three years of reports in one request; made up, and marked so by their document."""
    table = history_csv(officers.today)
    done = await officers.officer.progress.send("/v1/backfills", table, "text/csv")
    return (
        f"确认 {done['confirmed']} 项，未变 {done['unchanged']} 项，冲突 {done['conflicts']} 项 / "
        f"{done['confirmed']} numbers confirmed, {done['unchanged']} unchanged, {done['conflicts']} in conflict"
    )


async def set_targets_of_regions(officers: Officers) -> str:
    issued = await issue_region_targets(officers.officer.progress, officers.second.progress)
    return "已分解到18个地区 / issued for 18 regions" if issued else "已有，未变 / issued before"


async def work_on_deliverables(officers: Officers) -> str:
    """Milestones by the department; evidence and states by whose work it is, one officer for each region."""
    hands = Hands(
        officers.officer.progress,
        officers.second.progress,
        lambda code: officers.bureaus[code].progress,
        officers.today,
    )
    made, worked = await hands.set_milestones(), await hands.work()
    return (
        f"设节点 {made} 个，登记 {worked} 项任务成果的佐证和状态 / "
        f"{made} milestones set, evidence and states of {worked} deliverables in their regions"
    )


async def supervise_regions(officers: Officers) -> str:
    entered = await supervise(officers.officer.progress, officers.second.progress, officers.today)
    return f"登记 {entered} 项 / {entered} entered"


async def load_published_tables(officers: Officers) -> str:
    confirmed = await enter_published_tables(officers.officer.progress, officers.second.progress)
    return f"录入并确认 {confirmed} 张 / {confirmed} tables entered and confirmed"


async def load_national_tables(officers: Officers) -> str:
    confirmed = await enter_tables(officers.officer.progress, officers.second.progress, officers.today)
    return f"录入并确认 {confirmed} 张 / {confirmed} tables entered and confirmed"


async def sign_an_edition(officers: Officers) -> str:
    """The last step: an edition holds what was entered before it."""
    number = await publish(
        officers.officer.progress, officers.reviewer.progress, officers.signer.progress, officers.today
    )
    return "上月已有一期，未变 / last month has one" if number is None else f"{number} 已签发 / signed and published"


STEPS: Final[tuple[Step, ...]] = (
    Step("补录三年报送（示范数据）", "Three years of made-up reports", back_fill),
    Step("目标分解（示范数据）", "Made-up targets of regions", set_targets_of_regions),
    Step("任务成果的节点、佐证和状态（示范数据）", "Made-up work on the deliverables", work_on_deliverables),
    Step("督办和考核督查（示范数据）", "Made-up notices and inspections", supervise_regions),
    Step("已公布的律师统计（真实数据）", "Statistics of lawyers that were published", load_published_tables),
    Step("全国分省律师统计表（示范数据）", "Made-up national tables of lawyers", load_national_tables),
    Step("上月一期的拟稿、审核、签发（示范数据）", "Last month's edition, drafted, reviewed, signed", sign_an_edition),
)
