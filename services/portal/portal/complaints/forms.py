"""What a complainant is asked, a few questions a page; names of fields are those of the discipline service."""

from collections.abc import Sequence

from contracts.complaint_routes import ComplainedOf, hints
from contracts.counties import COUNTIES
from contracts.impostors import impostor_conduct

from portal.filing.choices import REGION_CHOICES, choices_of
from portal.forms import Choice, Field, Form

_LONGEST = 20_000
_WORDS = 200

MONEY = {
    "private_charge": "private-fees",
    "forbidden_contingency": "forbidden-contingency",
    "nothing_done": "no-show",
}
"""Closed questions about money, and the conduct that a yes to each is."""

WHOM = Form(
    "您要反映谁？",
    (
        Field("complained_of", "您要反映谁", "choice", choices=choices_of(ComplainedOf)),
        Field("region", "他在哪里执业", "choice", hint="不清楚的，填事情发生地", choices=REGION_CHOICES),
        Field(
            "own_rights_hindered",
            "我是律师，反映的是自己的执业权利受阻",
            "yes-no",
            required=False,
            hint="例如不让会见、不让阅卷",
        ),
    ),
    submit="下一步",
)
CONDUCT = Form(
    "他做了什么？",
    (
        Field(
            "money",
            "钱的事",
            "choices",
            required=False,
            hint="涉及收费、退费的，请选符合的",
            choices=(
                Choice("about", "我想退费，或者对收费数额有意见"),
                Choice("private_charge", "律师自己收的钱，没有合同或发票"),
                Choice("forbidden_contingency", "刑事、行政、婚姻、劳动报酬等案件按结果收费"),
                Choice("nothing_done", "收了钱什么都没做"),
            ),
        ),
        Field(
            "hints",
            "他做了什么",
            "choices",
            required=False,
            hint="可以选几项；说不清的选最后一项",
            choices=tuple(Choice(hint.code, hint.zh) for hint in hints().values() if hint.code not in MONEY.values()),
        ),
    ),
    submit="看由谁受理",
)


def facts(subject: str, *, either: bool) -> Form:
    """subject: `lawyer` or `firm`. either: bureau and association may both act."""
    about = (
        (
            Field("subject.name", "律师姓名", most=_WORDS),
            Field("subject.firm_name", "所在律师事务所", required=False, most=_WORDS),
            Field("subject.licence_number", "执业证号", required=False, hint="知道的话填写", most=_WORDS),
        )
        if subject == "lawyer"
        else (Field("subject.name", "律师事务所名称", most=_WORDS),)
    )
    choice = Field(
        "addressee",
        "先由谁办",
        "choice",
        required=False,
        hint="不选的由司法局受理，两家会互相移送",
        choices=(Choice("bureau", "司法局", "可以处以行政处罚"), Choice("association", "律师协会", "可以给予行业处分")),
    )
    return Form(
        "发生了什么？",
        (
            *about,
            Field("happened_from", "从什么时候", "date", required=False),
            Field("happened_to", "到什么时候", "date", required=False),
            Field("facts", "经过", "long-text", hint="时间、地点、约定和付款、对方怎么说", most=_LONGEST),
            *((choice,) if either else ()),
            Field(
                "identity_mode",
                "留不留姓名",
                "choice",
                choices=(
                    Choice("named", "留姓名", "方便核实，被投诉人看不到"),
                    Choice("anonymous", "不留姓名", "凭回执号同样可以查询"),
                ),
            ),
            Field("complainant.name", "您的姓名", required=False, most=_WORDS),
            Field("complainant.contact", "怎样联系您", required=False, hint="电话、邮箱或通信地址", most=_WORDS),
            Field(
                "consent_to_share",
                "转送其他机关时，可以一并提供我的姓名和原文",
                "yes-no",
                required=False,
                hint="不同意的，只转送隐去身份的内容",
            ),
        ),
        submit="提交",
        fixed={"subject.kind": subject},
    )


CLUE = Form(
    "他做了什么？",
    (
        Field(
            "conduct",
            "他做了什么",
            "choices",
            hint="可以选几项",
            choices=tuple(Choice(row.code, row.zh) for row in impostor_conduct().values()),
        ),
        Field(
            "suspect.kind",
            "这是",
            "choice",
            choices=(Choice("person", "个人"), Choice("company", "公司或其他单位")),
        ),
        Field("region", "在哪里", "choice", choices=REGION_CHOICES),
    ),
    submit="看由谁查处",
)


def clue_facts(region: str) -> Form:
    counties: Sequence[Choice] = [
        Choice(county.code, county.name_zh) for county in COUNTIES.values() if county.region == region
    ]
    return Form(
        "他是谁？发生了什么？",
        (
            Field("suspect.name", "姓名或名称", hint="不知道真名的，写他自称的名字", most=_WORDS),
            Field("county", "哪个县（区）", "choice", required=False, choices=counties),
            Field("suspect.address", "地址", required=False, most=500),
            Field("suspect.accounts", "网络账号、电话", required=False, most=500),
            Field("facts", "经过", "long-text", most=_LONGEST),
            Field("informant.name", "您的姓名", required=False, hint="可以不留；凭回执号同样可以查询", most=_WORDS),
            Field("informant.contact", "怎样联系您", required=False, most=_WORDS),
        ),
        submit="提交线索",
    )
