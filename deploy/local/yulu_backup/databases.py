"""All our databases: of one server whose superuser we are, or each by the role that owns it and reaches no other."""

from collections.abc import Mapping
from typing import Protocol

import asyncpg
from common.database import asyncpg_dsn
from sqlalchemy import make_url

from yulu_backup.problems import Trouble


class Databases(Protocol):
    async def databases(self) -> list[str]: ...

    async def connect(self, database: str = ...) -> asyncpg.Connection:
        """Raises Trouble."""

    def dsn(self, database: str) -> str:
        """Password included: never log it."""


class Named:
    """urls: by database; they hold passwords."""

    def __init__(self, urls: Mapping[str, str]) -> None:
        self._urls = urls

    async def databases(self) -> list[str]:
        return sorted(self._urls)

    def dsn(self, database: str) -> str:
        return asyncpg_dsn(make_url(self._urls[database]))

    async def connect(self, database: str = "") -> asyncpg.Connection:
        try:
            return await asyncpg.connect(self.dsn(database), timeout=10)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            variable = f"{database.upper()}_DATABASE_URL"
            raise Trouble(
                f"无法连接数据库 {database}（{type(error).__name__}）：请检查 {variable} 与服务器。",
                f"The database {database} cannot be reached: check {variable} and the server.",
            ) from error
