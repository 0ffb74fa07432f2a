"""`python -m tests.load.sizing`: cores, memory and disk of pilot, province and nation, from what was measured.

`--run`, `--nation` and `--scale` first take costs from what those commands have written. `--write` puts the tables into
the handbook, between `<!-- table: … -->` marks, `--check` says whether they are there, `--json` prints what a chart can
be compared with; without any the tables are printed.
"""

import argparse
import json
import math
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from common.events import PARTITIONS
from yulu_local.kafka import TOPICS

from tests.load.assumptions import province
from tests.load.costs import ENGINES, SERVICES, SIZED, take

HERE = Path(__file__).parent
COSTS, DEPLOYMENTS = HERE / "costs.json", HERE / "deployments.yaml"
PAGE = HERE.parents[1] / "docs" / "handbook" / "sizing.md"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
_STEP_MIB = 64
RUNS = ("run", "nation", "scale")
"""Commands of this package whose findings the costs are made of."""


def read() -> tuple[dict[str, Any], dict[str, Any]]:
    """Costs as measured, and what deployments are."""
    return json.loads(COSTS.read_text(encoding="utf-8")), yaml.safe_load(DEPLOYMENTS.read_text(encoding="utf-8"))


def sized(costs: Mapping[str, Any], plan: Mapping[str, Any], name: str) -> dict[str, dict[str, int]]:
    """Process → replicas and, of each replica, requests and limits in millicores and MiB. Of a nation: one province of
    the mean size; what stands above the provinces is `above`.
    """
    deployment, rules = plan["deployments"][name], {key: row["value"] for key, row in plan["rules"].items()}
    share = deployment["lawyers"]["value"] / deployment["provinces"] / costs["lawyers"]
    return {
        process: _process(process, costs, deployment, rules, share)
        for process in SIZED
        if process in costs["processes"]
    }


def _process(
    process: str, costs: Mapping[str, Any], deployment: Mapping[str, Any], rules: Mapping[str, float], share: float
) -> dict[str, int]:
    cost = costs["processes"][process]
    work = max(0.0, cost["cores"] - cost["idle_cores"]) / costs["times"] * share
    kind = process if process in ENGINES else "services" if process in SERVICES else "workers"
    replicas = deployment["replicas"][kind]
    if process in SERVICES:  # what serves requests shares them; a follower's partitions are shared by two at least
        replicas = max(replicas, math.ceil((cost["idle_cores"] + work * rules["times"]) / rules["busy_share"]))
    shared = 1 if process in ENGINES else replicas  # an engine's primary does all of it
    usual, most = (cost["idle_cores"] + work * times / shared for times in (1, rules["times"]))
    memory = cost["memory_mb"] * rules["memory_reserve"] / 1.048576
    request = max(rules["least_millicores"], usual / rules["request_share"] * 1000)
    return {
        "replicas": replicas,
        "cpu_request_m": _up(request, 50),
        "cpu_limit_m": _up(max(2 * request, most / rules["request_share"] * 1000, 500), 100),
        "memory_request_mib": _up(memory, _STEP_MIB),
        "memory_limit_mib": _up(2 * memory, _STEP_MIB),
    }


def _up(value: float, step: int) -> int:
    return math.ceil(value / step - 1e-9) * step


def disk(costs: Mapping[str, Any], plan: Mapping[str, Any], name: str) -> dict[str, float]:
    """GB a year, of one province of this deployment, and what to give PostgreSQL and each broker for the years."""
    deployment, rules = plan["deployments"][name], {key: row["value"] for key, row in plan["rules"].items()}
    share = deployment["lawyers"]["value"] / deployment["provinces"] / province().facts["lawyers"]
    year, row = {key: each["value"] * share for key, each in plan["a_year"].items()}, costs["bytes_a_row"]
    per_event = row["feed"] + row["practices"] + row["channel_events"]
    database, calls = year["events"] * per_event / 1e9, year["exchange_log_entries"] * row["exchange_log"] / 1e9
    log = year["events"] * row["kafka"] / 1e9
    register = costs["lawyers"] * share * row["register"] / 1e9
    lasting = register + rules["years"] * (database + year["attachment_gb"]) + rules["exchange_log_years"] * calls
    return {
        "register_gb": register,
        "events_gb_a_year": database,
        "exchange_log_gb_a_year": calls,
        "attachment_gb_a_year": year["attachment_gb"],
        "kafka_gb_a_year": log,
        "postgres_gb": lasting * rules["disk_reserve"],
        "broker_gb": max(5.0, log * rules["years"] * deployment["kafka"]["replication"] * rules["disk_reserve"]
                         / deployment["replicas"]["kafka"]),
    }  # fmt: skip


def totals(costs: Mapping[str, Any], plan: Mapping[str, Any], name: str) -> dict[str, float]:
    """Of one province: cores and GB of memory that the requests and the limits add up to."""
    found = sized(costs, plan, name)
    return {
        what: sum(each["replicas"] * each[key] for each in found.values()) / divisor
        for what, key, divisor in (
            ("cores", "cpu_request_m", 1000), ("cores_limit", "cpu_limit_m", 1000),
            ("memory_gib", "memory_request_mib", 1024), ("memory_limit_gib", "memory_limit_mib", 1024),
        )
    }  # fmt: skip


def above(costs: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, float]:
    """What merges a nation's feeds: reckoned from events alone, by the measured cost of `tests.load.nation`."""
    nation, merged = plan["deployments"]["nation"], costs["nation"]
    share = nation["lawyers"]["value"] / costs["lawyers"]
    events = costs["events"] / costs["minutes"] * 60 / costs["times"] * share
    return {
        "provinces": nation["provinces"],
        "partitions": nation["provinces"] * PARTITIONS * len(TOPICS),
        "events_an_hour": events,
        "cores": events * plan["rules"]["times"]["value"] / 3600 * merged["cpu_ms_per_1000_events"] / 1e6,
        "hours_to_merge_a_year": plan["a_year"]["events"]["value"] * nation["lawyers"]["value"]
        / province().facts["lawyers"] / merged["events_per_second"] / 3600,
    }  # fmt: skip


# Tables


def _table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (header, ("---",) * len(header), *rows)) + "\n"


def _number(value: float | None, digits: int = 0) -> str:
    return "—" if value is None else f"{value:,.{digits}f}"


def tables(costs: Mapping[str, Any], plan: Mapping[str, Any]) -> dict[str, str]:
    """By the names of the marks in the page."""
    names = list(plan["deployments"])
    processes = [process for process in SIZED if process in costs["processes"]]
    return {
        "run": _run(costs),
        "peak": _table(
            ("来访", "一省最忙一小时", "理由"),
            [(kind.kind, _number(kind.hourly), kind.why) for kind in province().kinds],
        ),
        "costs": _table(
            (
                "进程", "空闲（核）", "毫秒 CPU／千次请求", "毫秒 CPU／千个事件", "读、写 kB／千次请求",
                "读、写 kB／千个事件", "内存 MB",
            ),
            [_cost(process, costs["processes"][process]) for process in processes],
        ),
        "sizes": _table(
            ("进程", *(f"{plan['deployments'][name]['zh']}{'（每省）' if name == 'nation' else ''}" for name in names)),
            [
                (process, *(_size(sized(costs, plan, name)[process]) for name in names)) for process in processes
            ]
            + [("合计", *(_total(totals(costs, plan, name)) for name in names))],
        ),
        "disks": _table(
            ("磁盘（每省）", *(plan["deployments"][name]["zh"] for name in names)),
            [
                (zh, *(_number(disk(costs, plan, name)[key], 1) for name in names))
                for key, zh in (
                    ("register_gb", "名册 GB"), ("events_gb_a_year", "事件与投影每年 GB"),
                    ("exchange_log_gb_a_year", "交换日志每年 GB"),
                    ("attachment_gb_a_year", "附件每年 GB"), ("kafka_gb_a_year", "Kafka 每年 GB（一份）"),
                    ("postgres_gb", "PostgreSQL 每实例备 GB"), ("broker_gb", "每个 Kafka 节点备 GB"),
                )
            ],
        ),
        "kafka": _table(
            ("Kafka", *(plan["deployments"][name]["zh"] for name in names)),
            [
                ("主题（每省，另加各接入机关一个）", *(str(len(TOPICS)) for _ in names)),
                ("每主题分区", *(str(PARTITIONS) for _ in names)),
                ("保留", *("永久" for _ in names)),
                ("副本数", *(str(plan["deployments"][name]["kafka"]["replication"]) for name in names)),
                ("min.insync.replicas", *(str(plan["deployments"][name]["kafka"]["min_insync"]) for name in names)),
            ],
        ),
        "nation": _nation(above(costs, plan), costs["nation"]),
        "scale": _scale(costs["scale"]),
    }  # fmt: skip


def _run(costs: Mapping[str, Any]) -> str:
    machine, failed = costs["machine"], [each for each in costs["verdict"] if not each["met"]]
    return _table(
        ("何时何处", ""),
        [
            ("日期", costs["taken_at"]),
            ("提交", machine["commit"]),
            ("机器", f"{machine['cores']} 核 {machine['memory_gb']} GB，{machine['architecture']}"),
            ("同机还有", "负载发生器，以及当时的其他工作（见系统负载）"),
            ("系统负载（始—终）", " — ".join(map(str, costs["load_average"]))),
            ("时长与倍数", f"{costs['minutes']:g} 分钟，{costs['times']:g} 倍"),
            ("请求与事件", f"{costs['requests']:,} 次请求，{costs['events']:,} 个事件"),
            ("限额", f"{len(costs['verdict']) - len(failed)} 项达到，{len(failed)} 项未达到"),
            *(("未达到", each["line"].removeprefix("FAILED").strip()) for each in failed),
        ],
    )  # fmt: skip


def _cost(process: str, cost: Mapping[str, float]) -> tuple[str, ...]:
    return (
        process, _number(cost["idle_cores"], 3), _number(cost.get("cpu_ms_per_1000_requests")),
        _number(cost.get("cpu_ms_per_1000_events")), _moved(cost, "requests"), _moved(cost, "events"),
        _number(cost["memory_mb"]),
    )  # fmt: skip


def _moved(cost: Mapping[str, float], of: str) -> str:
    """Of an engine all of it stands in both: what it does for requests and for events is not told apart."""
    read, written = (cost.get(f"{what}_kb_per_1000_{of}") for what in ("read", "written"))
    return "—" if read is None else f"{_number(read)}、{_number(written)}"


def _size(found: Mapping[str, int]) -> str:
    return (
        f"{found['replicas']} × {found['cpu_request_m']}–{found['cpu_limit_m']}m，"
        f"{found['memory_request_mib']}–{found['memory_limit_mib']} MiB"
    )


def _total(found: Mapping[str, float]) -> str:
    cores, memory = (found["cores"], found["cores_limit"]), (found["memory_gib"], found["memory_limit_gib"])
    return f"{cores[0]:.1f}–{cores[1]:.0f} 核，{memory[0]:.1f}–{memory[1]:.0f} GiB"


def _nation(found: Mapping[str, float], merged: Mapping[str, float]) -> str:
    return _table(
        ("各省合并到全国", ""),
        [
            ("省份", _number(found["provinces"])),
            ("跟随的分区", _number(found["partitions"])),
            ("最忙一小时的事件", _number(found["events_an_hour"])),
            ("5 倍时合并所用的核", _number(found["cores"], 3)),
            ("从零合并一年的事件（小时）", _number(found["hours_to_merge_a_year"], 2)),
            ("实测：合并的省份与事件", f"{merged['provinces']:g} × {merged['events_each']:,g}"),
            ("实测：每秒事件", _number(merged["events_per_second"])),
            ("实测：已追平时看一轮各省（秒）", _number(merged["idle_round_seconds"], 2)),
            ("实测：内存增长 MB", _number(merged["memory_grown_mb"], 1)),
        ],
    )


def _scale(found: Mapping[str, Any]) -> str:
    return _table(
        (f"{found['lawyers']:,} 名律师，{found['events']:,} 个事件（系统负载 {found['load_average']}）", ""),
        [(name, _number(value, 2 if value < 100 else 0)) for name, value in found["figures"].items()],
    )


def page(text: str, made: Mapping[str, str]) -> str:
    """Raises ValueError where the page has a mark of no table, or a table has no mark."""
    marks = [mark for _, mark, _ in _TABLE.findall(text)]
    if sorted(marks) != sorted(made):
        raise ValueError(f"{PAGE.name} has marks {sorted(marks)}, and there are tables {sorted(made)}")
    return _TABLE.sub(lambda found: f"{found[1]}{made[found[2]]}{found[3]}", text)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.load.sizing", description=__doc__)
    for run in RUNS:
        arguments.add_argument(f"--{run}", type=Path, help=f"costs from what tests.load.{run} has written")
    arguments.add_argument("--write", action="store_true")
    arguments.add_argument("--check", action="store_true")
    arguments.add_argument("--json", action="store_true")
    asked = arguments.parse_args()
    _take({run: path for run in RUNS if (path := getattr(asked, run)) is not None})
    costs, plan = read()
    if asked.json:
        print(json.dumps({name: sized(costs, plan, name) for name in plan["deployments"]}, indent=1))
        return 0
    made = tables(costs, plan)
    if not (asked.write or asked.check):
        print("\n".join(f"{name}\n\n{table}" for name, table in made.items()))
        return 0
    before = PAGE.read_text(encoding="utf-8")
    after = page(before, made)
    if asked.write:
        PAGE.write_text(after, encoding="utf-8")
    elif before != after:
        print(f"{PAGE.name} is not what was measured: python -m tests.load.sizing --write")
        return 1
    return 0


def _take(runs: Mapping[str, Path]) -> None:
    if not runs:
        return
    costs = json.loads(COSTS.read_text(encoding="utf-8")) if COSTS.exists() else {}
    told = {run: json.loads(path.read_text(encoding="utf-8")) for run, path in runs.items()}
    if "run" in told:
        costs = take(told["run"]) | {kept: costs[kept] for kept in ("nation", "scale") if kept in costs}
    if "nation" in told:
        costs["nation"] = told["nation"]["nation"]
    if "scale" in told:
        found = told["scale"]
        costs["scale"] = {key: found[key] for key in ("lawyers", "events", "figures")}
        costs["scale"]["load_average"] = found["machine"]["load_average"]
    COSTS.write_text(json.dumps(costs, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
