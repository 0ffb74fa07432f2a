"""Chinese and English wording of what pydantic and HTTP refuse; the English is ours too, so that no input slips in."""

from collections.abc import Mapping
from typing import Any

# English is ours as well: Python's phrases change with its version, and `type` is derived from them.
_STATUS = {
    400: ("请求无法理解", "Bad Request"),
    401: ("需要登录", "Unauthorized"),
    403: ("没有权限", "Forbidden"),
    404: ("未找到", "Not Found"),
    405: ("不支持该方法", "Method Not Allowed"),
    406: ("无法提供所要求的格式", "Not Acceptable"),
    408: ("请求超时", "Request Timeout"),
    409: ("与当前状态冲突", "Conflict"),
    410: ("内容已不再提供", "Gone"),
    411: ("缺少长度", "Length Required"),
    412: ("版本不一致", "Precondition Failed"),
    413: ("请求内容过大", "Content Too Large"),
    415: ("不支持的内容类型", "Unsupported Media Type"),
    422: ("请求内容不符合要求", "Unprocessable Content"),
    428: ("缺少前提条件", "Precondition Required"),
    429: ("请求过于频繁", "Too Many Requests"),
    500: ("服务内部错误", "Internal Server Error"),
    501: ("未实现", "Not Implemented"),
    503: ("服务暂不可用", "Service Unavailable"),
    504: ("上游超时", "Gateway Timeout"),
}

# {…} are pydantic's `ctx` values: limits and allowed values of our own schemas, never what was sent.
_FAULTS: dict[str, tuple[str, str]] = {
    "missing": ("必须填写", "is required"),
    "extra_forbidden": ("未知字段", "is not a known field"),
    "string_type": ("应为字符串", "must be a string"),
    "string_too_short": ("至少 {min_length} 个字符", "must have at least {min_length} characters"),
    "string_too_long": ("至多 {max_length} 个字符", "must have at most {max_length} characters"),
    "string_pattern_mismatch": ("格式不正确，应符合 {pattern}", "must match {pattern}"),
    "int_type": ("应为整数", "must be an integer"),
    "int_parsing": ("应为整数", "must be an integer"),
    "int_from_float": ("应为整数", "must be an integer"),
    "int_parsing_size": ("数值过大", "is too large a number"),
    "float_type": ("应为数字", "must be a number"),
    "float_parsing": ("应为数字", "must be a number"),
    "decimal_type": ("应为数字", "must be a number"),
    "decimal_parsing": ("应为数字", "must be a number"),
    "decimal_max_places": ("小数至多 {decimal_places} 位", "must have at most {decimal_places} decimal places"),
    "finite_number": ("应为有限的数字", "must be a finite number"),
    "bool_type": ("应为 true 或 false", "must be true or false"),
    "bool_parsing": ("应为 true 或 false", "must be true or false"),
    "greater_than": ("应大于 {gt}", "must be greater than {gt}"),
    "greater_than_equal": ("应不小于 {ge}", "must be at least {ge}"),
    "less_than": ("应小于 {lt}", "must be less than {lt}"),
    "less_than_equal": ("应不大于 {le}", "must be at most {le}"),
    "multiple_of": ("应为 {multiple_of} 的倍数", "must be a multiple of {multiple_of}"),
    "date_type": ("应为日期（YYYY-MM-DD）", "must be a date (YYYY-MM-DD)"),
    "date_parsing": ("应为日期（YYYY-MM-DD）", "must be a date (YYYY-MM-DD)"),
    "date_from_datetime_parsing": ("应为日期（YYYY-MM-DD）", "must be a date (YYYY-MM-DD)"),
    "date_from_datetime_inexact": ("应为日期，不含时间", "must be a date without a time"),
    "date_past": ("应为过去的日期", "must be a date in the past"),
    "date_future": ("应为将来的日期", "must be a date in the future"),
    "datetime_type": ("应为时间（ISO 8601）", "must be a time (ISO 8601)"),
    "datetime_parsing": ("应为时间（ISO 8601）", "must be a time (ISO 8601)"),
    "datetime_from_date_parsing": ("应为时间（ISO 8601）", "must be a time (ISO 8601)"),
    "timezone_aware": ("时间应带时区", "must carry a time zone"),
    "uuid_type": ("应为 UUID", "must be a UUID"),
    "uuid_parsing": ("应为 UUID", "must be a UUID"),
    "enum": ("应为下列之一：{expected}", "must be one of {expected}"),
    "literal_error": ("应为下列之一：{expected}", "must be one of {expected}"),
    "union_tag_invalid": ("类别应为下列之一：{expected_tags}", "must be of one of the kinds {expected_tags}"),
    "union_tag_not_found": ("缺少类别字段 {discriminator}", "lacks the field {discriminator} that tells its kind"),
    "list_type": ("应为列表", "must be a list"),
    "set_type": ("应为列表", "must be a list"),
    "tuple_type": ("应为列表", "must be a list"),
    "too_short": ("至少 {min_length} 项", "must have at least {min_length} items"),
    "too_long": ("至多 {max_length} 项", "must have at most {max_length} items"),
    "dict_type": ("应为对象", "must be an object"),
    "model_type": ("应为对象", "must be an object"),
    "model_attributes_type": (
        "应为 JSON 对象（Content-Type: application/json）",
        "must be a JSON object, sent as application/json",
    ),
    "url_parsing": ("应为网址", "must be a URL"),
    "url_scheme": ("网址协议应为 {expected_schemes}", "must be a URL with scheme {expected_schemes}"),
    "bytes_type": ("应为文件", "must be a file"),
}  # fmt: skip


def status_titles(status: int) -> tuple[str, str]:
    return _STATUS.get(status, ("请求未能完成", "Request Failed"))


def translate(fault: Mapping[str, Any]) -> tuple[str, str]:
    context: Mapping[str, Any] = fault.get("ctx") or {}
    # Validators speak through an exception with two sentences, whatever package declares it.
    error = context.get("error")
    zh, en = getattr(error, "zh", None), getattr(error, "en", None)
    if isinstance(zh, str) and isinstance(en, str):
        return zh, en
    wording = _FAULTS.get(fault["type"])
    if wording is None:
        return "内容不正确", "is not valid"
    try:
        return wording[0].format_map(context), wording[1].format_map(context)
    except KeyError:
        return "内容不正确", "is not valid"
