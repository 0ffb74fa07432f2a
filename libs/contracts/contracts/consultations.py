"""The bodies in which organs meet about lawyers' practice rights (measures 13 and 15), and who sits in them."""

from contracts.labels import LabelledEnum


class Party(LabelledEnum):
    """An organ that sits in a body, of the body's own level and region."""

    COURT = "court", "法院", "court"
    PROCURATORATE = "procuratorate", "检察院", "procuratorate"
    JUSTICE = "justice", "司法行政机关", "justice administration"
    ASSOCIATION = "association", "律师协会", "lawyers association"
    POLICE = "police", "公安机关", "police"
    STATE_SECURITY = "state-security", "国家安全机关", "state security"


FOUR_PARTIES = frozenset({Party.COURT, Party.PROCURATORATE, Party.JUSTICE, Party.ASSOCIATION})
"""Of 四方会商, begun nationally on 2024-01-24; without the police."""


class ConsultationBody(LabelledEnum):
    """四方会商: measure 13. 联席会议 adds police and state security (司发〔2015〕14号第45条, from memory)."""

    FOUR_PARTY = "four-party", "四方会商", "four-party consultation"
    JOINT_CONFERENCE = "joint-conference", "联席会议", "joint conference"

    @property
    def parties(self) -> frozenset[Party]:
        """Who may sit in it (RR22)."""
        return FOUR_PARTIES if self is ConsultationBody.FOUR_PARTY else frozenset(Party)
