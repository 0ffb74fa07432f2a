"""What a form asks for."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

Kind = Literal[
    "text",
    "long-text",
    "date",
    "datetime",
    "number",
    "yes-no",
    "either",
    "choice",
    "choices",
    "hidden",
    "lines",
    "numbers",
    "pairs",
    "rows",
    "file",
]
"""yes-no: a box that says no where it is not ticked; either: a question that has to be answered.

choice: one of `choices`; choices: any number of them; lines, numbers: a list, one a line; pairs: names and texts, one
`名称：内容` a line; rows: a table of `columns`, whose empty rows are left out.
"""


_INPUTS: Mapping[str, tuple[str, Callable[[str], object]]] = {
    "date": ("date", date.fromisoformat),
    "datetime": ("datetime-local", datetime.fromisoformat),
    "file": ("file", str),
}


@dataclass(frozen=True)
class Choice:
    code: str
    name: str
    hint: str = ""


@dataclass(frozen=True)
class Field:
    name: str
    """Where its value stands in the body that is sent, `complainant.contact`; a refusal names it so."""
    label: str
    kind: Kind = "text"
    required: bool = True
    hint: str = ""
    choices: Sequence[Choice] = ()
    most: int | None = None
    """Characters."""
    whole: bool = True
    """Of a number."""
    codes_are_numbers: bool = False
    """Of a choice: sent as numbers."""
    columns: tuple["Field", ...] = ()
    part_of: str = ""
    """Of something that may be left out as a whole: a box in it that is not ticked says nothing."""
    nested: bool = True
    """False where a dot in the name is part of it."""
    autocomplete: str = "off"

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")

    def input_type(self, value: str) -> str:
        """What is no day stays as it was typed: an input for days would show nothing."""
        shown, read = _INPUTS.get(self.kind, ("text", str))
        try:
            if value:
                read(value)
        except ValueError:
            return "text"
        return shown


@dataclass(frozen=True)
class Form:
    """title: what the reader does by it; submit: what its button says; danger: it cannot be undone."""

    title: str
    fields: Sequence[Field]
    submit: str = "提交"
    note: str = ""
    danger: bool = False
    fixed: dict[str, Any] = field(default_factory=dict)
    """Sent with every body."""
    groups: Sequence[str] = ()
    """Objects that are sent even where nothing in them was filled in."""

    @property
    def has_files(self) -> bool:
        return any(each.kind == "file" for each in self.fields)
