"""Bodies of requests."""

from collections.abc import Mapping
from typing import Annotated

from common.http import Invalid, RequestModel
from contracts.register_counts import RegisterCounts, RowState
from contracts.sharing import SharingWay, resources
from pydantic import AfterValidator, Field

from exchange_api.deliveries.domain import KINDS, Cadence
from exchange_api.organs import ConnectedRegion

Rows = Annotated[int, Field(ge=0, le=1_000_000_000)]


def _resource(value: str) -> str:
    found = resources().get(value)
    if found is None:
        raise Invalid("政务数据目录中没有这项资源", "the directory has no such resource")
    if SharingWay.FILE not in found.ways or value not in KINDS:
        raise Invalid("该项资源不按版交付文件", "no editions of files are made of this resource for other organs")
    return value


class Subscribe(RequestModel):
    resource: Annotated[str, AfterValidator(_resource)] = Field(
        description="、".join(KINDS) + "；见政务数据目录 / of the directory"
    )
    cadence: Cadence


class Acknowledge(RequestModel):
    """What the receiver has counted in the rows that it holds; what it does not name counts as none."""

    rows: Rows = Field(description="总行数 / rows in all")
    by_region: Mapping[ConnectedRegion, Rows] = Field(description="各地区行数 / rows of each region")
    by_state: Mapping[RowState, Rows] = Field(description="各状态行数 / rows in each state")

    def counts(self) -> RegisterCounts:
        return RegisterCounts(rows=self.rows, by_region=self.by_region, by_state=self.by_state)
