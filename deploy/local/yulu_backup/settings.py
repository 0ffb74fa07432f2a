from pathlib import Path
from typing import Self

from common.settings import InvalidSettings, Settings
from contracts.deadlines import rule
from pydantic import Field, model_validator
from yulu_local import postgres
from yulu_local.databases import DATABASES

_LINE_OF_PORT = 3
"""In postmaster.pid, counted from 0."""


class BackupSettings(Settings):
    backup_dir: Path | None = Field(
        default=None,
        description="Where base backups and the write-ahead log go; set, `make run` keeps both. On another disk.",
    )
    erasure_ledger_dir: Path | None = Field(
        default=None,
        description="Where the ledger of erasures is: beside BACKUP_DIR, never within, and itself mirrored elsewhere. "
        "Needed with BACKUP_DIR.",
    )
    backup_every_hours: float = Field(default=24, gt=0, description="How old the newest base backup may become.")
    backup_keep_days: int = Field(
        default=28,
        ge=1,
        description="Days back to which a restore must be possible; what is older goes. With twice BACKUP_EVERY_HOURS "
        "no more than the rule `backup.erased-remains` lets what was erased remain.",
    )
    backup_state_dir: Path | None = Field(
        default=None,
        description="Where another program that keeps the backups says of its newest one; for `watch` alone.",
    )
    backup_pg_bin: Path | None = Field(
        default=None,
        description="Directory of PostgreSQL's programs, of the server's major version; default: the packaged ones.",
    )

    @model_validator(mode="after")
    def _erased_goes_in_time(self) -> Self:
        # The last base that holds it is needed until the next one is old enough, and goes when one more is taken.
        most = rule("backup.erased-remains").value
        if self.backup_keep_days + 2 * self.backup_every_hours / 24 > most:
            raise ValueError(f"BACKUP_KEEP_DAYS with twice BACKUP_EVERY_HOURS must not exceed {most} days")
        return self

    rights_keys_database_url: str | None = Field(
        default=None,
        repr=False,
        description="With the other six `…_DATABASE_URL` instead of DATABASE_URL: `ledger`, `after-restore` and "
        "`rejoin` then reach each database by the role that owns it.",
    )

    def apart(self) -> Path:
        """Of the ledger alone. Raises InvalidSettings."""
        if self.erasure_ledger_dir is None:
            raise InvalidSettings("请设置 ERASURE_LEDGER_DIR。 / Set ERASURE_LEDGER_DIR.")
        return self.erasure_ledger_dir.resolve() if self.backup_dir is None else self.places()[1]

    def state(self) -> Path:
        """Raises InvalidSettings."""
        if self.backup_state_dir is None or not self.backup_state_dir.is_dir():
            raise InvalidSettings(
                "请将 BACKUP_STATE_DIR 设为备份程序所写的目录。 / "
                "Set BACKUP_STATE_DIR to the directory that the backing-up program writes."
            )
        return self.backup_state_dir

    def each_database(self) -> dict[str, str] | None:
        """Addresses by database; None where there is a server to be asked for them. Raises InvalidSettings."""
        urls = {name: getattr(self, f"{name}_database_url") for name in DATABASES}
        missing = [f"{name.upper()}_DATABASE_URL" for name, url in urls.items() if url is None]
        if self.database_url is not None or len(missing) == len(DATABASES):
            return None
        if missing:
            raise InvalidSettings(f"请设置 {'、'.join(missing)}。 / Set {', '.join(missing)}.")
        return urls

    def places(self) -> tuple[Path, Path]:
        """Of backups and of the ledger. Raises InvalidSettings."""
        if self.backup_dir is None or self.erasure_ledger_dir is None:
            missing = "BACKUP_DIR" if self.backup_dir is None else "ERASURE_LEDGER_DIR"
            raise InvalidSettings(f"请设置 {missing}。 / Set {missing}.")
        backups, ledger = self.backup_dir.resolve(), self.erasure_ledger_dir.resolve()
        if ledger == backups or backups in ledger.parents:
            raise InvalidSettings(
                "ERASURE_LEDGER_DIR 不得位于 BACKUP_DIR 之内：恢复备份不得连同台账一起倒退。 / "
                "ERASURE_LEDGER_DIR must not lie within BACKUP_DIR: the ledger must not go back with a backup."
            )
        for path in (backups, ledger):
            if set(str(path)) & set("'\"%\n"):
                raise InvalidSettings(
                    f"{path}: 路径不得含引号、百分号或换行。 / no quotes, % or line breaks in a path."
                )
        return backups, ledger

    @property
    def server_url(self) -> str:
        """Of DATABASE_URL, else of the server that `make run` has started in DATA_DIR. Raises InvalidSettings."""
        if self.database_url is None:
            own = Path(self.data_dir) / "postgres"
            running = own / "postmaster.pid"
            if running.is_file():
                return postgres.url(own, int(running.read_text().splitlines()[_LINE_OF_PORT]))
            raise InvalidSettings(
                "请设置 DATABASE_URL 为 PostgreSQL 服务器（用户须有 REPLICATION、pg_monitor 与读写各库之权）。 / "
                "Set DATABASE_URL to the PostgreSQL server; its user needs REPLICATION, pg_monitor, every database."
            )
        return self.database_url

    @classmethod
    def of(cls, **given: object) -> Self:
        """From the environment, with what the command line names instead."""
        settings = cls.load()
        return settings.model_copy(update={name: value for name, value in given.items() if value is not None})
