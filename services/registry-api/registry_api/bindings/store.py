"""One row of the register, with the digest that recognises an ID number."""

from common.database import Database

from registry_api.bindings.use_cases import Licensed

_FIND = """
SELECT l.lawyer_id, l.name, l.licence_number, l.id_digest, c.region
FROM licence_numbers n
JOIN lawyers l ON l.lawyer_id = n.lawyer_id AND l.licensed
JOIN practices c ON c.practice_id = l.current_practice_id
WHERE n.licence_number = $1"""


class SqlLicences:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def licensed(self, number: str) -> Licensed | None:
        """Who holds a licence now."""
        row = await (await self._database.pool()).fetchrow(_FIND, number)
        if row is None:
            return None
        return Licensed(row["lawyer_id"], row["name"], row["licence_number"], row["id_digest"], row["region"])
