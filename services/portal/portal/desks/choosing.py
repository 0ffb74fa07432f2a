"""Fields that are chosen of what a list holds."""

from dataclasses import replace
from typing import Any

from portal.apis import Apis, Refused
from portal.desks.declared import Act, Chosen
from portal.desks.operations import operation
from portal.desks.reach import reached
from portal.desks.reading import items_of
from portal.desks.showing import Showing
from portal.forms import Choice, Form

_PAGE = 200
_MOST_PAGES = 5


async def with_choices(form: Form, act: Act, apis: Apis) -> Form:
    """A list that the visitor may not read leaves its field to be typed."""
    fields = []
    for each in form.fields:
        chosen = act.chosen.get(each.name)
        choices = await _choices(chosen, apis) if chosen is not None else []
        fields.append(replace(each, kind="choice", choices=choices) if choices else each)
    return replace(form, fields=fields)


async def _choices(chosen: Chosen, apis: Apis) -> list[Choice]:
    described = operation(chosen.operation)
    told = described.answer.get("in", {}).get(chosen.at, described.answer)
    params: dict[str, Any] = {"limit": _PAGE} if "limit" in described.query else {}
    found: list[Choice] = []
    for _ in range(_MOST_PAGES):
        try:
            body = await apis.read(described.service, described.at(), **params)
        except Refused as refused:
            if refused.status not in (403, 404):
                raise
            break
        for item in items_of(body, chosen.at):
            words = (Showing().cell(item, told, path).text for path in chosen.labels)
            found.append(Choice(str(reached(item, chosen.key)), " ".join(word for word in words if word)))
        params["cursor"] = reached(body, "next_cursor")
        if params["cursor"] is None:
            break
    return found
