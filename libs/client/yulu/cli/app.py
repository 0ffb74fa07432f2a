"""Puts the commands together; a refusal of the API ends a command with its own words and exit code 1.

Only what is asked for is imported, since that takes longer than most commands do: `assembled` knows a command's module
by its name.
"""

import sys
from collections.abc import Collection
from importlib import import_module

import typer

COMMANDS = {
    "token": ("tokens", "token", "输出访问令牌。 / Print an access token."),
    "import": ("registry", "import_file", "导入律师或律所名册(CSV、XLSX)。 / Import a register file."),
    "approve-import": ("registry", "approve_import", "批准他人上传的导入。 / Approve an import of another officer."),
    "reconcile": ("registry", "reconcile_file", "与许可系统对账。 / Compare an export of the licensing system."),
    "lawyer": ("registry", "lawyer", "按执业证号查询律师。 / Look a lawyer up by licence number."),
    "firm": ("registry", "firm", "按名称或统一社会信用代码查询律所。 / Look firms up."),
    "plan": ("plan", "plan", "查看方案进展。 / Where the plan stands."),
    "demo": ("demo", "demo", "生成示范省份、导入并演示。 / Make a demo province, import it, play a story."),
    "sandbox": ("sandbox", "sandbox", "启动沙箱，供接入方试用。 / Start a sandbox for integrators."),
    "demo-plan": ("demo", "demo_plan", "载入三年示范报送等方案数据。 / Load three years of made-up reports."),
}
"""Name → module, function, help."""

GROUPS = {
    "disclosures": ("disclosure_readers", "app"),
    "events": ("events", "app"),
    "audit": ("audit", "app"),
    "exchange-log": ("exchange_log", "app"),
    "deliveries": ("deliveries", "app"),
    "calendar": ("calendar", "app"),
    "files": ("files", "app"),
    "kafka": ("kafka", "app"),
    "proposals": ("proposals", "app"),
    "ops": ("operations", "app"),
    "parked": ("operate", "parked"),
    "positions": ("operate", "positions"),
    "progress": ("operate", "progress"),
    "webhooks": ("webhooks", "app"),
}
"""Name → module, and what it calls its group there."""

REFUSALS = (
    ("client", "ApiProblem"),
    ("client", "Unreachable"),
    ("tokens", "NoToken"),
    ("signatures", "NotGenuine"),
    ("files", "NothingThere"),
    ("feed_file", "NoRange"),
    ("transparency", "NotProven"),
    ("disclosures", "NotAsCommitted"),
)
"""Whose own words are all that is to be said."""


def assembled(names: Collection[str]) -> typer.Typer:
    """The command line with the commands and groups of these names."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="豫律命令行：查询、导入、核验与运维。 / The Yulü command line.",
    )
    app.callback()(_one_of_several)
    for name, (module, function, said) in COMMANDS.items():
        if name in names:
            app.command(name, help=said)(getattr(import_module(f"yulu.cli.{module}"), function))
    for name, (module, group) in GROUPS.items():
        if name in names:
            app.add_typer(getattr(import_module(f"yulu.cli.{module}"), group), name=name)
    return app


def _one_of_several() -> None:
    """A single command would otherwise be the whole of the command line, without its name."""


def main() -> None:
    every = {*COMMANDS, *GROUPS}
    asked = set(sys.argv[1:2]) & every
    try:
        assembled(asked or every)()
    except Exception as error:
        if not isinstance(error, _refusals()):
            raise
        typer.echo(str(error), err=True)
        sys.exit(1)


def _refusals() -> tuple[type[Exception], ...]:
    """Of what has been imported: nothing else can have been raised."""
    modules = ((sys.modules.get(f"yulu.{module}"), name) for module, name in REFUSALS)
    return tuple(getattr(module, name) for module, name in modules if module is not None)
