"""One entry as other organs read it, in words."""

from collections.abc import Mapping
from typing import Any

from contracts.sharing import SharingAttribute, SharingWay, UpdateCycle


def worded(entry: Mapping[str, Any]) -> dict[str, Any]:
    """With the names of its attribute, cycle and ways beside their codes."""

    def named(member: SharingAttribute | SharingWay | UpdateCycle) -> dict[str, str]:
        return {"code": member.value, "zh": member.zh, "en": member.en}

    return {
        **entry,
        "attribute": named(SharingAttribute(entry["attribute"])),
        "update": named(UpdateCycle(entry["update"])),
        "ways": [named(SharingWay(way)) for way in entry["ways"]],
    }
