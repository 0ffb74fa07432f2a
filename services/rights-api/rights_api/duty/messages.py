"""All that is ever sent to a telephone: a closed set of sentences with a number in it, and not a word of the matter."""

from contracts.labels import LabelledEnum

from rights_api.duty.domain import AlarmKind

NUMBER_DIGITS = 12


class Template(LabelledEnum):
    """Registered with the operators of text messages under these names."""

    URGENT = (
        "duty-urgent",
        "豫律值班提醒：有1项紧急事项待处理，请立即登录查看并确认。提醒编号{number}。",
        "Yulü duty: one urgent matter awaits you. Log in and acknowledge it now. Alarm {number}.",
    )
    ORDINARY = (
        "duty-ordinary",
        "豫律值班提醒：有1项事项待处理，请登录查看并确认。提醒编号{number}。",
        "Yulü duty: one matter awaits you. Log in and acknowledge it. Alarm {number}.",
    )
    ROSTER = (
        "duty-roster",
        "豫律值班提醒：有1个值班日尚未排班，请登录查看并确认。提醒编号{number}。",
        "Yulü duty: nobody is on duty on a day to come. Log in and acknowledge it. Alarm {number}.",
    )

    def text(self, number: str) -> tuple[str, str]:
        if len(number) != NUMBER_DIGITS or not number.isdecimal():
            raise ValueError("an alarm's number is of digits alone")
        return self.zh.format(number=number), self.en.format(number=number)


def template_for(kind: AlarmKind, *, urgent: bool) -> Template:
    if kind is AlarmKind.ROSTER_MISSING:
        return Template.ROSTER
    return Template.URGENT if urgent else Template.ORDINARY
