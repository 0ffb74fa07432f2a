"""Taking a file in, and one chunk of it in one transaction."""

import asyncio
from collections.abc import Callable, Sequence
from typing import BinaryIO

from common.outbox import Outbox
from contracts.identifiers import IdCard, InvalidIdentifier, normalise_name, normalise_number

from registry_api.imports.columns import COLUMNS, Kind, find_header
from registry_api.imports.domain import LawyerLine, Line, lines_of
from registry_api.imports.planning import (
    KnownFirms,
    KnownLawyers,
    Plan,
    Read,
    Terms,
    plan_firms,
    plan_lawyers,
    read_firms,
    read_lawyers,
)
from registry_api.imports.reading import read_rows
from registry_api.register.refusals import Refused
from registry_api.register.sealing import Sealer
from registry_api.register.store import Register

MAX_ROWS = 200_000


def take_in(file: BinaryIO, kind: Kind, sealer: Sealer) -> list[Line]:
    """The rows in the order of work. Raises Refused on a file that is wrong as a whole: nothing is written then."""
    rows = []
    for row in read_rows(file):
        rows.append(row)
        if len(rows) > MAX_ROWS + 1:
            raise Refused(
                "too-many-rows", f"不得超过 {MAX_ROWS} 行", f"a file may have at most {MAX_ROWS} rows", field="file"
            )
    header, places = find_header(rows, kind)
    lines = lines_of(rows[header + 1 :], kind, places, first_row=header + 2)
    if not lines:
        raise Refused("no-rows", "表头之下没有数据", "there are no rows below the header", field="file")
    if kind is Kind.LAWYERS:
        return _mark_duplicates(_seal_id_numbers(lines, sealer), _lawyer_keys)
    # Head offices first: a branch may stand above its head office in the file.
    parent = _index(Kind.FIRMS, "parent_firm_id")
    lines.sort(key=lambda line: bool(line.cells[parent]))
    return _mark_duplicates(lines, _firm_keys)


def _index(kind: Kind, name: str) -> int:
    return next(i for i, column in enumerate(COLUMNS[kind]) if column.field == name)


_NUMBER, _NAME = _index(Kind.LAWYERS, "licence_number"), _index(Kind.LAWYERS, "name")
_ID_NUMBER, _CODE = _index(Kind.LAWYERS, "id_number"), _index(Kind.FIRMS, "credit_code")
_SERIAL = slice(11, 17)


def _lawyer_keys(line: Line) -> tuple[str, ...]:
    number = normalise_number(line.cells[_NUMBER])
    if not number:
        return ()
    return number, f"{number[_SERIAL]} {normalise_name(line.cells[_NAME])}"


def _firm_keys(line: Line) -> tuple[str, ...]:
    code = normalise_number(line.cells[_CODE])
    return (code,) if code else ()


def _mark_duplicates(lines: Sequence[Line], keys_of: Callable[[Line], tuple[str, ...]]) -> list[Line]:
    """Here and not chunk by chunk, so that a dry run finds them too."""
    seen: dict[str, int] = {}
    marked = []
    for line in lines:
        keys = keys_of(line)
        first = next((seen[key] for key in keys if key in seen), None)
        for key in keys:
            seen.setdefault(key, line.row_number)
        marked.append(line if first is None else Line(line.row_number, line.cells, first))
    return marked


def _seal_id_numbers(lines: Sequence[Line], sealer: Sealer) -> list[Line]:
    """Rows wait in the database, and there no ID number stands in the clear."""
    return [line if not line.cells[_ID_NUMBER] else _with_sealed_id(line, sealer) for line in lines]


def _with_sealed_id(line: Line, sealer: Sealer) -> Line:
    try:
        card = sealer.seal(IdCard.parse(line.cells[_ID_NUMBER]))
        cell = f"{card.sealed.hex()}.{card.digest.hex()}"
    except InvalidIdentifier as error:
        cell = f"!{error.zh}|{error.en}"
    cells = (*line.cells[:_ID_NUMBER], cell, *line.cells[_ID_NUMBER + 1 :])
    return Line(line.row_number, cells, line.duplicate_of)


async def work_on_lawyers(
    register: Register, outbox: Outbox, lines: Sequence[Line], terms: Terms, *, dry_run: bool
) -> Plan:
    rows = await asyncio.to_thread(read_lawyers, lines)  # off the loop: look-ups are served meanwhile
    plan = await asyncio.to_thread(plan_lawyers, rows, await _know_lawyers(register, rows), terms)
    if not dry_run:
        await register.save_lawyers(plan.lawyers)
        await asyncio.to_thread(outbox.add_all, plan.events)
    return plan


async def _know_lawyers(register: Register, rows: Sequence[Read[LawyerLine]]) -> KnownLawyers:
    good = [row for _, row, _ in rows if row is not None]
    by_number = await register.lawyer_ids_by_number({str(row.number) for row in good})
    by_serial = await register.lawyer_ids_by_serial({row.number.serial for row in good})
    by_digest = await register.id_digests_in_use({row.id_card.digest for row in good if row.id_card is not None})
    by_code = await register.firm_ids_by_code({row.firm_code for row in good if row.firm_code is not None})
    by_name = await register.firm_ids_by_name({row.institution for row in good if row.firm_code is None})
    firm_ids = {*by_code.values(), *(firm_id for ids in by_name.values() for firm_id in ids)}
    # Firms before lawyers, as every other command locks them.
    firms = await register.firms(firm_ids, lock="FOR SHARE")
    lawyer_ids = {*by_number.values(), *(lawyer_id for ids in by_serial.values() for lawyer_id in ids)}
    return KnownLawyers(
        firms=firms,
        firm_by_code=by_code,
        firms_by_name=by_name,
        lawyers=await register.lawyers(lawyer_ids),
        by_number=by_number,
        by_serial=by_serial,
        by_id_digest=by_digest,
    )


async def work_on_firms(
    register: Register, outbox: Outbox, lines: Sequence[Line], terms: Terms, *, dry_run: bool
) -> Plan:
    rows = await asyncio.to_thread(read_firms, lines)
    good = [row for _, row, _ in rows if row is not None]
    codes = {row.credit_code for row in good} | {row.parent_code for row in good if row.parent_code is not None}
    by_code = await register.firm_ids_by_code(codes)
    known = KnownFirms(
        firms=await register.firms(by_code.values()),
        by_code=by_code,
        practising=await register.practising_at(by_code.values()),
        branches=await register.open_branches_of(by_code.values()),
    )
    plan = await asyncio.to_thread(plan_firms, rows, known, terms)
    if not dry_run:
        await register.save_firms(plan.firms)
        await register.render_firms(
            [after.firm_id for before, after in plan.firms if before is not None and before.name != after.name]
        )
        await asyncio.to_thread(outbox.add_all, plan.events)
    return plan


WORK = {Kind.LAWYERS: work_on_lawyers, Kind.FIRMS: work_on_firms}
