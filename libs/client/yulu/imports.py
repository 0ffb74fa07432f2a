"""An import from the caller's side: upload, then watch it until it has ended or awaits another officer's decision."""

import asyncio
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict

from yulu.client import Service

_AT_WORK = frozenset({"queued", "running"})


class Import(BaseModel):
    """Its state as the registry tells it."""

    model_config = ConfigDict(extra="ignore")

    import_id: str
    state: str
    rows_total: int | None = None
    rows_done: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: int = 0
    warnings: int = 0
    conflicts: int = 0
    gone: int = 0

    def counts(self) -> list[tuple[str, str, int]]:
        return [
            ("新增", "created", self.created),
            ("变更", "changed", self.changed),
            ("未变", "unchanged", self.unchanged),
            ("错误", "errors", self.errors),
            ("其中冲突", "of these conflicts", self.conflicts),
            ("警告", "warnings", self.warnings),
            ("文件中没有", "gone from the file", self.gone),
        ]


async def run_import(
    registry: Service,
    name: str,
    content: bytes,
    kind: str,
    *,
    dry_run: bool = False,
    snapshot: bool = False,
    tell: Callable[[Import], None] | None = None,
) -> Import:
    """Returns when there is nothing to wait for. It goes on by itself where the caller is cut off."""
    fields = {"kind": kind, "dry_run": str(dry_run).lower(), "snapshot": str(snapshot).lower()}
    accepted: dict[str, Any] = await registry.upload("/v1/imports", (name, content), fields)
    return await watch(registry, accepted["import_id"], tell=tell)


async def watch(registry: Service, import_id: str, *, tell: Callable[[Import], None] | None = None) -> Import:
    while True:
        state = Import.model_validate(await registry.get(f"/v1/imports/{import_id}"))
        if tell is not None:
            tell(state)
        if state.state not in _AT_WORK:
            return state
        await asyncio.sleep(0.3)
