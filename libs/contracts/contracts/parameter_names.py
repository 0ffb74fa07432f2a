"""What the plan's open parameters and their values are called on a page, in Chinese: parameter_names.yaml."""

from collections.abc import Mapping
from functools import cache

from contracts.package_data import load_yaml
from contracts.policy import Frozen


class ParameterName(Frozen):
    zh: str
    values: Mapping[str, str]


@cache
def parameter_names() -> Mapping[str, ParameterName]:
    """By the parameter's own name in the plan, and by that of a question to an API."""
    return {name: ParameterName.model_validate(told) for name, told in load_yaml("parameter_names.yaml").items()}
