"""Puts the commands together; a refusal of the API ends a command with its own words and exit code 1."""

import sys

import typer

from yulu.cli import (
    audit,
    demo,
    disclosure_readers,
    disclosures,
    events,
    files,
    operate,
    plan,
    proposals,
    registry,
    tokens,
)
from yulu.client import ApiProblem, Unreachable
from yulu.disclosures import NotAsCommitted
from yulu.files import NothingThere
from yulu.signatures import NotGenuine
from yulu.tokens import NoToken
from yulu.transparency import NotProven

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="豫律命令行：查询、导入、核验与运维。 / The Yulü command line.",
)
app.command("token", help="输出访问令牌。 / Print an access token.")(tokens.token)
app.command("import", help="导入律师或律所名册(CSV、XLSX)。 / Import a register file.")(registry.import_file)
app.command("approve-import", help="批准他人上传的导入。 / Approve an import of another officer.")(
    registry.approve_import
)
app.command("reconcile", help="与许可系统对账。 / Compare an export of the licensing system.")(registry.reconcile_file)
app.command("lawyer", help="按执业证号查询律师。 / Look a lawyer up by licence number.")(registry.lawyer)
app.command("firm", help="按名称或统一社会信用代码查询律所。 / Look firms up.")(registry.firm)
app.command("plan", help="查看方案进展。 / Where the plan stands.")(plan.plan)
app.command("demo", help="生成示范省份、导入并演示。 / Make a demo province, import it, play a story.")(demo.demo)
disclosures.app.command("undertake", help="显示承诺书，或作出承诺。 / Show or give the undertaking.")(
    disclosure_readers.undertake
)
disclosures.app.command("check", help="核对各公示途径是否逐条一致。 / Do all ways tell the same?")(
    disclosure_readers.check
)
app.add_typer(disclosures.app, name="disclosures")
app.add_typer(events.app, name="events")
app.add_typer(audit.app, name="audit")
app.add_typer(files.app, name="files")
app.add_typer(proposals.app, name="proposals")
app.add_typer(operate.parked, name="parked")
app.add_typer(operate.progress, name="progress")


def main() -> None:
    try:
        app()
    except (ApiProblem, Unreachable, NoToken, NotGenuine, NothingThere, NotProven, NotAsCommitted) as error:
        typer.echo(str(error), err=True)
        sys.exit(1)
