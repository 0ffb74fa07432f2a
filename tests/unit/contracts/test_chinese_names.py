"""What codes are called on a page: every row of a report, every open parameter of the plan."""

import re

from contracts.parameter_names import parameter_names
from contracts.plan import plan
from contracts.reporting import reported

_CHINESE = re.compile("[\u4e00-\u9fff]")


def test_each_row_of_a_report_says_in_chinese_what_is_counted():
    told = {name: about.definition_zh for name, about in reported().items()}
    assert all(_CHINESE.search(zh) and zh.endswith("。") for zh in told.values())
    assert len(set(told.values())) == len(told), "two rows count the same"


def test_each_open_parameter_and_its_values_have_a_name():
    named = parameter_names()
    for name, parameter in plan().policy_parameters:
        options = getattr(parameter, "options", None)
        if options is None:
            continue
        assert name in named, name
        assert {option for option in map(str, options) if not option.isdigit() and option not in ("True", "False")} <= (
            named[name].values.keys()
        ), name
