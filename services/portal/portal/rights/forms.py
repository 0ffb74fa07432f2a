"""What a lawyer is asked, a few questions a page; names of fields are those of the rights service."""

from collections.abc import Sequence

from contracts.refused_meetings import ActAtStake, MeetingGround
from contracts.rights_taxonomy import Respondent, Right

from portal.filing.choices import LEVELS, REGION_CHOICES, REGIONS_OR_ELSEWHERE, choices_of
from portal.forms import Choice, Field, Form

UNLISTED = "unlisted"
_LONGEST_FACTS = 20_000
_LONGEST_WORDS = 5_000
_PETITION, _APPLICATION, _CLUE = "PETITION", "RIGHTS_APP", "anonymous_clue"

_REGISTERED = Field("registration_region", "您的执业机构在哪里注册", "choice", choices=REGIONS_OR_ELSEWHERE)
_IDENTITY = (
    Choice("sealed", "身份保密", "只有受理人员能看到您是谁"),
    Choice("named", "实名", "办理人员能看到您是谁"),
)
_CONTACT = (
    Field("complainant.name", "您的姓名", most=100),
    Field("complainant.licence_number", "执业证号", most=64),
    Field("complainant.contact", "怎样联系您", hint="电话、邮箱或通信地址，任选一种", most=200),
)

# A refused meeting

MEETING_PLACE = Form(
    "看守所在哪里？", (Field("incident_region", "看守所所在地", "choice", choices=REGION_CHOICES),), submit="下一步"
)


def meeting_refusal(centres: Sequence[Choice]) -> Form:
    """centres: of the list, which may be empty."""
    level = Field("level", "看守所级别", "choice", required=not centres, choices=LEVELS[:3])
    name = Field("centre_name", "看守所名称", required=not centres, hint="例如：郑州市第三看守所", most=60)
    place: tuple[Field, ...] = (name, level)
    if centres:
        listed = (*centres, Choice(UNLISTED, "不在名单中", "请在下面写上名称和级别"))
        place = (Field("centre_id", "哪一个看守所", "choice", choices=listed), name, level)
    return Form(
        "什么时候、什么理由？",
        (
            *place,
            Field("asked_at", "什么时候提出会见", "datetime", hint="48 小时从这时起算"),
            Field("refused_at", "什么时候被拒", "datetime"),
            Field("ground", "对方说的理由", "choice", choices=choices_of(MeetingGround)),
            Field(
                "at_stake",
                "等下去会失去什么",
                "choice",
                required=False,
                hint="有其中之一的走快速通道",
                choices=choices_of(ActAtStake),
            ),
        ),
        submit="下一步",
    )


def meeting_words(remedies: Sequence[Choice]) -> Form:
    """remedies: that are open once the refusal is a violation."""
    kind = Field("kind", "超时或理由不合法时，按哪种途径办理", "choice", choices=remedies)
    return Form(
        "对方怎么说的？您是谁？",
        (
            Field("words", "对方原话", "long-text", hint="尽量照原话写；知道工号的写上工号", most=_LONGEST_WORDS),
            *_CONTACT,
            _REGISTERED,
            Field("identity_mode", "谁可以知道您是谁", "choice", choices=_IDENTITY),
            *((kind,) if len(remedies) > 1 else ()),
        ),
        submit="提交，开始计时",
        fixed={} if len(remedies) != 1 else {"kind": remedies[0].code},
    )


# A violated right

WHAT = Form(
    "什么权利、被谁阻碍？",
    (
        Field("right", "受到侵犯的权利", "choice", choices=choices_of(Right)),
        Field("respondent", "被谁阻碍", "choice", choices=choices_of(Respondent)),
        Field("respondent_level", "该单位的级别", "choice", choices=LEVELS),
        Field("hearing_in_progress", "庭审正在进行", "yes-no", required=False, hint="正在开庭的走快速通道"),
    ),
    submit="下一步",
)
WHERE = Form(
    "在哪里发生？",
    (
        Field("incident_region", "事情发生在", "choice", choices=REGIONS_OR_ELSEWHERE),
        _REGISTERED,
        Field("criminal", "是刑事案件", "yes-no", required=False, hint="刑事案件可以向检察院申诉、控告"),
    ),
    submit="看由谁受理",
)


def remedy(kinds: Sequence[Choice]) -> Form:
    return Form(
        "选择途径",
        (
            Field("kind", "走哪一条途径", "choice", hint="各条途径可以同时走，不必先走完一条", choices=kinds),
            Field(
                "identity_mode",
                "谁可以知道您是谁",
                "choice",
                choices=(*_IDENTITY, Choice(_CLUE, "匿名线索", "不留姓名；只用于分析规律，不启动办理，限“投诉”")),
            ),
        ),
        submit="下一步",
    )


def details(kind: str, identity_mode: str, respondent_level: str) -> Form:
    same = next(at for at, level in enumerate(LEVELS) if level.code == respondent_level)
    petition = (
        Field(
            "petition",
            "申诉还是控告",
            "choice",
            required=False,
            choices=(Choice("appeal", "申诉", "请求纠正一项决定或做法"), Choice("accusation", "控告", "反映违法行为")),
        ),
        Field(
            "target_level",
            "向哪一级检察院",
            "choice",
            required=False,
            hint="同级或上一级；不选即同级",
            choices=LEVELS[same : same + 2],
        ),
    )
    return Form(
        "发生了什么？",
        (
            Field("incident_at", "什么时候发生", "datetime"),
            Field("facts", "经过", "long-text", hint="时间、地点、对方单位和原话；不要写国家秘密", most=_LONGEST_FACTS),
            *(petition if kind == _PETITION else ()),
            *(() if identity_mode == _CLUE else _CONTACT),
        ),
        submit="提交",
    )


def clue_fits(kind: str, identity_mode: str) -> bool:
    return identity_mode != _CLUE or kind == "COMPLAINT"
