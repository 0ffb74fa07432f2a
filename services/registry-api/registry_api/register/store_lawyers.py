"""Lawyers, their practices and numbers: read under a lock, written as changed; and the public's rows of them."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from uuid import UUID

from registry_api.register.lawyer import Lawyer
from registry_api.register.public import PublicRow, in_public_register, render
from registry_api.register.refusals import NotFound
from registry_api.register.rows import (
    LAWYER_COLUMNS,
    PRACTICE_COLUMNS,
    changed_last,
    lawyer_of,
    lawyer_values,
    practice_of,
    practice_values,
)
from registry_api.register.store_assessed import assessments_of
from registry_api.register.store_disclosures import NONE_DISCLOSED, disclosed
from registry_api.register.store_firms import FirmRows
from registry_api.register.store_rows import Change
from registry_api.register.versions import keep_superseded, states_replaced

_LAWYERS = f"SELECT {', '.join(LAWYER_COLUMNS)} FROM lawyers WHERE lawyer_id = ANY($1) ORDER BY lawyer_id"
_PRACTICES = (
    f"SELECT {', '.join(PRACTICE_COLUMNS)} FROM practices WHERE lawyer_id = ANY($1) ORDER BY lawyer_id, ordinal"
)
_UPDATE_LAWYERS = """
UPDATE lawyers l SET name = u.name, licence_number = u.licence_number, serial = u.serial,
    first_licensed_on = u.first_licensed_on, licensed = u.licensed, current_practice_id = u.current_practice_id,
    id_sealed = u.id_sealed, id_digest = u.id_digest, version = u.version, merged_into = u.merged_into,
    specialities = string_to_array(u.specialities, ',')
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::date[], $6::bool[], $7::uuid[], $8::bytea[],
            $9::bytea[], $10::int[], $11::uuid[], $12::text[])
    AS u(lawyer_id, name, licence_number, serial, first_licensed_on, licensed, current_practice_id, id_sealed,
         id_digest, version, merged_into, specialities)
WHERE l.lawyer_id = u.lawyer_id"""
_UPDATE_PRACTICES = """
UPDATE practices p SET firm_id = u.firm_id, institution = u.institution, region = u.region, category = u.category,
    from_on = u.from_on, to_on = u.to_on, end_ground = u.end_ground, county = u.county
FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::uuid[], $5::text[], $6::text[], $7::int[], $8::date[], $9::date[],
            $10::text[], $11::text[])
    AS u(practice_id, lawyer_id, ordinal, firm_id, institution, region, category, from_on, to_on, end_ground, county)
WHERE p.practice_id = u.practice_id"""

_REPLACE_PUBLIC = """
INSERT INTO public_lawyers (lawyer_id, body, etag, valid_until)
SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::text[], $4::timestamptz[])
ON CONFLICT (lawyer_id) DO UPDATE SET body = excluded.body, etag = excluded.etag, valid_until = excluded.valid_until,
    changed_in = pg_current_xact_id()::text::bigint"""


class LawyerRows(FirmRows):
    async def lawyer(self, lawyer_id: UUID) -> Lawyer:
        return (await self.lawyers([lawyer_id], lock=False)).get(lawyer_id) or _no_lawyer()

    async def lawyer_for_update(self, lawyer_id: UUID) -> Lawyer:
        return (await self.lawyers([lawyer_id])).get(lawyer_id) or _no_lawyer()

    async def lawyers(self, ids: Collection[UUID], *, lock: bool = True) -> dict[UUID, Lawyer]:
        """In the order of their ids, so that two transactions cannot lock each other out."""
        if not ids:
            return {}
        wanted = list(ids)
        rows = await self._connection.fetch(_LAWYERS + (" FOR UPDATE" if lock else ""), wanted)
        practices = defaultdict(list)
        for row in await self._connection.fetch(_PRACTICES, wanted):
            practices[row["lawyer_id"]].append(practice_of(row))
        facts = await self._facts("lawyer_id", wanted)
        return {row["lawyer_id"]: lawyer_of(row, practices[row["lawyer_id"]], facts[row["lawyer_id"]]) for row in rows}

    async def lawyer_ids_by_number(self, numbers: Collection[str]) -> dict[str, UUID]:
        """Current and former numbers alike."""
        rows = await self._connection.fetch(
            "SELECT licence_number, lawyer_id FROM licence_numbers WHERE licence_number = ANY($1)", list(numbers)
        )
        return {row["licence_number"]: row["lawyer_id"] for row in rows}

    async def lawyer_ids_by_serial(self, serials: Collection[str]) -> dict[str, list[UUID]]:
        """Those holding a licence before those who no longer do."""
        rows = await self._connection.fetch(
            "SELECT serial, lawyer_id FROM lawyers WHERE serial = ANY($1) ORDER BY licensed DESC", list(serials)
        )
        found: dict[str, list[UUID]] = defaultdict(list)
        for row in rows:
            found[row["serial"]].append(row["lawyer_id"])
        return found

    async def numbers_of(self, lawyer_id: UUID) -> list[str]:
        rows = await self._connection.fetch(
            "SELECT licence_number FROM licence_numbers WHERE lawyer_id = $1 ORDER BY licence_number", lawyer_id
        )
        return [row["licence_number"] for row in rows]

    async def id_digests_in_use(self, digests: Collection[bytes]) -> dict[bytes, UUID]:
        rows = await self._connection.fetch(
            "SELECT id_digest, lawyer_id FROM lawyers WHERE id_digest = ANY($1)", list(digests)
        )
        return {row["id_digest"]: row["lawyer_id"] for row in rows}

    async def lawyer_ids_at(self, firm_id: UUID) -> list[UUID]:
        rows = await self._connection.fetch(
            "SELECT lawyer_id FROM practices WHERE firm_id = $1 AND to_on IS NULL ORDER BY lawyer_id", firm_id
        )
        return [row["lawyer_id"] for row in rows]

    async def save_lawyers(self, changes: Sequence[Change]) -> None:
        """Closes before it opens: the database allows one open practice per person at any moment."""
        await keep_superseded(self._connection, "lawyer", states_replaced(changes))
        await self._update(
            _UPDATE_PRACTICES,
            (
                practice_values(after.lawyer_id, ordinal, practice)
                for before, after in changes
                if before is not None
                for ordinal, practice in changed_last(before.practices, after.practices)
            ),
        )
        await self._update(
            _UPDATE_LAWYERS,
            (
                (*lawyer_values(after)[:-1], ",".join(after.specialities))
                for before, after in changes
                if before is not None
            ),
        )
        await self._copy("lawyers", LAWYER_COLUMNS, [lawyer_values(a) for b, a in changes if b is None])
        await self._copy(
            "practices",
            PRACTICE_COLUMNS,
            [
                practice_values(after.lawyer_id, ordinal, practice)
                for before, after in changes
                for ordinal, practice in enumerate(after.practices)
                if ordinal >= (0 if before is None else len(before.practices))
            ],
        )
        await self._save_numbers(changes)
        await self._save_facts(changes)
        await self.render([after for _, after in changes], replacing=any(before is not None for before, _ in changes))

    async def _save_numbers(self, changes: Sequence[Change]) -> None:
        new = [
            (after.licence_number, after.lawyer_id)
            for before, after in changes
            if before is None or before.licence_number != after.licence_number
        ]
        # A person who moves back gets his former number again: only then may it exist already.
        if any(before is not None for before, _ in changes) and new:
            held = await self.lawyer_ids_by_number([number for number, _ in new])
            new = [pair for pair in new if held.get(pair[0]) != pair[1]]
        await self._copy("licence_numbers", ("licence_number", "lawyer_id"), new)

    async def add_former_numbers(self, lawyer_id: UUID, numbers: Sequence[str]) -> None:
        """Numbers from before those of 17 digits; they resolve to him for good."""
        await self._copy(
            "licence_numbers", ("licence_number", "lawyer_id"), [(n, lawyer_id) for n in dict.fromkeys(numbers)]
        )

    async def render(self, lawyers: Sequence[Lawyer], *, replacing: bool = True) -> list[PublicRow]:
        """Write the public rows anew and return them; empty ones for categories that the public does not see."""
        await self._load_firm_names({p.firm_id for lw in lawyers if (p := lw.practice.place).firm_id is not None})
        shown = [lawyer for lawyer in lawyers if in_public_register(lawyer)]
        # Who is new has been neither assessed nor sanctioned.
        ids = [lawyer.lawyer_id for lawyer in shown] if replacing else []
        displayed = await disclosed(self._connection, "lawyer_id", ids, self._today)
        assessed = await assessments_of(self._connection, "lawyer_id", ids)
        rows = {
            lawyer.lawyer_id: render(
                lawyer,
                self._firm_names.get(lawyer.practice.place.firm_id or _NOBODY),
                self._today,
                assessed=assessed.get(lawyer.lawyer_id),
                disclosed=displayed.get(lawyer.lawyer_id, NONE_DISCLOSED),
            )
            for lawyer in shown
        }
        values = [
            (lawyer.lawyer_id, row.body, row.etag, row.valid_until)
            if (row := rows.get(lawyer.lawyer_id)) is not None
            else (lawyer.lawyer_id, None, None, None)
            for lawyer in lawyers
        ]
        if replacing:
            await self._update(_REPLACE_PUBLIC, values)
        else:
            await self._copy("public_lawyers", ("lawyer_id", "body", "etag", "valid_until"), values)
        return list(rows.values())

    async def render_firms(self, firm_ids: Collection[UUID]) -> None:
        """The public rows of everybody at these firms, whose names have changed."""
        for firm_id in firm_ids:
            lawyers = await self.lawyers(await self.lawyer_ids_at(firm_id))
            await self.render(list(lawyers.values()))


_NOBODY = UUID(int=0)


def _no_lawyer() -> Lawyer:
    raise NotFound("律师", "lawyer")
