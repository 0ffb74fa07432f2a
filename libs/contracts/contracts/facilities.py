"""What organs offer to lawyers who come to them (measures 13 and 15): closed lists of the register of facilities."""

from contracts.labels import LabelledEnum
from contracts.rights_taxonomy import Respondent


class FacilityKind(LabelledEnum):
    """现场、异地、线上阅卷 as the rules of 2025-12-08 on reading files tell them apart."""

    MEETING_ROOM = "meeting-room", "会见室", "meeting room"
    FAST_MEETING = "fast-meeting", "快速会见", "fast meeting"
    REMOTE_MEETING = "remote-meeting", "远程会见", "remote meeting"
    GREEN_CHANNEL = "green-channel", "绿色通道、专用通道", "green channel"
    READING_ROOM = "reading-room", "阅卷室", "reading room"
    READING_ON_SITE = "reading-on-site", "现场阅卷", "reading the file on the spot"
    READING_ELSEWHERE = "reading-elsewhere", "异地阅卷", "reading the file at another organ's"
    READING_ONLINE = "reading-online", "线上阅卷", "reading the file online"
    REST_ROOM = "rest-room", "更衣休息室", "changing and rest room"
    BOOKING = "booking", "预约服务", "booking"


class FacilityStatus(LabelledEnum):
    OPEN = "open", "正常开放", "open"
    LIMITED = "limited", "有限开放", "open with limits"
    CLOSED = "closed", "停用", "closed"
    UNKNOWN = "unknown", "情况不明", "unknown"


class OutageReason(LabelledEnum):
    MAINTENANCE = "maintenance", "检修改造", "maintenance"
    TECHNICAL = "technical", "设备或网络故障", "failure of equipment or network"
    PUBLIC_HEALTH = "public-health", "公共卫生", "public health"
    SECURITY = "security", "安全原因", "security"
    STAFFING = "staffing", "人员不足", "too few staff"
    OTHER = "other", "其他原因", "another reason"


class BookingChannel(LabelledEnum):
    ON_SITE = "on-site", "现场", "on the spot"
    TELEPHONE = "telephone", "电话", "telephone"
    WEB = "web", "网站", "web site"
    APP = "app", "手机应用或小程序", "app or mini-programme"
    HOTLINE = "hotline", "12309等热线", "hotline such as 12309"


FACILITY_ORGANS = frozenset(
    {
        Respondent.COURT,
        Respondent.PROC,
        Respondent.POLICE,
        Respondent.DETENTION,
        Respondent.PRISON,
        Respondent.JUSTICE,
        Respondent.OTHER_INVESTIGATOR,
    }
)
"""Kinds of organ whose places are registered."""

COUNTED_ORGANS = frozenset({Respondent.COURT, Respondent.PROC, Respondent.POLICE, Respondent.DETENTION})
"""办案机关 of M13-I4: courts, procuratorates, police organs and detention centres."""

COUNTED_FACILITIES = frozenset({FacilityKind.MEETING_ROOM, FacilityKind.GREEN_CHANNEL})
"""Of M13-I4: 会见室、绿色通道; either is enough."""

OFFERED = frozenset({FacilityStatus.OPEN, FacilityStatus.LIMITED})


def may_be_unknown(organ: Respondent, kind: FacilityKind) -> bool:
    """司发通〔2017〕124号 says that one meets in the prison; whether a prison offers remote meetings may be unknown."""
    return organ is Respondent.PRISON and kind is FacilityKind.REMOTE_MEETING
