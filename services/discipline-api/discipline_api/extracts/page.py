"""The page behind the code on paper: no script, nothing from elsewhere, nothing that a cache keeps."""

from functools import cache
from html import escape
from importlib import resources
from string import Template

from discipline_api.extracts.domain import day_zh, moment_zh
from discipline_api.extracts.pdf import NOT_SEALED
from discipline_api.extracts.views import CheckedView

HEADERS = {
    "cache-control": "no-store",
    "x-robots-tag": "noindex, nofollow, noarchive",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'",
}


@cache
def _template() -> Template:
    return Template(resources.files("discipline_api.extracts").joinpath("page.html").read_text(encoding="utf-8"))


def render_page(view: CheckedView) -> str:
    lines = [
        ("律师执业证号" if view.subject_kind == "lawyer" else "统一社会信用代码", view.number),
        (
            "登记姓名" if view.subject_kind == "lawyer" else "登记名称",
            view.registered_name or view.registered_remark_zh,
        ),
        ("查询时间", moment_zh(view.at)),
        ("本页核验时间", moment_zh(view.checked_at)),
        ("可核验至", day_zh(view.checkable_until)),
    ]
    records = [
        f"<li>{escape(item['record']['document_number'])}，{escape(item['record']['organ']['name'])}，"
        f"公示至{day_zh(item['record']['disappears']['last_day'])}</li>"
        if item["on_display"]
        else "<li>该记录在出具后已届满或者撤回，不再列示。</li>"
        for item in view.records
    ]
    return _template().substitute(
        {
            "title_zh": view.title_zh,
            "title_en": view.title_en,
            "lines": "".join(f"<dt>{escape(label)}</dt><dd>{escape(value)}</dd>" for label, value in lines),
            "result_zh": escape(view.result_zh),
            "result_en": escape(view.result_en),
            "since_class": "changed" if view.changed_since else "",
            "since_zh": escape(view.since_zh),
            "since_en": escape(view.since_en),
            "records": f"<ul>{''.join(records)}</ul>" if records else "",
            "not_covered": "".join(
                f"<li>{escape(line['zh'])}<small lang='en'>{escape(line['en'])}</small></li>"
                for line in view.not_covered
            ),
            "not_a_certificate_zh": view.not_a_certificate_zh,
            "not_a_certificate_en": view.not_a_certificate_en,
            "seal_zh": "" if view.electronic_seal else f"（{NOT_SEALED}）",
            "seal_en": "" if view.electronic_seal else "(no electronic seal)",
            "tree_size": str(view.tree_size),
            "root": view.root,
            "policy": view.policy["sha256"],
            "pdf": escape(view.pdf),
        }
    )
