"""What became known of the plan's last day after its freeze: frozen values beside those of the day as known now."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from contracts.labels import LabelledEnum
from contracts.policy import Frozen

from progress_api.bulletins.domain import Number
from progress_api.closing.record import FinalReport, Kept, Record


class DifferenceOf(LabelledEnum):
    TARGET = "target", "目标结论", "outcome of a target"
    INDICATOR = "indicator", "指标数值", "value of an indicator"
    DELIVERABLE = "deliverable", "任务成果状态", "state of a deliverable"
    LIGHT = "light", "亮灯", "light"


class Difference(Frozen):
    """was: as frozen; now: of the same day, as known now; None: no value. region: None for the province as a whole.

    records: the address at which what stands behind the new one is opened. tells_standing: as of `IndicatorValue`.
    """

    of: DifferenceOf
    id: str
    region: str | None
    was: Number | str | None
    now: Number | str | None
    records: str
    tells_standing: bool = False


class Addendum(Kept):
    """freeze_digest: SM3 of the frozen record that it stands beside. differences: all since the freeze, not since the
    last addendum, so that the newest one suffices.
    """

    schema_version: int = 1
    plan_id: str
    plan_zh: str
    plan_en: str
    issuer_zh: str
    as_of: date
    known_on: date
    freeze_number: str
    freeze_digest: str
    differences: tuple[Difference, ...]


_Key = tuple[DifferenceOf, str, str | None]


class _Told(NamedTuple):
    value: Number | str | None
    records: str
    tells_standing: bool = False


_NOTHING = _Told(None, "")


def differences(frozen: Record, now: Record) -> tuple[Difference, ...]:
    """For the department: by region too."""
    return _differing(dict(_of_record(frozen)), dict(_of_record(now)))


def public_differences(frozen: FinalReport, now: FinalReport) -> tuple[Difference, ...]:
    """Of what is published alone."""
    return _differing(dict(_of_report(frozen)), dict(_of_report(now)))


def _differing(was: Mapping[_Key, _Told], now: Mapping[_Key, _Told]) -> tuple[Difference, ...]:
    found = []
    for key in dict.fromkeys([*was, *now]):
        before, after = was.get(key, _NOTHING), now.get(key, _NOTHING)
        if before.value != after.value:
            of, item_id, region = key
            found.append(
                Difference(
                    of=of,
                    id=item_id,
                    region=region,
                    was=before.value,
                    now=after.value,
                    records=after.records or before.records,
                    tells_standing=before.tells_standing or after.tells_standing,
                )
            )
    return tuple(found)


def _of_record(record: Record) -> Iterator[tuple[_Key, _Told]]:
    for verdict in record.targets:
        yield (DifferenceOf.TARGET, verdict.target, None), _Told(verdict.outcome.value, verdict.evidence)
    for line in record.indicators:
        yield (DifferenceOf.INDICATOR, line.id, None), _Told(line.value, line.evidence)
        for region in line.regions:
            evidence = f"{line.evidence}&region={region.code}"
            yield (DifferenceOf.INDICATOR, line.id, region.code), _Told(region.value, evidence, line.tells_standing)
    for work in record.deliverables:
        where = f"/v1/deliverables/{work.id}?as_of={record.as_of.isoformat()}"
        yield (DifferenceOf.DELIVERABLE, work.id, work.region), _Told(work.state, where)
    for light in record.lights:
        yield (DifferenceOf.LIGHT, f"{light.of}/{light.id}", light.region), _Told(light.shown, light.evidence)


def _of_report(report: FinalReport) -> Iterator[tuple[_Key, _Told]]:
    content = report.content
    for verdict in report.targets:
        yield (DifferenceOf.TARGET, verdict.target, None), _Told(verdict.outcome.value, verdict.evidence)
    for line in content.indicators:
        yield (DifferenceOf.INDICATOR, line.id, None), _Told(line.value, line.evidence)
        for region in line.regions:
            evidence = f"{line.evidence}&region={region.code}"
            yield (DifferenceOf.INDICATOR, line.id, region.code), _Told(region.value, evidence)
    for section in report.sections:
        for item in section.deliverables:
            states = "、".join(f"{state.zh}{state.count}" for state in item.states)
            yield (DifferenceOf.DELIVERABLE, item.id, None), _Told(states, item.where)
    for measure in content.sections:
        if measure.light is not None:
            where = f"/v1/lights/measure/{measure.id}?as_of={content.as_of.isoformat()}"
            yield (DifferenceOf.LIGHT, f"measure/{measure.id}", None), _Told(measure.light.colour, where)
