"""What is shared with other organs, and on what terms: sharing.yaml, entries of the directory of government data."""

from functools import lru_cache
from types import MappingProxyType
from typing import Literal, Self

from pydantic import Field, model_validator

from contracts.labels import LabelledEnum
from contracts.package_data import load_yaml
from contracts.policy import Frozen


class SharingAttribute(LabelledEnum):
    """共享属性 of a resource."""

    UNCONDITIONAL = "unconditional", "无条件共享", "shared without condition"
    CONDITIONAL = "conditional", "有条件共享", "shared on a condition"
    WITHHELD = "withheld", "不予共享", "not shared"


class UpdateCycle(LabelledEnum):
    """更新周期: how soon a change is there."""

    REALTIME = "realtime", "实时", "at once"
    ON_CHANGE = "on-change", "变更时", "whenever it changes"
    MONTHLY = "monthly", "每月", "monthly"
    YEARLY = "yearly", "每年", "yearly"


class SharingWay(LabelledEnum):
    """By which way it can be had."""

    QUERY = "query", "接口查询", "query"
    BATCH = "batch", "批量核验", "batch query"
    FILE = "file", "文件", "file"
    STREAM = "stream", "事件流、推送（自接入起）", "stream, webhook, from the connection on"


Handler = Literal["registry-officer", "discipline-officer", "rights-officer", "plan-officer"]


class Resource(Frozen):
    """`operation`: method and path in the OpenAPI file of `service`; without one its fields are not told."""

    id: str = Field(pattern=r"^[a-z][a-z-]{2,39}$")
    zh: str
    en: str
    service: str
    operation: str | None = None
    ways: tuple[SharingWay, ...]
    attribute: SharingAttribute
    condition_zh: str | None = None
    condition_en: str | None = None
    basis: str
    verified: bool
    update: UpdateCycle
    organ: str
    handler: Handler | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        conditional = self.attribute is SharingAttribute.CONDITIONAL
        if conditional != (self.condition_zh is not None) or conditional != (self.condition_en is not None):
            raise ValueError(f"{self.id}: a condition belongs to what is shared on one")
        withheld = self.attribute is SharingAttribute.WITHHELD
        if withheld != (self.operation is None) or withheld != (self.handler is None) or withheld != (not self.ways):
            raise ValueError(f"{self.id}: only what is shared has an operation, ways and somebody who corrects it")
        return self


@lru_cache(maxsize=1)
def resources() -> MappingProxyType[str, Resource]:
    """By id, in the order of the file."""
    found = [Resource.model_validate(item) for item in load_yaml("sharing.yaml")["resources"]]
    by_id = {resource.id: resource for resource in found}
    if len(by_id) != len(found):
        raise ValueError("sharing.yaml uses an id twice")
    return MappingProxyType(by_id)


@lru_cache(maxsize=1)
def field_names() -> MappingProxyType[str, str]:
    """Field → its Chinese name, where its operation does not say it."""
    names: dict[str, str] = load_yaml("sharing.yaml")["names"]
    return MappingProxyType(names)
