"""Evaluates the alert rules of `deploy/observability` over one scrape: comparisons of series with a number."""

import operator
import re
from collections.abc import Callable
from pathlib import Path

import yaml
from prometheus_client.parser import text_string_to_metric_families

_RULES = Path(__file__).parents[2] / "deploy" / "observability" / "alerts.yaml"
_COMPARISON = re.compile(r"(?:max by \([^)]*\) \()?(\w+)(?:\{([^}]*)\})?\)? (==|>=|>) ([\d.]+)")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {"==": operator.eq, ">=": operator.ge, ">": operator.gt}


def firing(alert: str, scraped: str) -> list[dict[str, str]]:
    """Labels of the series for which the alert's expression is true now; its `for` is not waited for.

    Raises ValueError where the expression is more than a comparison.
    """
    [expression] = [
        rule["expr"]
        for group in yaml.safe_load(_RULES.read_text(encoding="utf-8"))["groups"]
        for rule in group["rules"]
        if rule["alert"] == alert
    ]
    match = _COMPARISON.fullmatch(expression)
    if match is None or match[2]:
        raise ValueError(f"{alert}: {expression}")
    name, _, sign, limit = match.groups()
    return [
        dict(sample.labels)
        for family in text_string_to_metric_families(scraped)
        for sample in family.samples
        if sample.name == name and _OPERATORS[sign](sample.value, float(limit))
    ]
