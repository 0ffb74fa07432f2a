"""A desk's page: the templates' helpers beside what it shows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from contracts.event_names import event_name
from starlette.requests import Request
from starlette.responses import Response

from portal.desks.declared import Act, Desk
from portal.desks.operations import name_of, operation, value_of
from portal.desks.showing import Showing, Shown, heading
from portal.desks.tables import DESKS
from portal.look import page
from portal.visitors import Visitor, visitor_of

_STATES = {
    "running": ("", "进行中"),
    "paused": ("", "已中止"),
    "warned": ("warn", "临近期限"),
    "overdue": ("bad", "已逾期"),
    "met": ("good", "按期完成"),
    "met-late": ("bad", "逾期完成"),
    "lapsed": ("", "已终止"),
    "expired": ("", "期限届满"),
}


@dataclass(frozen=True)
class Clock:
    """why: the explanation that the service computed with it."""

    name: str
    colour: str
    word: str
    due_on: str | None
    met_on: str | None
    why: Mapping[str, Any]
    due_at: str | None = None
    """Of a period in hours."""


@dataclass(frozen=True)
class Helpers:
    desks: Sequence[Desk]
    showing: Showing

    @staticmethod
    def act_name(act: Act) -> str:
        return act.label or operation(act.operation).zh

    @staticmethod
    def name(field: str) -> str:
        return name_of(field)

    @staticmethod
    def clocks(told: Any) -> list[Clock]:
        """As services tell them: a list that knows how each stands, or explanations by name."""
        if isinstance(told, Mapping):
            return [Clock(name_of(f"clock {name}"), "", "", why.get("due_on"), None, why) for name, why in told.items()]
        found = []
        for each in told or ():
            state = each["state"]["code"] if isinstance(each["state"], Mapping) else str(each["state"])
            colour, word = _STATES.get(state, ("", state))
            name = each.get("zh") or each.get("name_zh") or name_of(f"clock {each['name']}")
            why = each.get("explained") or ({"zh": each["explanation_zh"], **each} if "explanation_zh" in each else {})
            found.append(Clock(name, colour, word, each["due_on"], each.get("met_on"), why, each.get("due_at")))
        return found

    @staticmethod
    def cause(cause: Mapping[str, Any] | None) -> str:
        """Of a change in a register: the event it came of, and its ground."""
        told = cause or {}
        event, ground = str(told.get("event") or ""), str(told.get("ground") or "")
        return "，".join(filter(None, (event_name(event) if event else "", value_of("ground", ground) or ground)))

    def shown(self, value: Any, told: Mapping[str, Any] | None = None, name: str = "") -> Shown:
        return self.showing.shown(value, told or {}, name)

    def fields(self, changes: Sequence[Mapping[str, Any]], told: Mapping[str, Any] | None = None) -> Shown:
        """Of changes as they are told: `field`, `before`, `after`, perhaps `withheld`."""
        rows = []
        for each in changes:
            inner = (told or {}).get("in", {}).get(each["field"], {})
            both = [self.showing.shown(each.get(side), inner, each["field"]) for side in ("before", "after")]
            both = [replace(shown, number=False) for shown in both]
            if each.get("withheld"):
                both = [Shown("text", "（不显示）")] * 2
            named = heading(told or {}, each["field"], link=each["field"] in self.showing.links)
            rows.append([Shown("text", named), *both])
        return Shown("table", columns=("项目", "原登记", "改为"), rows=rows)

    def proposed(self, before: Mapping[str, Any] | None, command: Mapping[str, Any]) -> Shown:
        """What a proposal changes, beside what is registered now."""
        now = before or {}
        return self.fields(
            [{"field": name, "before": now.get(name), "after": value} for name, value in command.items()]
        )


async def desk_page(
    request: Request, template: str, *, desk: Desk | None = None, status: int = 200, **context: Any
) -> Response:
    visitor = await visitor_of(request)
    helpers = Helpers(desks_of(visitor), Showing(desk.links if desk is not None else {}))
    return await page(
        request,
        template,
        status=status,
        d=helpers,
        desk=desk,
        done=request.query_params.get("done") is not None,
        changed=request.query_params.get("changed") is not None,
        **context,
    )


def desks_of(visitor: Visitor) -> list[Desk]:
    """Those that the visitor's roles reach."""
    return [desk for desk in DESKS if visitor.has(*desk.roles)]
