"""Forms made of operations."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.desks.declared import Act
from portal.desks.operations import Operation
from portal.desks.reach import reached
from portal.forms import Choice, Field, Form
from portal.visitors import Visitor

_ORGAN = ("organ.kind", "organ.region", "organ.code")


def field_of(told: Mapping[str, Any], **changes: Any) -> Field:
    return Field(
        name=told["name"],
        label=told["zh"],
        kind=changes.pop("kind", told["kind"]),
        required=changes.pop("required", told["required"]),
        hint=told.get("hint", ""),
        choices=[Choice(str(code), name) for code, name in told.get("codes", ())],
        most=told.get("most"),
        whole=told.get("whole", True),
        codes_are_numbers=told.get("codes_are_numbers", False),
        columns=tuple(field_of(column) for column in told.get("columns", ())),
        part_of=told.get("part_of", ""),
        **changes,
    )


def form_of(act: Act, described: Operation, variant: str = "") -> Form:
    """Raises KeyError for a variant that the operation does not know."""
    told = described.variants[variant] if described.variants else described.fields
    hidden = set(act.fixed) | set(act.left_out) | (set(_ORGAN) if act.own_organ else set()) | {act.keyed}
    fields = [field_of(each) for each in told if each["name"] not in hidden and "fixed" not in each]
    if described.takes == "file":
        fields = [Field("file", act.upload, "file"), *fields]
    fields += [field_of(each) for each in described.query.values()]
    fixed = dict(act.fixed) | {each["name"]: each["fixed"] for each in told if "fixed" in each}
    fixed |= {described.chooser: variant} if variant else {}
    title = act.label or described.variant_names.get(variant, described.zh)
    return Form(title, fields, submit=title, danger=act.danger, fixed=fixed, groups=_groups(fields))


def _groups(fields: Sequence[Field]) -> list[str]:
    """Objects that the service demands, however little of them it asks for."""
    within = (each.name.rpartition(".")[0] for each in fields if not each.part_of)
    return list(dict.fromkeys(group for group in within if group))


def organ_of(act: Act, visitor: Visitor) -> dict[str, Any]:
    """The organ that acts is the visitor's own: nobody types it, and the service checks it against the token."""
    if not act.own_organ:
        return {}
    own = visitor.principal
    return dict(zip(_ORGAN, (own.organisation_kind, own.region or "", own.organisation_id), strict=True))


def begun(act: Act, form: Form, record: Any) -> dict[str, Any]:
    """What the form begins with, of the record that it is about."""
    known = {each.name: each for each in form.fields}
    values: dict[str, Any] = {}
    for name, path in act.start.items():
        value = reached(record, path)
        if value is not None and name in known:
            values[name] = typed(known[name], value)
    return values


def typed(each: Field, value: Any) -> Any:
    """As somebody would have typed it."""
    if each.kind in {"lines", "numbers"}:
        return "\n".join(map(str, value))
    if each.kind == "choices":
        return [str(code(one)) for one in value]
    if each.kind == "rows":
        return [{column.name: typed(column, row.get(column.name)) for column in each.columns} for row in value]
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(code(value))


def code(value: Any) -> Any:
    return value["code"] if isinstance(value, Mapping) and "code" in value else value
